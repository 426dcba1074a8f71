"""A dry run: takes a caller of one's own through the menus, by the very code that takes real ones, without a telephone.

Everything that decides is the production's: `ivr.arrival` for what a call is given, `ivr.flow` for the walk. What
stands in for the telephone is here: keys that were given beforehand or are asked for, speech of an estimated length.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime

from calls.errors import NotFound
from ivr.arrival import Arrival, House, arrive, first_language
from ivr.callers import CallerBook
from ivr.flow import YES, walk_flow
from ivr.hours import hours_states
from ivr.lookup import Answer, LookUpOutcome
from ivr.model import Line, MenuNode, Notice, SystemPrompt
from ivr.rehearsal_model import Ear, Ending, Moment, Question, Town, Visitor
from ivr.speaking import PromptBook
from ivr.speech_length import spoken_seconds
from ivr.steps import (
    Ask,
    AskHours,
    Change,
    Collect,
    Collected,
    EnterMenu,
    EnterNode,
    Facts,
    Heard,
    LeaveMenu,
    LookUp,
    NoteCallBack,
    Outcome,
    Rated,
    Reply,
    Say,
    Step,
    SwitchLanguage,
    TakeMessage,
    ToHangUp,
    ToHotline,
    Told,
    ToQueue,
    Values,
)

CASE_ID = "20260101000000"
"Case id of a call that is none."

KEY_SECONDS = 1.0
"What a caller takes to press a key that they know."

MESSAGE_SECONDS = 20.0
"What a caller takes to leave a message."


class Rehearsal:
    """One dry run. Iterate it for what happens; `ending` holds what it came to."""

    def __init__(self, town: Town, visitor: Visitor, ear: Ear, pace: Mapping[str, int] | None = None) -> None:
        self._town = town
        self._visitor = visitor
        self._ear = ear
        self._pace = pace or {}
        self._book = PromptBook(town.prompts)
        self._callers = CallerBook(town.callers, town.zone)
        self._seconds = 0.0
        self._facts = Facts()
        self._has_left_message = False
        self._wants_call_back = False
        self.ending = Ending()

    def __iter__(self) -> Iterator[Moment]:
        """Yield everything that happens, in order."""
        arrival = self._arrive()
        self._facts = self._known(arrival)
        self.ending.language = self._facts.language
        self.ending.topic = self._facts.topic
        self.ending.rule, self.ending.flow = arrival.rule, arrival.flow_id
        self.ending.kinds = tuple(sorted(arrival.kinds))
        yield self._moment("rule", text=arrival.rule, flow=arrival.flow_id or "")
        if arrival.flow_id is None:
            yield from self._say(arrival.before, {})
        else:
            yield from self._walk(arrival)
        self.ending.seconds = round(self._seconds, 1)

    def _arrive(self) -> Arrival:
        visitor, town = self._visitor, self._town
        if visitor.flow is not None:
            if visitor.flow not in town.flows:
                raise NotFound(f"There is no flow {visitor.flow!r}; there are {', '.join(town.flows)}.")
            kinds = self._callers.kinds(visitor.number, visitor.past, visitor.at)
            return Arrival("open", kinds, None, (), (), visitor.flow)
        if self._line is None:
            return Arrival("unknown_line", frozenset(), None, (), (SystemPrompt.UNKNOWN_LINE,), None)
        house = House(town.zone, town.hours, town.calendar, self._callers, town.languages)
        notices = tuple(
            _switched_on(notice) if notice.notice_id in visitor.notices else notice for notice in town.notices
        )
        return arrive(self._line, self._dialled, visitor.number, visitor.past, visitor.at, house, notices)

    @property
    def _line(self) -> Line | None:
        """The line that is called, by its id or by the number that is dialled."""
        lines, visitor = self._town.lines, self._visitor
        if visitor.line is None:
            return next((line for line in lines.values() if visitor.dialled in line.numbers), None)
        if visitor.line not in lines:
            raise NotFound(f"There is no line {visitor.line!r}; there are {', '.join(lines)}.")
        line = lines[visitor.line]
        if visitor.dialled is not None and visitor.dialled not in line.numbers:
            raise NotFound(
                f"The line {visitor.line} has no number {visitor.dialled}; it has {', '.join(line.numbers)}."
            )
        return line

    @property
    def _dialled(self) -> str:
        return self._visitor.dialled or (self._line.dnis[0] if self._line is not None else "")

    def _known(self, arrival: Arrival) -> Facts:
        line = None if self._visitor.flow is not None and self._visitor.line is None else self._line
        alias = line.alias(self._dialled) if line is not None else None
        first = first_language(line, self._dialled, self._town.default_language)
        return Facts(
            language=arrival.remembered_language or first,
            caller=self._visitor.number,
            caller_kinds=arrival.kinds,
            dnis=self._dialled,
            line=line.line_id if line is not None else "",
            topic=alias.topic if alias is not None else "",
            case_id=CASE_ID,
        )

    def _walk(self, arrival: Arrival) -> Iterator[Moment]:
        assert arrival.flow_id is not None
        walk = walk_flow(self._town.flows, arrival.flow_id, self._facts, arrival.before)
        reply: Reply | None = None
        while True:
            try:
                step = walk.send(reply)
            except StopIteration as finished:
                yield from self._end(finished.value)
                return
            reply = yield from self._perform(step)

    def _end(self, outcome: Outcome) -> Iterator[Moment]:
        match outcome:
            case ToQueue(queue_id):
                self.ending.outcome, self.ending.queue = "queue", queue_id
            case ToHotline(hotline_id):
                self.ending.outcome, self.ending.hotline = "hotline", hotline_id
            case ToHangUp(prompts, values):
                yield from self._say(prompts, values)
                if self._has_left_message:
                    self.ending.outcome = "message"
                elif self._wants_call_back:
                    self.ending.outcome = "call_back"

    def _perform(self, step: Step) -> Generator[Moment, None, Reply | None]:
        """Do what a step asks for; return what the walk is to be told."""
        match step:
            case Ask() | Collect():
                return (yield from self._ask(step))
            case Say():
                yield from self._say(step.prompts, step.values)
            case TakeMessage():
                yield from self._say(step.prompts, step.values)
                self._seconds += min(MESSAGE_SECONDS, step.max_seconds)
                self._has_left_message = True
                yield self._moment("notes", step, text="message")
            case AskHours(hours_id):
                return (yield from self._hours(hours_id))
            case LookUp():
                return (yield from self._look_up(step))
            case _:
                yield from self._note(step)
        return None

    def _ask(self, step: Ask | Collect) -> Generator[Moment, None, Reply]:
        keys = self._keys_of(step)
        most = step.max_digits if isinstance(step, Collect) else 1
        yield from self._say(step.prompts, step.values)  # heard to its end: nobody is assumed to know the keys
        yield self._moment("asks", step, text=" ".join(keys) or f"{most} digits")
        heard = self._ear(Question(step.flow_id, step.node_id, most, step.timeout_seconds, keys))
        if isinstance(step, Collect):
            heard = heard.partition("#")[0]  # ends the input, and is none of it
        heard = heard[:most]
        self._seconds += KEY_SECONDS * len(heard) if heard else step.timeout_seconds
        yield self._moment("hears", step, text=heard)
        return Heard(heard)

    def _keys_of(self, step: Ask | Collect) -> tuple[str, ...]:
        """Return the keys that mean something here; none where any digits do."""
        node = self._town.flows[step.flow_id].nodes[step.node_id]
        if isinstance(node, MenuNode):
            return tuple(node.keys)
        if isinstance(step, Ask):
            return tuple(map(str, range(1, step.scale + 1))) if step.scale else (YES,)
        return ()

    def _hours(self, hours_id: str | None) -> Generator[Moment, None, Reply]:
        name = hours_id or (self._line.hours if self._line is not None else None)
        hours = self._town.hours[name] if name else None
        states = hours_states(hours, self._visitor.at, self._town.zone, self._town.calendar)
        yield self._moment("hours", text=" ".join(states))
        return Told(states)

    def _look_up(self, step: LookUp) -> Generator[Moment, None, Reply]:
        node = step.node
        if node.table is not None:
            table = self._town.tables[node.table]
            answer = table.look_up(step.values.get(node.key, ""), node.column)
        elif step.node_id in self._visitor.answers:
            said = self._visitor.answers[step.node_id]
            answer = Answer(LookUpOutcome.FAILED) if said is None else Answer(LookUpOutcome.FOUND, said)
        else:
            answer = Answer(LookUpOutcome.FAILED)  # a dry run asks nobody: the written fallback is what it shows
        if answer.outcome is not LookUpOutcome.FOUND and node.url is not None:
            self._seconds += node.timeout_seconds
        yield self._moment("looks_up", step, text=answer.value or str(answer.outcome))
        return answer

    def _note(self, step: Step) -> Iterator[Moment]:
        match step:
            case EnterMenu(flow_id, node_id):
                kind = self._town.flows[flow_id].nodes[node_id].kind
                yield self._moment("node", step, kind=kind)
            case EnterNode(kind=kind):
                yield self._moment("node", step, kind=kind)
            case SwitchLanguage(language):
                self.ending.language = language
                yield self._moment("language", text=language)
            case Change():
                self._change(step)
                parts = {"topic": step.topic, "priority": step.priority, **step.skills}
                text = ", ".join(f"{name}={value}" for name, value in parts.items() if value is not None)
                yield self._moment("notes", text=text)
            case Collected(into=into, digits=digits):
                yield self._moment("notes", step, text=f"{into}={digits}")
            case NoteCallBack(number=number, due_minutes=minutes):
                self._wants_call_back = True
                yield self._moment("notes", step, text=f"call_back {number} {minutes} min")
            case Rated(score=score):
                yield self._moment("notes", step, text=f"score {'-' if score is None else score}")
            case LeaveMenu():
                pass  # the next node shows it

    def _change(self, step: Change) -> None:
        ending = self.ending
        ending.topic = step.topic or ending.topic
        ending.priority = ending.priority if step.priority is None else step.priority
        ending.skills.update(step.skills)

    def _say(self, prompts: tuple[str, ...], values: Values) -> Iterator[Moment]:
        language = self.ending.language
        texts = [self._book.text(prompt, language, values) for prompt in prompts]
        self.ending.said += zip(prompts, texts, strict=True)
        if prompts:
            yield self._moment("says", prompts=prompts, text=" ".join(texts))
        self._seconds += sum(spoken_seconds(text, language, self._pace) for text in texts)

    def _moment(
        self,
        what: str,
        step: Step | None = None,
        *,
        text: str = "",
        kind: str = "",
        prompts: tuple[str, ...] = (),
        flow: str = "",
    ) -> Moment:
        return Moment(
            seconds=round(self._seconds, 1),
            what=what,
            flow=flow or getattr(step, "flow_id", ""),
            node=getattr(step, "node_id", ""),
            kind=kind,
            prompts=prompts,
            text=text,
            language=self.ending.language,
        )


def _switched_on(notice: Notice) -> Notice:
    """Return the notice as one that is on, whatever its times."""
    return notice.model_copy(update={"since": None, "until": datetime.max.replace(tzinfo=UTC)})
