"""What lamps on phones show, as device states of Asterisk: operators' states, queues in which somebody waits, hotlines.

Only the newest state of each lamp is sent, one after the other; after a lost link all of them again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from acd.presence import OWN_CALL
from calls.errors import HotlineError
from calls.events import (
    CallDequeued,
    CallEnded,
    CallQueued,
    Event,
    HotlineMarkedDown,
    HotlineMarkedUp,
    OperatorAnswered,
    OperatorState,
    OperatorStateChanged,
)
from calls.phones import home_phone

log = structlog.get_logger(__name__)

IDLE, IN_USE, RINGING, HELD, AWAY = "NOT_INUSE", "INUSE", "RINGING", "ONHOLD", "UNAVAILABLE"

REST_SECONDS = 0.1
"""From a change to the lamp: callers and operators come first."""

LAMPS = {
    OperatorState.AVAILABLE: IDLE,
    OperatorState.RINGING: RINGING,
    OperatorState.TALKING: IN_USE,
    OperatorState.WRAP_UP: IN_USE,
    OperatorState.PAUSED: HELD,
    OperatorState.NOT_RESPONDING: AWAY,
    OperatorState.UNREACHABLE: AWAY,
    OperatorState.OFFLINE: AWAY,
}
"""What a lamp shows of each state."""

SetLamp = Callable[[str, str], Awaitable[None]]
"""Sets one device state of Asterisk; raises HotlineError."""


def queue_lamp(queue_id: str) -> str:
    """Return the lamp of a call queue."""
    return f"queue_{queue_id}"


def hotline_lamp(hotline_id: str) -> str:
    """Return the lamp of a hotline."""
    return f"hotline_{hotline_id}"


class Hints:
    """Follows the journal. As large as the numbers of operators, queues, hotlines and waiting calls."""

    def __init__(self, set_lamp: SetLamp, is_down: Callable[[str], bool]) -> None:
        """`is_down` tells whether no number of a hotline can be had; it is asked after each mark."""
        self._set_lamp = set_lamp
        self._is_down = is_down
        self._lamps: dict[str, str] = {}
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._link_was_up = False
        self._waits_in: dict[str, str] = {}
        "Call to the queue that it waits in."
        self._waiting: dict[str, int] = {}
        "Queue to how many calls wait in it."

    def replace(self, operators: Iterable[str], queues: Iterable[str], hotlines: Iterable[str]) -> None:
        """Take these operators, queues and hotlines, by their ids; those that stay keep their lamps."""
        lamps = {home_phone(operator_id): AWAY for operator_id in operators}
        lamps |= {queue_lamp(queue_id): IN_USE if self._waiting.get(queue_id) else IDLE for queue_id in queues}
        at_hotlines = {hotline_lamp(hotline_id): self._hotline(hotline_id) for hotline_id in hotlines}
        self._lamps, before = {name: self._lamps.get(name, state) for name, state in lamps.items()}, self._lamps
        self._lamps |= at_hotlines  # an edit may have given one other numbers
        for name, state in self._lamps.items():
            if before.get(name) != state:
                self._touch(name)

    def hear(self, event: Event) -> None:
        """Take in what the journal tells."""
        match event:
            case OperatorStateChanged():
                own_call = event.state is OperatorState.PAUSED and event.reason == OWN_CALL
                self._show(home_phone(event.operator_id), IN_USE if own_call else LAMPS[event.state])
            case CallQueued():
                self._waits(event.call_id, event.queue_id)
            case OperatorAnswered() | CallDequeued() | CallEnded():
                self._waits(event.call_id, None)
            case HotlineMarkedDown() | HotlineMarkedUp():
                self._show(hotline_lamp(event.target_id), self._hotline(event.target_id))

    def link_up(self) -> None:
        """Asterisk can be told again: what it showed may be long past."""
        self._link_was_up = True
        for name in self._lamps:
            self._touch(name)

    async def run(self) -> None:
        """Tell Asterisk, for as long as the service runs."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(REST_SECONDS)  # of wrap-up, free and ringing within moments only the last is shown
            self._wake.clear()
            while self._dirty:
                name = next(iter(self._dirty))
                del self._dirty[name]
                try:
                    await self._set_lamp(name, self._lamps[name])
                except HotlineError as error:
                    log.info("lamps_not_set", error=str(error))
                    self._dirty.clear()  # all of them are set when the link is up again

    def _hotline(self, hotline_id: str) -> str:
        return IN_USE if self._is_down(hotline_id) else IDLE

    def _waits(self, call_id: str, queue_id: str | None) -> None:
        before = self._waits_in.pop(call_id, None)
        if before is not None:
            self._waiting[before] -= 1
        if queue_id is not None:
            self._waits_in[call_id] = queue_id
            self._waiting[queue_id] = self._waiting.get(queue_id, 0) + 1
        for each in {before, queue_id} - {None}:
            self._show(queue_lamp(str(each)), IN_USE if self._waiting[str(each)] else IDLE)

    def _show(self, name: str, state: str) -> None:
        if name in self._lamps and self._lamps[name] != state:
            self._lamps[name] = state
            self._touch(name)

    def _touch(self, name: str) -> None:
        if self._link_was_up:
            self._dirty[name] = None
            self._wake.set()
