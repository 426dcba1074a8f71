"""Takes one caller through a flow: performs the steps with a voice, records what happened."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta

from calls.errors import SessionOver
from calls.events import (
    CallbackAsked,
    DigitsCollected,
    GreetingStarted,
    LanguageChosen,
    LookedUp,
    MenuEntered,
    MenuLeft,
    MessageLeft,
    NodeEntered,
    SurveyAnswered,
    TopicSet,
)
from calls.model import Call
from calls.ports import Clock, Record
from ivr.flow import walk_flow
from ivr.lookup import Answer
from ivr.model import Flow
from ivr.ports import Visit, Voice
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
    Told,
)


def facts_of(call: Call) -> Facts:
    """Return what a flow is told of this call."""
    return Facts(
        language=call.language,
        caller=call.ani,
        caller_kinds=call.caller_kinds,
        dnis=call.dnis,
        line=call.line_id,
        topic=call.topic,
        case_id=call.case_id,
    )


class FlowRunner:
    """Runs flows for calls; holds nothing of any one of them."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record = record
        self._now = clock

    async def run(
        self,
        flows: Mapping[str, Flow],
        flow_id: str,
        call: Call,
        voice: Voice,
        visit: Visit,
        before: tuple[str, ...] = (),
    ) -> Outcome:
        """Take the caller through the flow, `before` spoken first; return its outcome.

        Raises SessionOver when the session ends.
        """
        run = _Run(self._record, self._now, call, voice, visit)
        walk = walk_flow(flows, flow_id, facts_of(call), before)
        reply: Reply | None = None
        while True:
            try:
                step = walk.send(reply)
            except StopIteration as finished:
                outcome: Outcome = finished.value
                return outcome
            reply = await run.perform(step)


class _Run:
    """One caller in one flow."""

    def __init__(self, record: Record, clock: Clock, call: Call, voice: Voice, visit: Visit) -> None:
        self._record = record
        self._now = clock
        self._call = call
        self._voice = voice
        self._visit = visit

    async def perform(self, step: Step) -> Reply | None:
        match step:
            case Ask() | Collect():
                return await self._ask(step)
            case Say():
                self._greet(step.prompts)
                await self._voice.say(step.prompts, self._call.language, barge_in=step.barge_in, values=step.values)
            case AskHours():
                return Told(self._visit.hours(step.hours_id))
            case LookUp():
                return await self._look_up(step)
            case TakeMessage():
                await self._take_message(step)
            case _:
                self._note(step)
        return None

    async def _ask(self, step: Ask | Collect) -> Heard:
        self._greet(step.prompts)
        try:
            keys = await self._voice.ask(
                step.prompts,
                self._call.language,
                step.timeout_seconds,
                max_digits=step.max_digits if isinstance(step, Collect) else 1,
                barge_in=step.barge_in,
                values=step.values,
            )
        except SessionOver:
            self._record(
                MenuLeft(
                    at=self._now(),
                    call_id=self._call.call_id,
                    node_id=step.node_id,
                    input="hung_up",
                    flow_id=step.flow_id,
                )
            )
            if isinstance(step, Ask) and step.scale:
                self._note(Rated(step.flow_id, step.node_id, None, step.scale))
            raise
        return Heard(keys)

    def _greet(self, prompts: tuple[str, ...]) -> None:
        if prompts and not self._call.greeted:
            self._call.greeted = True
            self._record(GreetingStarted(at=self._now(), call_id=self._call.call_id, prompt=prompts[0]))

    async def _look_up(self, step: LookUp) -> Answer:
        began = time.monotonic()
        answer = await self._visit.look_up(step.node, step.values)
        self._record(
            LookedUp(
                at=self._now(),
                call_id=self._call.call_id,
                flow_id=step.flow_id,
                node_id=step.node_id,
                outcome=str(answer.outcome),
                ms=round((time.monotonic() - began) * 1000),
            )
        )
        return answer

    async def _take_message(self, step: TakeMessage) -> None:
        call = self._call
        self._greet(step.prompts)
        await self._voice.say(step.prompts, call.language, values=step.values)
        taken = await self._visit.take_message(call.language, step.max_seconds, step.silence_seconds)
        if taken is not None:
            now = self._now()
            self._record(
                MessageLeft(
                    at=now,
                    call_id=call.call_id,
                    recording_id=taken.recording_id,
                    number=call.ani,
                    seconds=taken.seconds,
                    due_at=now + timedelta(minutes=step.due_minutes),
                )
            )
        if taken is not None and taken.hung_up:
            raise SessionOver("the caller hung up after leaving a message")

    def _note(self, step: Step) -> None:
        """Steps that take no time: the call changes, or a fact is recorded."""
        now, call, call_id = self._now(), self._call, self._call.call_id
        match step:
            case EnterMenu(flow_id, node_id):
                self._record(MenuEntered(at=now, call_id=call_id, node_id=node_id, flow_id=flow_id))
            case LeaveMenu(flow_id, node_id, way, key, following):
                self._record(
                    MenuLeft(
                        at=now,
                        call_id=call_id,
                        node_id=node_id,
                        input=way,
                        key=key,
                        next_node_id=following,
                        flow_id=flow_id,
                    )
                )
            case EnterNode(flow_id, node_id, kind):
                self._record(NodeEntered(at=now, call_id=call_id, flow_id=flow_id, node_id=node_id, kind=kind))
            case SwitchLanguage(language):
                call.language = language
                self._record(LanguageChosen(at=now, call_id=call_id, language=language))
            case Change():
                self._change(step)
            case Collected(flow_id, node_id, into, digits, keep):
                value = digits if keep else ""
                self._record(
                    DigitsCollected(
                        at=now,
                        call_id=call_id,
                        flow_id=flow_id,
                        node_id=node_id,
                        into=into,
                        length=len(digits),
                        value=value,
                    )
                )
            case NoteCallBack(number=number, due_minutes=minutes):
                due_at = now + timedelta(minutes=minutes)
                self._record(CallbackAsked(at=now, call_id=call_id, number=number, due_at=due_at))
                self._visit.call_back(number, due_at)
            case Rated(score=score, scale=scale):
                self._record(
                    SurveyAnswered(at=now, call_id=call_id, score=score, scale=scale, operator_id=call.last_operator_id)
                )

    def _change(self, step: Change) -> None:
        call = self._call
        call.priority = call.priority if step.priority is None else step.priority
        call.skills = {**call.skills, **step.skills}
        if step.topic is not None:
            call.topic = step.topic
            self._record(TopicSet(at=self._now(), call_id=call.call_id, topic=step.topic, source="menu"))
