"""The people of a scenario, and what happened to them: who calls, who answers, and the journal as it grows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from calls.events import (
    CallEnded,
    CallEvent,
    CallQueued,
    CallStarted,
    Event,
    MenuEntered,
    OperatorAnswered,
    OperatorStateChanged,
)
from hotline.actors.citizens import Citizen
from hotline.actors.ears import Ear
from hotline.actors.phones import OperatorPhone, PhoneAccount, PhoneEvent, PhoneEventKind
from hotline.actors.scripts import CitizenScript, HangUp, Step, WaitForCue, WaitForHangup, WaitSeconds
from hotline.actors.targets import HotlineTarget
from hotline.settings import Settings
from telephony.asterisk.secrets import Secrets
from tests.ports import port_bases

VOICES_HZ = {"1001": 440, "1002": 560, "1003": 680, "1004": 500, "1005": 620}
CALLER_HZ, HOTLINE_HZ, SHARED_HZ = 900, 1100, 800
STRAIGHT = "12346"
"""The line without a menu."""
WITHIN = 10.0
"""Seconds that something may take before a scenario fails."""
AT_ONCE = 2.0
"""Seconds within which follows what waits for nothing, on a machine that other scenarios keep busy; how fast it is,
the benches measure."""

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Hears:
    """Step of a citizen: listen until the call has come somewhere, and a moment more, so that it is heard there."""

    place: type[MenuEntered] | type[CallQueued]
    seconds: float


MENU = Hears(MenuEntered, 0.25)
"""Until the next menu, or another node that waits for keys, is read out: keys pressed before it are lost."""

MUSIC = Hears(CallQueued, 0.6)
"""Until the call waits in a queue."""


@dataclass(frozen=True, slots=True)
class Talk:
    """An operator and a caller who hear each other."""

    phone: OperatorPhone
    citizen: Citizen
    call_id: str


class People:
    """What every scenario speaks to, wherever the service runs."""

    def __init__(self, settings: Settings, secrets: Secrets, target: HotlineTarget, folder: Path) -> None:
        self.settings = settings
        self.secrets = secrets
        self.target = target
        self.folder = folder
        self.events: list[Event] = []
        self.phones: dict[str, OperatorPhone] = {}
        self.announced: list[str] = []
        "Parts of the complaints that the scenario expects in Asterisk's log."
        self._news = asyncio.Condition()
        self._stack = AsyncExitStack()
        self._callers = 0
        self._notify: set[asyncio.Task[None]] = set()

    # the people

    async def phone(self, operator_id: str, *, record: bool = False, ready: bool = True) -> OperatorPhone:
        """Register an operator's phone; wait until the operator is available or has a call, unless not `ready`."""
        password, server = self.secrets.phones[operator_id], f"{self.settings.bind}:{self.settings.sip_port}"
        account = PhoneAccount(f"op{operator_id}", password, server)
        folder = self.folder / f"phone-{operator_id}-{len(self.phones)}"
        phone = OperatorPhone(account, folder=folder, voice_hz=VOICES_HZ[operator_id], record=record)
        await phone.start()
        self._stack.push_async_callback(phone.stop)
        self.phones[operator_id] = phone
        if not ready:
            return phone
        states = ("available", "ringing", "talking")
        await self.until(lambda: self.state_of(operator_id) in states, f"{operator_id} is ready")
        return phone

    async def shared_phone(self, phone_id: str) -> OperatorPhone:
        """Register a phone that is nobody's own; whoever logs in at it works there."""
        name = f"desk{phone_id}"
        account = PhoneAccount(name, self.secrets.phones[name], f"{self.settings.bind}:{self.settings.sip_port}")
        phone = OperatorPhone(account, folder=self.folder / f"phone-{name}", voice_hz=SHARED_HZ)
        await phone.start()
        self._stack.push_async_callback(phone.stop)
        return phone

    async def dials_code(self, phone: OperatorPhone, code: str, *then_keys: str) -> None:
        """Dial a code, press these keys in turn once it is answered, and listen until the far end has hung up."""
        await phone.dial(code)
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=WITHIN)
        for keys in then_keys:
            await phone.press(keys)
        await phone.wait_for(PhoneEventKind.CLOSED, timeout_seconds=2 * WITHIN)

    async def citizen(
        self,
        *steps: Step | Hears,
        dialled: str = "12345",
        ani: str | None = None,
        name: str | None = None,
        ear: Ear | None = None,
    ) -> Citizen:
        """Dial; the script ends with waiting for the far end, then hanging up. Each citizen has a number."""
        self._callers += 1
        ani = ani or f"1380013{self._callers:04d}"
        scripted = [step for each in steps for step in _scripted(each)]
        script = CitizenScript((*scripted, WaitForHangup(30), HangUp()), ani=ani, name=name, voice_hz=CALLER_HZ)
        earlier = len([event for event in self.all(CallStarted) if event.ani == ani])
        citizen = Citizen(
            script,
            target=f"{self.settings.bind}:{self.settings.sip_port}",
            dialled=dialled,
            folder=self.folder / f"citizen-{self._callers}",
            ear=ear,
        )
        await citizen.start()
        self._stack.push_async_callback(citizen.stop)
        if places := [step.place for step in steps if isinstance(step, Hears)]:
            cues = asyncio.create_task(self._give_cues(citizen, places, earlier), name=f"cues of {ani}")
            self._stack.push_async_callback(_over, cues)
        return citizen

    async def _give_cues(
        self, citizen: Citizen, places: list[type[MenuEntered] | type[CallQueued]], earlier: int
    ) -> None:
        """Let the citizen's script go on each time the call has come to the next of these places."""
        number = citizen.script.ani
        call_id = (await self.happened(CallStarted, lambda e: e.ani == number, count=earlier + 1)).call_id
        for index, place in enumerate(places):
            await self.happened(place, lambda e: e.call_id == call_id, count=places[: index + 1].count(place))
            await citizen.cue()

    async def ear(self) -> Ear:
        """Return an ear that listens until the town closes."""
        return await self._stack.enter_async_context(Ear())

    async def talk(self, seconds: float) -> None:
        """Let a conversation go on: its length is what is measured, not a wait for something."""
        await asyncio.sleep(seconds)

    # how scenarios begin

    async def waiting(
        self, *steps: Step | Hears, dialled: str = STRAIGHT, ear: Ear | None = None
    ) -> tuple[Citizen, str]:
        """Have a citizen dial and ask for a person; return when the call is in a queue, with its call id."""
        citizen = await self.citizen(*steps, dialled=dialled, ear=ear)
        call_id = await self.call_of(citizen)
        await self.happened(CallQueued, lambda e: e.call_id == call_id)
        return citizen, call_id

    async def talking(self, operator_id: str, *, ear: Ear | None = None) -> Talk:
        """Have a citizen call and this operator, whose phone must be the next to ring, pick up."""
        citizen, call_id = await self.waiting(ear=ear)
        await self.picks_up(operator_id)
        return Talk(self.phones[operator_id], citizen, call_id)

    async def rings(self, operator_id: str, within: float = WITHIN) -> PhoneEvent:
        """Wait until an operator's phone rings."""
        return await self.phones[operator_id].wait_for(PhoneEventKind.INCOMING, timeout_seconds=within)

    async def picks_up(self, operator_id: str) -> None:
        """Wait until an operator's phone rings, pick up, and wait until the call is counted as answered."""
        answered = len(self.all(OperatorAnswered)) + 1
        phone = self.phones[operator_id]
        await self.rings(operator_id)
        await phone.answer()
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=WITHIN)
        await self.happened(OperatorAnswered, count=answered)

    # what happened

    async def call_of(self, citizen: Citizen) -> str:
        """Return the id of a citizen's call, once the line has picked it up."""
        return (await self.happened(CallStarted, lambda e: e.ani == citizen.script.ani)).call_id

    async def ended(self, call_id: str, within: float = WITHIN) -> CallEnded:
        """Wait for the end of a call."""
        return await self.happened(CallEnded, lambda e: e.call_id == call_id, within=within)

    async def happened(
        self, kind: type[E], where: Callable[[E], bool] = lambda _: True, *, count: int = 1, within: float = WITHIN
    ) -> E:
        """Return the `count`-th event of a kind, waiting for it."""

        def found() -> list[E]:
            return [event for event in self.events if isinstance(event, kind) and where(event)]

        await self.until(lambda: len(found()) >= count, f"{kind.__name__} number {count}", within=within)
        return found()[count - 1]

    async def until(self, condition: Callable[[], bool], what: str, *, within: float = WITHIN) -> None:
        """Wait until a condition holds; looked at after every event."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            story = "\n".join(f"  {type(e).__name__} {e}" for e in self.events[-25:])
            raise AssertionError(f"not within {within:g} s: {what}; the last that happened:\n{story}") from None

    def all(self, kind: type[E]) -> list[E]:
        """Return every event of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def of_call(self, call_id: str, kind: type[E]) -> list[E]:
        """Return every event of a kind of one call so far."""
        return [e for e in self.events if isinstance(e, CallEvent) and e.call_id == call_id and isinstance(e, kind)]

    def story(self, call_id: str) -> list[str]:
        """Return the names of a call's events in order, without its recordings, which end in their own time.

        Each step inside the menus is left out as well, but for those that wait for a key, and what is a duty later.
        """
        names = [type(e).__name__ for e in self.events if isinstance(e, CallEvent) and e.call_id == call_id]
        steps = ("FlowEntered", "NodeEntered", "CallerClassified", "MissedCallListed", "DutyDone", "WaitForecast")
        return [name for name in names if not name.startswith("Recording") and name not in steps]

    def states(self, operator_id: str) -> list[str]:
        """Return the states that an operator went through, in order, each with its reason where it has one."""
        mine = [e for e in self.all(OperatorStateChanged) if e.operator_id == operator_id]
        return [f"{e.state}({e.reason})" if e.reason else str(e.state) for e in mine]

    def state_of(self, operator_id: str) -> str:
        """Return an operator's state now, as the journal last told it."""
        mine = [e for e in self.all(OperatorStateChanged) if e.operator_id == operator_id]
        return str(mine[-1].state) if mine else "offline"

    def take(self, event: Event) -> None:
        """Take in what the journal tells."""
        self.events.append(event)
        task = asyncio.get_running_loop().create_task(self._wake(), name="town news")
        self._notify.add(task)
        task.add_done_callback(self._notify.discard)

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def send_everybody_home(self) -> None:
        """End every citizen, phone and ear."""
        await self._stack.aclose()


def _scripted(step: Step | Hears) -> tuple[Step, ...]:
    return (WaitForCue(2 * WITHIN), WaitSeconds(step.seconds)) if isinstance(step, Hears) else (step,)


async def _over(task: asyncio.Task[None]) -> None:
    """Let a citizen's cues end with the citizen; a cue that failed shows in what the scenario waits for in vain."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def free_port_base() -> int:
    """Return a port base whose ports are free."""
    bases = port_bases()
    for base in random.sample(bases, len(bases)):
        if not Settings(port_base=base).ports_in_use():
            return base
    raise AssertionError("no free ports for a town")
