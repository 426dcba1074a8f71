"""Where calls' coroutines wait for an operator: the dispatcher with a clock, timers and futures around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from acd.dispatcher import Assignment, Dispatcher
from acd.presence import Presence
from acd.routing import WaitingCall
from calls.errors import NotFound
from calls.events import OfferOutcome
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

    def adopt(self, operator_id: str, call_id: str) -> Assignment | None:
        """Take over a conversation that began before this process did."""
        return self._do(lambda now: self._dispatcher.adopt(operator_id, call_id, now))

    def resume(self, operator_id: str) -> bool:
        """The operator is ready again. Raises NotFound for an unknown operator."""
        if operator_id not in self._dispatcher.presences:
            raise NotFound(f"There is no operator {operator_id!r}.")
        return self._do(lambda now: self._dispatcher.resume(operator_id, now))

    def replace_operators(
        self, operators: Mapping[str, Mapping[str, int]], *, missed_in_a_row: int, ring_seconds: float
    ) -> None:
        """Take other operators and skills; calls that wait and now fit somebody go there at once."""
        self._do(
            lambda now: self._dispatcher.replace_operators(
                operators, now, missed_in_a_row=missed_in_a_row, ring_seconds=ring_seconds
            )
        )

    def presence(self, operator_id: str) -> Presence | None:
        """Return an operator's state now."""
        return self._dispatcher.presences.get(operator_id)

    def waiting_in(self, queue_id: str) -> int:
        """Return how many calls wait in a queue."""
        return sum(1 for call in self._dispatcher.waiting.values() if call.queue_id == queue_id)

    def position(self, call_id: str) -> int | None:
        """Return a waiting call's place, 1 is next."""
        return self._dispatcher.position(call_id)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

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
        for state in changes.states:
            self._record(state)
        self.close()
        due = self._dispatcher.next_due()
        if due is not None:
            seconds = max(0.0, (due - self._now()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._do(self._dispatcher.tick)
