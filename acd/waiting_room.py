"""Where calls' coroutines wait for an operator: the dispatcher with a clock, timers and futures around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from acd.dispatcher import Assignment, Dispatcher
from acd.forecast import Outlook
from acd.presence import Presence
from acd.routing import Operators, QueueRules, WaitingCall
from acd.verbs import VerbRules
from calls.errors import NotFound
from calls.events import OfferOutcome, OperatorState
from calls.ports import Clock, Record

T = TypeVar("T")


class WaitingRoom:
    """Gives each waiting call its operator the moment there is one. All of it runs in one event loop."""

    def __init__(self, dispatcher: Dispatcher, record: Record, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._record = record
        self._now = clock
        self._futures: dict[str, asyncio.Future[Assignment]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._knows_phones = False
        self._staff_watches: dict[str, asyncio.Event] = {}
        "By call: set when there may be nobody left to wait for."

    async def operator_for(self, call: WaitingCall, timeout_seconds: float) -> Assignment | None:
        """Wait for an operator; return None when the time is over. The phone has not been rung yet.

        When the waiting coroutine is cancelled the call leaves, and an operator given to it at that very moment is
        free again.
        """
        future: asyncio.Future[Assignment] = asyncio.get_running_loop().create_future()
        self._futures[call.call_id] = future
        try:
            self._do(lambda now: self._dispatcher.join(call, now))
            async with asyncio.timeout(max(0.0, timeout_seconds)):
                return await asyncio.shield(future)
        except TimeoutError:
            return future.result() if future.done() else None
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.offer_ended(future.result(), OfferOutcome.CALLER_LEFT)
            raise
        finally:
            self._futures.pop(call.call_id, None)
            self._dispatcher.leave(call.call_id)

    def claim(self, call_id: str, operator_id: str) -> Assignment | None:
        """Assign a call to a given operator, past the queue; None when they can't take it now."""
        return self._do(lambda now: self._dispatcher.claim(call_id, operator_id, now))

    def can_take(self, operator_id: str) -> bool:
        """Return whether `claim` would give this operator a call now."""
        return self._dispatcher.can_take(operator_id)

    def answered(self, offer: Assignment) -> None:
        """The operator picked up."""
        self._do(lambda now: self._dispatcher.answered(offer.offer_id, now))

    def offer_ended(self, offer: Assignment, outcome: OfferOutcome) -> None:
        """The offer ended without an answer."""
        self._do(lambda now: self._dispatcher.offer_ended(offer.offer_id, outcome, now))

    def conversation_ended(
        self, offer: Assignment, wrap_up_seconds: float, *, hold_until: datetime | None = None, reason: str = ""
    ) -> None:
        """The conversation is over; the operator wraps up, at least until `hold_until` where a call may come back."""

        def step(now: datetime) -> None:
            seconds = wrap_up_seconds
            if hold_until is not None:
                seconds = max(seconds, (hold_until - now).total_seconds())
            self._dispatcher.conversation_ended(offer.offer_id, seconds, now, reason)

        self._do(step)

    def wrap_up_until(self, operator_id: str, until: datetime) -> None:
        """Set when the operator's wrap-up ends."""
        self._do(lambda now: self._dispatcher.extend_wrap_up(operator_id, until))

    def phone_reachable(self, operator_id: str) -> None:
        """The operator's phone registered."""
        self._do(lambda now: self._dispatcher.phone_reachable(operator_id, now))

    def phone_gone(self, operator_id: str) -> None:
        """The operator's phone is gone."""
        self._do(lambda now: self._dispatcher.phone_gone(operator_id, now))

    def phones_are_known(self) -> None:
        """Every phone that there is was told of: whoever was not is away."""
        self._knows_phones = True

    def adopt(self, operator_id: str, call_id: str) -> Assignment | None:
        """Take over a conversation that began before this process did."""
        return self._do(lambda now: self._dispatcher.adopt(operator_id, call_id, now))

    # what operators do by themselves: each raises NotFound for an unknown operator

    def log_in(
        self, operator_id: str, phone: str, *, by: str = "code", reachable: bool = True, own_calls: bool = False
    ) -> bool:
        """Let an operator work at a phone. Raises NotPossibleNow while they, or who works there, have a call."""
        return self._verb(
            operator_id,
            lambda now: self._dispatcher.log_in(
                operator_id, phone, now, by=by, reachable=reachable, own_calls=own_calls
            ),
        )

    def log_out(self, operator_id: str, *, by: str = "code") -> bool:
        """End an operator's work at a phone; a call goes on to its end."""
        return self._verb(operator_id, lambda now: self._dispatcher.log_out(operator_id, now, by=by))

    def pause(self, operator_id: str, reason: str) -> bool:
        """Give an operator no more calls; a call under way is finished first. Raises NotPossibleNow when offline."""
        return self._verb(operator_id, lambda now: self._dispatcher.pause(operator_id, reason, now))

    def resume(self, operator_id: str) -> bool:
        """The operator is ready again."""
        return self._verb(operator_id, lambda now: self._dispatcher.resume(operator_id, now))

    def finish_wrap_up(self, operator_id: str) -> bool:
        """The operator's notes are done."""
        return self._verb(operator_id, lambda now: self._dispatcher.finish_wrap_up(operator_id, now))

    def extend_wrap_up(self, operator_id: str) -> datetime | None:
        """Give an operator more time for notes; return when it is over, None outside wrap-up."""
        return self._verb(operator_id, lambda now: self._dispatcher.more_wrap_up(operator_id, now))

    def busy(self, operator_id: str) -> None:
        """The operator's phone has a call that is none of ours."""
        self._do(lambda now: self._dispatcher.busy(operator_id, now))

    def free(self, operator_id: str) -> None:
        """The operator's phone has no such call any more."""
        self._do(lambda now: self._dispatcher.free(operator_id, now))

    def operator_at(self, phone: str) -> str | None:
        """Return who works at a phone."""
        return self._dispatcher.operator_at(phone)

    def phones_in_use(self) -> tuple[str, ...]:
        """Return every phone that somebody is logged in at."""
        return self._dispatcher.phones_in_use()

    def phone_of(self, operator_id: str) -> str:
        """Return the phone that an operator works at."""
        return self._dispatcher.phone_of(operator_id)

    def is_by_code(self, operator_id: str) -> bool:
        """Return whether this operator is offline until they log in."""
        return self._dispatcher.is_by_code(operator_id)

    def restore_log_in(self, operator_id: str, phone: str | None) -> None:
        """Take up where an operator worked before the service started, None for nowhere."""
        self._do(lambda _: self._dispatcher.restore_log_in(operator_id, phone))

    def restore_state(
        self,
        operator_id: str,
        state: OperatorState,
        reason: str,
        since: datetime,
        *,
        told: bool = False,
        until: datetime | None = None,
    ) -> None:
        """Take up what an operator was before the service started.

        `told` says that the alarm of this pause was given, `until` when a wrap-up ends.
        """
        self._do(
            lambda now: self._dispatcher.restore_state(operator_id, state, reason, since, now, told=told, until=until)
        )

    def replace_verb_rules(self, rules: VerbRules) -> None:
        """Take other rules for operators."""
        self._do(lambda _: self._dispatcher.replace_verb_rules(rules))

    def replace_operators(self, operators: Operators, *, missed_in_a_row: int, ring_seconds: float) -> None:
        """Take other operators and skills; calls that wait and now fit somebody go there at once."""
        self._do(
            lambda now: self._dispatcher.replace_operators(
                operators, now, missed_in_a_row=missed_in_a_row, ring_seconds=ring_seconds
            )
        )

    def replace_queues(self, queues: Mapping[str, QueueRules], *, priority_point_seconds: float) -> None:
        """Take other rules of queues; calls that wait go by them at once."""
        self._do(
            lambda now: self._dispatcher.replace_queues(queues, now, priority_point_seconds=priority_point_seconds)
        )

    def presence(self, operator_id: str) -> Presence | None:
        """Return an operator's state now."""
        return self._dispatcher.presences.get(operator_id)

    def longest_idle(self) -> datetime | None:
        """Return since when the operator is idle who has been it for the longest; None where nobody is."""
        idle = (p.idle_since for p in self._dispatcher.presences.values() if p.state is OperatorState.AVAILABLE)
        return min((since for since in idle if since is not None), default=None)

    def waiting_in(self, queue_id: str) -> int:
        """Return how many calls wait in a queue."""
        return sum(1 for call in self._dispatcher.waiting.values() if call.queue_id == queue_id)

    def is_staffed(self, call: WaitingCall) -> bool:
        """Return whether somebody is on duty who could ever take this call; taken for granted until phones are known.

        On duty is who is present or paused: `Presence.is_on_duty`.
        """
        return not self._knows_phones or self._dispatcher.is_staffed(call, self._now())

    @contextmanager
    def staff_watch(self, call_id: str) -> Iterator[asyncio.Event]:
        """Give a call an event that is set whenever `is_staffed` may have become false.

        It is set when the last of some class of operators goes off duty and when rules are edited, and so never by
        calls that are rung, taken and ended.
        """
        event = self._staff_watches[call_id] = asyncio.Event()
        try:
            yield event
        finally:
            del self._staff_watches[call_id]

    def position(self, call_id: str) -> int | None:
        """Return a waiting call's place, 1 is next."""
        return self._dispatcher.position(call_id)

    def outlook(self, call: WaitingCall) -> Outlook:
        """Return what stands between a call and an operator now."""
        return self._dispatcher.outlook(call, self._now())

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _verb(self, operator_id: str, step: Callable[[datetime], T]) -> T:
        if operator_id not in self._dispatcher.presences:
            raise NotFound(f"There is no operator {operator_id!r}.")
        return self._do(step)

    def _do(self, step: Callable[[datetime], T]) -> T:
        result = step(self._now())
        self._publish()
        return result

    def _publish(self) -> None:
        """Say what changed, hand out assignments, and set the clock for the next state that ends by itself."""
        changes = self._dispatcher.drain()
        for assignment in changes.assignments:
            future = self._futures.get(assignment.call_id)
            if future is not None and not future.done():
                future.set_result(assignment)  # before the journal is asked: a full one costs no caller their operator
        if changes.staff_left:
            for event in self._staff_watches.values():
                event.set()
        for fact in (*changes.facts, *changes.states):
            self._record(fact)
        self.close()
        due = self._dispatcher.next_due()
        if due is not None:
            seconds = max(0.0, (due - self._now()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._do(self._dispatcher.tick)
