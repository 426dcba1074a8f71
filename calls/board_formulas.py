"""How each figure is computed, in words, once: the page, the JSON and the documents print these texts.

Ratios count calls whose fate is decided: a caller who still waits is neither answered nor lost. So an undecided figure
is shown as "—", and when nobody waits, the figures are exactly the definitions of the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calls.board_model import FigureSettings

FORMULAS: Mapping[str, Mapping[str, str]] = {
    "waiting": {
        "zh": "排队中、尚无人接听的来电（含正在振铃的）",
        "en": "callers in the queue whom no person has answered yet, those being rung out included",
    },
    "longest_wait_seconds": {
        "zh": "现在排队者中等待最久的时长",
        "en": "now − the earliest queueing time among those who wait",
    },
    "wait_seconds": {"zh": "现在 − 进入排队的时刻", "en": "now − when the call was queued"},
    "position": {
        "zh": "本队列内的接听次序：转接后返回者最先，其余按进入排队的时刻减去优先级折算的时间",
        "en": "in its queue, as it is served: who was given away and came back first, then by the time of queueing less"
        " what the priority is worth",
    },
    "offered": {"zh": "今日进入排队的来电", "en": "calls that entered the queue today"},
    "answered": {"zh": "今日由话务员接听的来电", "en": "of those, answered by an operator"},
    "answered_within_target": {
        "zh": "今日在 {T} 秒内接听的来电",
        "en": "of those, answered within {T} s of being queued",
    },
    "abandoned": {
        "zh": "等待超过 {N} 秒后挂机的来电",
        "en": "the caller left after more than {N} s and before an answer",
    },
    "short_abandons": {"zh": "{N} 秒内即挂机的来电（另计）", "en": "the caller left within {N} s (counted apart)"},
    "timed_out": {"zh": "等待到最长时限而被送出队列", "en": "sent out of the queue after the longest wait"},
    "moved": {"zh": "等待时转到别处", "en": "moved elsewhere while waiting"},
    "lost": {"zh": "结果不明（服务中断期间结束）", "en": "ended while the service was away"},
    "service_level_calls": {
        "zh": "进入排队 − 短时挂机 − 等待未满 {T} 秒者",
        "en": "offered − short abandons − waiting less than {T} s",
    },
    "service_level": {
        "zh": "{T} 秒内接听 ÷（进入排队 − 短时挂机 − 等待未满 {T} 秒者）",
        "en": "answered within {T} s ÷ (offered − short abandons − waiting less than {T} s)",
    },
    "sl_answered": {
        "zh": "{T} 秒内接听 ÷ 接听（app_queue 的第一算法，供对照）",
        "en": "answered within {T} s ÷ answered (app_queue's first, for comparison)",
    },
    "sl_answered_or_abandoned": {
        "zh": "{T} 秒内接听或挂机 ÷（接听 + 挂机）（app_queue 的第二算法，供对照）",
        "en": "answered or abandoned within {T} s ÷ (answered + abandoned) (app_queue's second, for comparison)",
    },
    "asa_seconds": {"zh": "已接听来电的等待时长之和 ÷ 接听数", "en": "Σ wait of answered ÷ answered"},
    "abandon_rate": {
        "zh": "挂机 ÷（进入排队 − 仍在等待）",
        "en": "abandoned ÷ (offered − still waiting); short abandons are not in the numerator",
    },
    "connect_rate_24h": {
        "zh": "有人接听 ÷ 要求人工的来电（最近 24 小时，未决者不计）",
        "en": "answered by a person ÷ asked for a person (last 24 h, undecided left out)",
    },
    "connect_rate_today": {
        "zh": "有人接听 ÷ 要求人工的来电（今日，未决者不计）",
        "en": "answered by a person ÷ asked for a person (today, undecided left out)",
    },
    "hotline_connect_rate": {
        "zh": "接通 ÷（转接次数 − {N} 秒内放弃 − 非服务时间 − 进行中）",
        "en": "answered ÷ (attempts − given up within {N} s − out of hours − in progress)",
    },
    "hotline_connect_rate_all": {
        "zh": "接通 ÷（转接次数 − 进行中），不作任何剔除",
        "en": "answered ÷ (attempts − in progress), nothing left out",
    },
    "attempts": {"zh": "今日向该热线转接的次数", "en": "transfers to the hotline tried today"},
    "returned": {
        "zh": "未接通后退回话务员或队列的次数",
        "en": "attempts after which the caller came back to an operator or a queue",
    },
    "talking": {"zh": "正在与人通话的来电", "en": "calls in which the caller and a person are connected"},
    "ringing": {"zh": "正在向话务员振铃的来电", "en": "calls being rung out to an operator"},
    "operators_ready": {
        "zh": "可接该队列来电且空闲的话务员",
        "en": "operators who may get the queue's calls and are available",
    },
    "operators_signed_in": {
        "zh": "可接该队列来电且已签入的话务员",
        "en": "operators who may get the queue's calls and are not offline",
    },
    "missed": {
        "zh": "振铃而未接（来电人先挂的另计）",
        "en": "offers left ringing (caller left while ringing counted apart)",
    },
    "talk_seconds": {"zh": "今日已结束通话的时长之和", "en": "Σ talk of conversations that ended today"},
}
"Figure to text in each language; `{T}` and `{N}` stand for the settings."


def formulas(settings: FigureSettings) -> dict[str, dict[str, str]]:
    """Return the table with the settings filled in."""
    numbers = {"T": f"{settings.service_level_seconds:g}", "N": f"{settings.short_abandon_seconds:g}"}
    return {key: {lang: text.format(**numbers) for lang, text in texts.items()} for key, texts in FORMULAS.items()}


def formulas_json(settings: FigureSettings) -> dict[str, Any]:
    """Return the formulas with the settings that they name, as the API serves them."""
    return {
        "service_level_seconds": settings.service_level_seconds,
        "short_abandon_seconds": settings.short_abandon_seconds,
        "formulas": formulas(settings),
    }
