"""A caller's way through a flow. Pure: a generator that says what to do and is told what the caller did.

walk = walk_flow(flows, "citizen", Facts(language="zh"))
step = next(walk)              # Ask("citizen", "main", prompts=("greeting", "main_menu"), ...)
step = walk.send(Heard("2"))   # ... until it returns an Outcome
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from typing import Any

from calls.patterns import NUMBER_PATTERN
from ivr.lookup import Answer, LookUpOutcome
from ivr.model import (
    CallBackNode,
    ChooseNode,
    CollectNode,
    Flow,
    FlowNode,
    HangUpNode,
    LookUpNode,
    MenuNode,
    MessageNode,
    QueueNode,
    ReturnNode,
    SayNode,
    SetLanguageNode,
    SetNode,
    SurveyNode,
    SystemPrompt,
    TransferNode,
)
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

MAX_NODES = 500
"""Nodes that one call may pass: a flow that asks without end still ends."""

MAX_DEPTH = 8
"""Flows inside flows; a deeper one is passed over."""

YES = "1"
"""The key that confirms what was read back."""

Walk = Generator[Step, Reply | None, Outcome]
_Part = Generator[Step, Reply | None, str]
"""Walks one node and returns the next one's id."""

_IN_BRACES = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def walk_flow(
    flows: Mapping[str, Flow], flow_id: str, facts: Facts | None = None, before: tuple[str, ...] = ()
) -> Walk:
    """Walk a flow from its start to an outcome; `ivr.steps.Reply` says what to send after which step.

    A prompt before a menu is spoken together with it, so that a key pressed early counts and costs no extra step.
    `before` is spoken first.
    """
    walker = _Walker(flows, facts or Facts())
    walker.pending = before
    outcome = yield from walker.flow(flow_id, {}, 0)
    return outcome or ToHangUp((*walker.pending, SystemPrompt.GOODBYE), walker.values({}))


class _Walker:
    """One call's walk: what it knows, and the prompts that are still to be spoken."""

    def __init__(self, flows: Mapping[str, Flow], facts: Facts) -> None:
        self._flows = flows
        self._kinds = facts.caller_kinds
        self._call = {
            "caller": facts.caller,
            "dnis": facts.dnis,
            "line": facts.line,
            "language": facts.language,
            "topic": facts.topic,
            "case_id": facts.case_id,
        }
        self._nodes_left = MAX_NODES
        self.pending: tuple[str, ...] = ()
        "Said, but not yet spoken: they go with what is spoken next."

    def values(self, own: Mapping[str, str], **more: str) -> Values:
        """Return everything that a prompt can speak here."""
        return {**own, **self._call, **more}

    def flow(self, flow_id: str, own: dict[str, str], depth: int) -> Generator[Step, Reply | None, Outcome | None]:
        """Walk one flow with its own variables; None where it returns to the flow that called it."""
        flow = self._flows[flow_id]
        node_id = flow.start
        while self._nodes_left:
            self._nodes_left -= 1
            node = flow.nodes[node_id]
            if not isinstance(node, MenuNode | CollectNode | SurveyNode):
                yield EnterNode(flow_id, node_id, node.kind)
            match node:
                case QueueNode():
                    yield from self._speak(own)
                    return ToQueue(node.queue)
                case TransferNode():
                    yield from self._speak(own)
                    return ToHotline(node.hotline)
                case HangUpNode():
                    last = (node.prompt,) if node.prompt else ()
                    return ToHangUp((*self._take(), *last), self.values(own))
                case ReturnNode():
                    if own:  # what is still to be said may speak this flow's variables, which end here
                        yield from self._speak(own)
                    return None
                case FlowNode():
                    outcome = yield from self._sub_flow(node, own, depth)
                    if outcome is not None:
                        return outcome
                    node_id = node.next
                case _:
                    node_id = yield from _PARTS[type(node)](self, (flow_id, node_id), node, own)
        return ToHangUp(self._take(), self.values(own))

    def _take(self) -> tuple[str, ...]:
        prompts, self.pending = self.pending, ()
        return prompts

    def _speak(self, own: Mapping[str, str]) -> Generator[Step, Reply | None, None]:
        if self.pending:
            yield Say(self._take(), True, self.values(own))

    def _sub_flow(
        self, node: FlowNode, own: dict[str, str], depth: int
    ) -> Generator[Step, Reply | None, Outcome | None]:
        if depth >= MAX_DEPTH:
            return None
        if own:  # the other flow does not know these variables
            yield from self._speak(own)
        known = self.values(own)
        theirs = {
            name: _IN_BRACES.sub(lambda match: known.get(match[1], ""), value) for name, value in node.arguments.items()
        }
        outcome = yield from self.flow(node.flow, theirs, depth + 1)
        own.update((ours, theirs.get(name, "")) for ours, name in node.take.items())
        return outcome

    # -- nodes that have a next one --------------------------------------------------------------------

    def say(self, at: tuple[str, str], node: SayNode, own: dict[str, str]) -> _Part:
        if node.barge_in:
            self.pending += (node.prompt,)
        else:
            yield from self._speak(own)
            yield Say((node.prompt,), False, self.values(own))
        return node.next

    def menu(self, at: tuple[str, str], node: MenuNode, own: dict[str, str]) -> _Part:
        """Ask until a key with a meaning, silence, or the last attempt."""
        yield EnterMenu(*at)
        outcome, key, target = "invalid_input", "", node.after_invalid_input
        for _ in range(node.attempts):
            prompts = (*self._take(), node.prompt)
            key = _keys((yield Ask(*at, prompts, node.timeout_seconds, node.barge_in, self.values(own))))[:1]
            if not key:
                outcome, target = "no_input", node.no_input
                break
            if key in node.keys:
                outcome, target = "key", node.keys[key]
                break
        yield LeaveMenu(*at, outcome, key, target)
        return target

    def collect(self, at: tuple[str, str], node: CollectNode, own: dict[str, str]) -> _Part:
        """Ask for digits until there are enough of them, and they are right where that is asked."""
        yield EnterMenu(*at)
        outcome, target = "invalid_input", node.after_invalid_input
        for _ in range(node.attempts):
            prompts = (*self._take(), node.prompt)
            question = Collect(*at, prompts, node.timeout_seconds, node.max_digits, node.barge_in, self.values(own))
            digits = _keys((yield question))[: node.max_digits]
            if not digits:
                outcome, target = "no_input", node.no_input
                break
            if len(digits) < node.min_digits or not digits.isdecimal():
                continue
            if (yield from self._is_right(at, node, digits, own)):
                own[node.into] = digits
                outcome, target = "key", node.next
                yield Collected(*at, node.into, digits, node.keep)
                break
        yield LeaveMenu(*at, outcome, "", target)
        return target

    def _is_right(
        self, at: tuple[str, str], node: CollectNode, digits: str, own: Mapping[str, str]
    ) -> Generator[Step, Reply | None, bool]:
        if node.confirm_prompt is None:
            return True
        values = self.values(own, digits=digits)
        return _keys((yield Ask(*at, (node.confirm_prompt,), node.timeout_seconds, True, values))) == YES

    def choose(self, at: tuple[str, str], node: ChooseNode, own: dict[str, str]) -> _Part:
        match node.by:
            case "hours":
                told = yield AskHours(node.hours)
                found = [state for state in (told.states if isinstance(told, Told) else ()) if state in node.cases]
            case "caller":
                found = [kind for kind in node.cases if kind in self._kinds]
            case name:
                value = self._call.get(name, own.get(name, ""))
                found = [value] if value in node.cases else []
        return node.cases[found[0]] if found else node.otherwise

    def set_language(self, at: tuple[str, str], node: SetLanguageNode, own: dict[str, str]) -> _Part:
        yield from self._switch(node.language, own)
        return node.next

    def _switch(self, language: str, own: Mapping[str, str]) -> Generator[Step, Reply | None, None]:
        yield from self._speak(own)  # said in the language that it was written for
        self._call["language"] = language
        yield SwitchLanguage(language)

    def set(self, at: tuple[str, str], node: SetNode, own: dict[str, str]) -> _Part:
        if node.language is not None:
            yield from self._switch(node.language, own)
        own.update(node.variables)
        self._call["topic"] = node.topic or self._call["topic"]
        if node.topic is not None or node.priority is not None or node.skills:
            yield Change(node.topic, node.priority, node.skills)
        return node.next

    def look_up(self, at: tuple[str, str], node: LookUpNode, own: dict[str, str]) -> _Part:
        yield from self._speak(own)  # it may take seconds
        answer = yield LookUp(*at, node, self.values(own))
        if not isinstance(answer, Answer) or answer.outcome is not LookUpOutcome.FOUND:
            return node.fallback
        own[node.into] = answer.value
        return node.cases.get(answer.value, node.next)

    def call_back(self, at: tuple[str, str], node: CallBackNode, own: dict[str, str]) -> _Part:
        number = self.values(own).get(node.number, "")
        if re.fullmatch(NUMBER_PATTERN, number):  # a number that was withheld can't be called
            yield NoteCallBack(*at, number, node.due_minutes)
            self.pending += (node.prompt,) if node.prompt else ()
        return node.next

    def message(self, at: tuple[str, str], node: MessageNode, own: dict[str, str]) -> _Part:
        prompts = (*self._take(), node.prompt)
        yield TakeMessage(*at, prompts, node.max_seconds, node.silence_seconds, node.due_minutes, self.values(own))
        self.pending = (node.thanks,) if node.thanks else ()
        return node.next

    def survey(self, at: tuple[str, str], node: SurveyNode, own: dict[str, str]) -> _Part:
        yield EnterMenu(*at)
        outcome, score = "invalid_input", None
        for _ in range(node.attempts):
            prompts = (*self._take(), node.prompt)
            question = Ask(*at, prompts, node.timeout_seconds, True, self.values(own), node.scale)
            key = _keys((yield question))[:1]
            if not key:
                outcome = "no_input"
                break
            if key.isdecimal() and 1 <= int(key) <= node.scale:
                outcome, score = "key", int(key)
                break
        yield Rated(*at, score, node.scale)
        yield LeaveMenu(*at, outcome, "", node.next)
        self.pending += (node.thanks,) if node.thanks and score is not None else ()
        return node.next


def _keys(reply: Reply | None) -> str:
    return reply.key if isinstance(reply, Heard) else ""


_PARTS: Mapping[type[Any], Callable[[_Walker, tuple[str, str], Any, dict[str, str]], _Part]] = {
    SayNode: _Walker.say,
    MenuNode: _Walker.menu,
    CollectNode: _Walker.collect,
    ChooseNode: _Walker.choose,
    SetLanguageNode: _Walker.set_language,
    SetNode: _Walker.set,
    LookUpNode: _Walker.look_up,
    CallBackNode: _Walker.call_back,
    MessageNode: _Walker.message,
    SurveyNode: _Walker.survey,
}
