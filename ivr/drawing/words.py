"""The words of pictures and dry runs, in the languages that an admin may read: Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.model import WEEKDAYS, Hours, Span

_WORDS: Mapping[str, tuple[str, str]] = {
    "say": ("播报", "say"),
    "menu": ("菜单", "menu"),
    "collect": ("收号", "digits"),
    "choose": ("判断", "choose"),
    "set_language": ("语言", "language"),
    "set": ("设置", "set"),
    "look_up": ("查询", "look up"),
    "call_back": ("回拨登记", "call back"),
    "message": ("留言", "message"),
    "survey": ("满意度", "survey"),
    "flow": ("子流程", "sub-flow"),
    "return": ("返回", "return"),
    "queue": ("人工队列", "queue"),
    "transfer": ("转接", "transfer"),
    "hang_up": ("挂机", "hang up"),
    "next": ("继续", "next"),
    "no_input": ("未按键", "no key"),
    "invalid_input": ("按错", "wrong keys"),
    "otherwise": ("其他", "otherwise"),
    "fallback": ("查不到", "no answer"),
    "digits": ("已输入", "digits"),
    "open": ("营业", "open"),
    "closed": ("非营业", "closed"),
    "holiday": ("节假日", "holiday"),
    "repeat": ("重复来电", "repeat caller"),
    "enterprise": ("企业", "enterprise"),
    "open_case": ("有在办件", "open case"),
    "blocked": ("已屏蔽", "blocked"),
    "allowed": ("白名单", "allowed"),
    "unknown": ("无号码", "no number"),
    "by_hours": ("按时间", "by hours"),
    "by_language": ("按语言", "by language"),
    "by_caller": ("按来电人", "by caller"),
    "by_line": ("按线路", "by line"),
    "by_topic": ("按主题", "by topic"),
    "by_dnis": ("按被叫号码", "by number dialled"),
    "by_variable": ("按变量", "by variable"),
    "flow_role": ("营业时间", "open"),
    "closed_role": ("非营业时间", "closed"),
    "holiday_role": ("节假日", "holidays"),
    "after_call_role": ("通话结束后", "after the call"),
    "overflow_role": ("等待超时", "waited too long"),
    "always": ("全天 24 小时", "day and night"),
    "workdays": ("工作日", "working days"),
    "rest_days": ("休息日", "rest days"),
    "every_day": ("每天", "every day"),
    "holidays": ("节假日", "holidays"),
    "never": ("不开放", "never"),
    "mon": ("周一", "Mon"),
    "tue": ("周二", "Tue"),
    "wed": ("周三", "Wed"),
    "thu": ("周四", "Thu"),
    "fri": ("周五", "Fri"),
    "sat": ("周六", "Sat"),
    "sun": ("周日", "Sun"),
    "entries": ("进入", "entered"),
    "drop_off": ("挂断", "hung up"),
    "back_to": ("回到", "back to"),
    "goes_to": ("转到", "to"),
    "sub_flow": ("子流程", "sub-flow"),
    "line": ("线路", "line"),
    "caller_number": ("来电号码", "the caller's number"),
    "alias": ("旧号码", "retired number"),
    "skills": ("技能", "skills"),
    "no_flow": ("播报后挂机", "words, then hang up"),
    "priority": ("优先级", "priority"),
    "topic": ("主题", "topic"),
    "digits_of": ("{a}–{b} 位数字", "{a} to {b} digits"),
    "seconds": ("{n} 秒", "{n} s"),
}
"Word to its Chinese and its English."


class Words:
    """The words of one language; what is not known is shown as it is written."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._index = 0 if language == "zh" else 1

    def __call__(self, word: str, **values: object) -> str:
        """Return the word in this language."""
        return _WORDS[word][self._index].format(**values) if word in _WORDS else word

    def name(self, names: Mapping[str, str]) -> str:
        """Return the name in this language, or in any."""
        return names.get(self.language) or next(iter(names.values()), "")

    def hours(self, hours: Hours | None) -> str:
        """Return opening hours in one line."""
        if hours is None or hours.always:
            return self("always")
        parts = [
            (kind, spans)
            for kind, spans in (("every_day", hours.every_day), ("workdays", hours.workdays))
            if spans is not None
        ]
        parts += [(day, hours.days[day]) for day in WEEKDAYS if day in hours.days]
        parts += [
            (kind, spans)
            for kind, spans in (("rest_days", hours.rest_days), ("holidays", hours.holidays))
            if spans is not None
        ]
        separator = "；" if self.language == "zh" else "; "
        return separator.join(f"{self(kind)} {self._spans(spans)}" for kind, spans in parts) or self("never")

    def _spans(self, spans: tuple[Span, ...]) -> str:
        return ("、" if self.language == "zh" else ", ").join(map(str, spans)) or self("never")
