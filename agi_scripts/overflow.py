"""The rules of one queue for one call: whether it is sent on, and where to."""

from __future__ import annotations

import asyncio
import contextlib
import math

from acd.model import CallQueue
from acd.overflow import OverflowReason, OverflowTo, QueueNow, why_not_kept
from acd.routing import WaitingCall
from agi_scripts.context import CallContext
from agi_scripts.visit import CallVisit
from agi_scripts.wishes import AskCallback, Done, PassOn, Serve, Walk, Wish
from calls.events import CallDequeued, EndedBy, TransferDoor
from ivr.hours import HoursState
from ivr.model import Flow, HangUpNode, MessageNode, Node, SystemPrompt

FORECAST_SECONDS = 10.0
"""Between two looks at the expected wait of a call whose queue has a rule for it. All else is told, not looked for."""

OVERFLOW_PRIORITY = 100
"""Points that a call has more in the queue that it was sent on to: it has waited already."""

_HAIR_SECONDS = 0.005
"""A timer may end so much before the moment that it was set for."""


class Overflowing:
    """Looks at the rules and does what they say. Each queue sends a call on once, so that none goes round for ever."""

    def __init__(self, context: CallContext, queue: CallQueue, *, at_head: bool = False) -> None:
        call = context.call
        self._at_head = at_head
        self._context = context
        self._office = context.office
        self._queue = queue
        self._is_new = call.queue_id != queue.queue_id or call.queued_at is None
        # who has talked to a person already, or was sent on from here before, stays until the longest wait is over
        self._stays = call.answered_at is not None or queue.queue_id in call.sent_on_from

    def on_entering(self) -> OverflowReason | None:
        """Return why the call does not even begin to wait."""
        if self._stays or not self._is_new or self._queue.overflow.closed is None or self._is_open():
            return None
        return OverflowReason.CLOSED

    def first_look(self, waiting: WaitingCall) -> OverflowReason | None:
        """Return why the call, which nobody took at once, is sent on right away; None where it stays.

        A call that waits here again, after an operator did not answer or after a restart, has its place.
        """
        is_new, self._is_new = self._is_new, False
        if self._stays or not is_new:
            return None
        return self._reason(waiting, entering=True, with_forecast=True)

    async def watch(self, waiting: WaitingCall) -> OverflowReason:
        """Return why the call is sent on, once there is a reason."""
        loop, rules = asyncio.get_running_loop(), self._queue.overflow
        while self._stays or not rules.looks_ahead:
            await asyncio.Event().wait()
        forecast_at = loop.time() + FORECAST_SECONDS if rules.expected_wait is not None else math.inf
        with self._office.room.staff_watch(waiting.call_id) as staff_left:
            while True:
                staff_left.clear()
                forecast_is_due = loop.time() >= forecast_at
                if forecast_is_due:
                    forecast_at = loop.time() + FORECAST_SECONDS
                reason = self._reason(waiting, entering=False, with_forecast=forecast_is_due)
                if reason is not None:
                    return reason
                next_look = min(forecast_at, loop.time() + self._open_seconds())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(next_look if math.isfinite(next_look) else None):
                        await staff_left.wait()

    def send_on(self, reason: OverflowReason) -> Wish:
        """Take the call out of the queue and return what it wants instead."""
        place = self._place(reason)
        if place is not None and place.callback:
            self._context.call.sent_on_from.add(self._queue.queue_id)
            return AskCallback(Serve(self._queue))
        timed_out = reason is OverflowReason.MAX_WAIT and not (place and place.leads_to_people)
        self._office.record(
            CallDequeued(
                at=self._office.clock(),
                call_id=self._context.call.call_id,
                queue_id=self._queue.queue_id,
                reason="timed_out" if timed_out else "overflowed",
                rule=reason,
            )
        )
        self._context.call.sent_on_from.add(self._queue.queue_id)
        self._context.call.timed_out |= timed_out
        return self._wish(place, reason)

    def _place(self, reason: OverflowReason) -> OverflowTo | None:
        """Return where the queue's rules send the call; None where they say nothing, or where it was before."""
        call, place = self._context.call, self._queue.overflow.place_for(reason)
        if place is None or self._queue.queue_id in call.sent_on_from or place.queue in call.sent_on_from:
            return None
        return place

    def _wish(self, place: OverflowTo | None, reason: OverflowReason) -> Wish:
        definitions = self._context.definitions
        if place is not None and place.queue is not None:
            return Serve(definitions.queues[place.queue], at_head=self._at_head, head_start=OVERFLOW_PRIORITY)
        if place is not None and place.hotline is not None:
            return PassOn(definitions.hotlines.by_id(place.hotline), TransferDoor.OVERFLOW, "service")
        self._context.call.sent_out = True
        if place is not None and place.goodbye is not None:
            return Done(EndedBy.SERVICE, (place.goodbye,))
        if place is not None:
            return Walk(place.flow or message_flow_id(self._queue, reason), "overflow")
        flow_id = self._context.once("overflow")
        if flow_id is not None:
            return Walk(flow_id, "overflow")
        return Done(EndedBy.SERVICE, (SystemPrompt.ALL_BUSY_WAIT, SystemPrompt.GOODBYE))

    def _reason(self, waiting: WaitingCall, *, entering: bool, with_forecast: bool) -> OverflowReason | None:
        rules, most, room = self._queue.overflow, self._queue.max_length, self._office.room
        if not (rules.looks_ahead or (entering and most is not None)):
            return None
        expected = None
        if with_forecast and rules.expected_wait is not None and self._office.expected_wait is not None:
            expected = self._office.expected_wait.expected_seconds(waiting)
        now = QueueNow(
            others=room.waiting_in(self._queue.queue_id) - 1 if entering and most is not None else 0,
            staffed=rules.no_operator is None or room.is_staffed(waiting),
            open=rules.closed is None or self._is_open(),
            expected_seconds=expected,
        )
        return why_not_kept(rules, most, now, entering=entering)

    def _is_open(self) -> bool:
        return HoursState.CLOSED not in CallVisit(self._context).hours(self._queue.hours)

    def _open_seconds(self) -> float:
        """Return how long the queue stays open, where a rule asks."""
        closes_at = CallVisit(self._context).closes_at(self._queue.hours) if self._queue.overflow.closed else None
        if closes_at is None:
            return math.inf
        return max(_HAIR_SECONDS, (closes_at - self._office.clock()).total_seconds())


def message_flow_id(queue: CallQueue, reason: OverflowReason) -> str:
    """Return the id of the flow that takes a message for a queue's rule; no flow of the city can be called so."""
    return f"{queue.queue_id}:{reason}"


def message_flows(queues: tuple[CallQueue, ...]) -> dict[str, Flow]:
    """Return the flows of all rules that ask for a message."""
    found = {}
    for queue in queues:
        for reason in OverflowReason:
            place = queue.overflow.place_for(reason)
            if place is not None and place.message is not None:
                bye = HangUpNode(prompt=SystemPrompt.GOODBYE)
                nodes: dict[str, Node] = {"message": MessageNode(prompt=place.message, next="bye"), "bye": bye}
                found[message_flow_id(queue, reason)] = Flow(start="message", nodes=nodes)
    return found
