"""Operators' states read plainly: what each verb and each event makes of one operator. Times are seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from calls.events import OperatorState

S = OperatorState
HERE = (S.AVAILABLE, S.RINGING, S.TALKING, S.WRAP_UP)
BUSY = (S.RINGING, S.TALKING, S.WRAP_UP)
IN_CALL = (S.RINGING, S.TALKING)


@dataclass
class Person:
    """One operator. Times are seconds."""

    state: OperatorState = S.OFFLINE
    reachable: bool = False
    logged_in: bool = True
    desk: str = ""
    own_calls: bool = False
    pause: str = ""
    wanted: str = ""
    why: str = ""
    until: float | None = None
    call_id: str | None = None
    missed: int = 0
    answered: int = 0
    idle_since: float | None = None
    work: list[list[float | None]] = field(default_factory=list)
    "Begin and end of each time that they were busy since they logged in."

    @property
    def present(self) -> bool:
        """Whether callers may hope for them: not who logged out during the call that they have."""
        return self.logged_in and self.state in HERE


class PlainPeople:
    """The operators of a city; who settles takes the next call, or lets go those who wait for them."""

    def __init__(self, operator_ids: Iterable[str]) -> None:
        self.now = 0.0
        self.people = {operator_id: Person() for operator_id in operator_ids}

    def settle(self, operator_id: str) -> None:
        raise NotImplementedError

    def phone_reachable(self, operator_id: str) -> None:
        person = self.people[operator_id]
        if not person.reachable:
            person.reachable, person.missed = True, 0
            if person.state in (S.OFFLINE, S.UNREACHABLE, S.NOT_RESPONDING):
                self.become_free(person)
            self.settle(operator_id)

    def phone_gone(self, operator_id: str) -> None:
        person = self.people[operator_id]
        person.reachable = False
        if person.state not in IN_CALL:
            self.enter(person, S.OFFLINE)
        self.settle(operator_id)

    def log_in(self, operator_id: str, desk: str) -> None:
        person = self.people[operator_id]
        if person.logged_in and person.desk == desk:
            return
        person.logged_in = person.reachable = True
        person.desk, person.missed, person.own_calls = desk, 0, False
        self.clock_work(person)
        own_call_over = person.state is S.PAUSED and person.why == "own call"
        if own_call_over or person.state in (S.OFFLINE, S.UNREACHABLE, S.NOT_RESPONDING):
            self.become_free(person)
        self.settle(operator_id)

    def log_out(self, operator_id: str) -> None:
        person = self.people[operator_id]
        if person.logged_in:
            person.logged_in, person.pause, person.wanted = False, "", ""
            if person.state not in IN_CALL:
                self.enter(person, S.OFFLINE)
            self.clock_work(person)
            self.settle(operator_id)

    def pause(self, operator_id: str, reason: str) -> None:
        person = self.people[operator_id]
        person.missed = 0
        if person.state in IN_CALL:
            person.wanted = reason
        elif person.state is not S.PAUSED or person.pause != reason:
            person.pause, person.wanted = reason, ""
            self.enter(person, S.PAUSED, why=reason)
        self.settle(operator_id)

    def resume(self, operator_id: str) -> None:
        person = self.people[operator_id]
        person.missed, person.pause, person.wanted = 0, "", ""
        ends = (S.NOT_RESPONDING, S.PAUSED, S.UNREACHABLE, S.WRAP_UP)
        if person.state in ends and person.why != "own call":
            self.become_free(person)
        self.settle(operator_id)

    def finish_wrap_up(self, operator_id: str) -> None:
        if self.people[operator_id].state is S.WRAP_UP:
            self.become_free(self.people[operator_id])
            self.settle(operator_id)

    def busy(self, operator_id: str) -> None:
        person = self.people[operator_id]
        person.own_calls = True
        if person.state is S.AVAILABLE:
            self.enter(person, S.PAUSED, why="own call")
        self.settle(operator_id)

    def free(self, operator_id: str) -> None:
        person = self.people[operator_id]
        person.own_calls = False
        if person.state is S.PAUSED and person.why == "own call":
            self.become_free(person)
        self.settle(operator_id)

    def become_free(self, person: Person, *, punished: bool = True) -> None:
        """Nothing more to do: available, unless something is in the way."""
        if not (person.reachable and person.logged_in):
            self.enter(person, S.OFFLINE)
        elif person.wanted or person.pause:
            person.pause, person.wanted = person.wanted or person.pause, ""
            self.enter(person, S.PAUSED, why=person.pause)
        elif person.own_calls:
            self.enter(person, S.PAUSED, why="own call")
        else:
            self.enter(person, S.AVAILABLE)
            if punished or person.idle_since is None:
                person.idle_since = self.now

    def enter(
        self,
        person: Person,
        state: OperatorState,
        until: float | None = None,
        *,
        why: str = "",
        call_id: str | None = None,
    ) -> None:
        person.state, person.until, person.why, person.call_id = state, until, why, call_id
        if state is S.OFFLINE:
            person.work, person.answered = [], 0
        self.clock_work(person)

    def clock_work(self, person: Person) -> None:
        """Begin or end a time of work."""
        works = bool(person.work) and person.work[-1][1] is None
        should = person.logged_in and person.state in BUSY
        if should and not works:
            person.work.append([self.now, None])
        elif works and not should:
            person.work[-1][1] = self.now
