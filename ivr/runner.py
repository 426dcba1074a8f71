"""Takes one caller through a flow: performs the steps with a voice, records what happened."""

from __future__ import annotations

from calls.errors import SessionOver
from calls.events import GreetingStarted, LanguageChosen, MenuEntered, MenuLeft
from calls.model import Call
from calls.ports import Clock, Record
from ivr.flow import Ask, EnterMenu, Heard, LeaveMenu, Outcome, Say, Step, SwitchLanguage, walk_flow
from ivr.model import Flow
from ivr.ports import Voice


class FlowRunner:
    """Runs flows for calls; holds nothing of any one of them."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record = record
        self._now = clock

    async def run(self, flow: Flow, call: Call, voice: Voice) -> Outcome:
        """Take the caller through the flow and return its outcome. Raises SessionOver when the session ends."""
        walk = walk_flow(flow)
        heard: Heard | None = None
        greeted = False
        while True:
            try:
                step = walk.send(heard)
            except StopIteration as finished:
                outcome: Outcome = finished.value
                return outcome
            if not greeted and isinstance(step, Ask | Say):
                self._record(GreetingStarted(at=self._now(), call_id=call.call_id, prompt=step.prompts[0]))
                greeted = True
            heard = await self._perform(step, call, voice)

    async def _perform(self, step: Step, call: Call, voice: Voice) -> Heard | None:
        now, call_id = self._now(), call.call_id
        match step:
            case Ask():
                try:
                    return Heard(await voice.ask(step.prompts, call.language, step.timeout_seconds))
                except SessionOver:
                    self._record(MenuLeft(at=self._now(), call_id=call_id, node_id=step.node_id, input="hung_up"))
                    raise
            case Say():
                await voice.say(step.prompts, call.language)
            case EnterMenu():
                self._record(MenuEntered(at=now, call_id=call_id, node_id=step.node_id))
            case LeaveMenu():
                self._record(
                    MenuLeft(
                        at=now,
                        call_id=call_id,
                        node_id=step.node_id,
                        input=step.input,
                        key=step.key,
                        next_node_id=step.next_node_id,
                    )
                )
            case SwitchLanguage():
                call.language = step.language
                self._record(LanguageChosen(at=now, call_id=call_id, language=step.language))
        return None
