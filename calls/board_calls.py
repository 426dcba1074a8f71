"""The live board's book of calls: where each one is, and what became of those that asked for a person."""

from __future__ import annotations

from dataclasses import replace

from calls.board_figures import queue_figures, waiting_rows
from calls.board_model import QueueFigures, Stages, WaitingRow
from calls.board_state import FORGET_SECONDS, MAX_LIVE, Day, LiveCall, RecentIds, Stage, Visit
from calls.board_tally import QueueDay, QueueTally, SlidingRatio, ratio
from calls.events import (
    CallDequeued,
    CallEnded,
    CallEvent,
    CallOutcome,
    CallQueued,
    CallResumed,
    CallStarted,
    ConversationEnded,
    OfferEnded,
    OfferOutcome,
    OperatorAnswered,
    OperatorOffered,
    TransferAnswered,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferStarted,
)

_DECIDED_AT_END = {
    CallOutcome.SHORT_ABANDON: "short_abandons",
    CallOutcome.TIMED_OUT: "timed_out",
    CallOutcome.LOST: "lost",
    CallOutcome.CLOSED: "moved",
    CallOutcome.CALLBACK: "moved",
}
"What an undecided stay in a queue counts as when its call ends; all others are `abandoned`."


class CallBook:
    """Follows every call in progress and tallies the queues."""

    def __init__(self, day: Day, target_seconds: float, ended: RecentIds) -> None:
        self._day = day
        self._ended = ended
        self._target_seconds = target_seconds
        self._calls: dict[str, LiveCall] = {}
        self._waiting: dict[str, LiveCall] = {}
        self._stages = dict.fromkeys(Stage, 0)
        self._queues: dict[str, QueueTally] = {}
        self.asked = SlidingRatio()
        self.asked_today = 0
        self.answered_today = 0

    # -- events ------------------------------------------------------------------------------------

    def started(self, event: CallStarted) -> None:
        """The line picked up."""
        call = self._call(event)
        if call is not None:
            call.ani = event.ani

    def resumed(self, event: CallResumed) -> None:
        """The call came back; a stage we know already is better than the one it names."""
        known = event.call_id in self._calls
        call = self._call(event)
        if call is not None and not known and event.stage in Stage.__members__.values():
            self._move(call, Stage(event.stage))

    def queued(self, event: CallQueued) -> None:
        """The caller asked for a person. Queued again in the same queue, a waiting call keeps its clock."""
        call = self._call(event)
        if call is None:
            return
        visit = call.visit
        if visit is None or visit.queue_id != event.queue_id:
            if visit is not None:
                self._decide(call, "moved", event.at.timestamp())
            queued_at = event.queued_at or event.at
            call.visit = visit = Visit(event.queue_id, queued_at, queued_at.timestamp(), event.priority)
            tally = self._queue(event.queue_id)
            tally.day.offered += visit.queued_time in self._day
        visit.priority, visit.at_head, visit.left_time = event.priority, event.at_head, None
        visit.place_time = visit.queued_time if event.place_at is None else event.place_at.timestamp()
        call.asked_time = call.asked_time or visit.queued_time
        self._move(call, Stage.WAITING)
        self._waiting[call.call_id] = call

    def offered(self, event: OperatorOffered) -> None:
        """An operator's phone is being rung for the call."""
        call = self._call(event)
        if call is not None:
            call.offer_id, call.ringing_operator_id = event.offer_id, event.operator_id
            self._move(call, Stage.RINGING)

    def offer_ended(self, event: OfferEnded) -> None:
        """The offer ended without an answer; the call waits again unless the caller left."""
        call = self._calls.get(event.call_id)
        if call is None or call.offer_id != event.offer_id:
            return
        call.offer_id, call.ringing_operator_id = "", None
        if event.outcome is OfferOutcome.CALLER_LEFT:
            self._leave(call, event.at.timestamp())
        elif call.stage is Stage.RINGING:
            self._move(call, Stage.WAITING if call.call_id in self._waiting else Stage.ENDING)

    def answered(self, event: OperatorAnswered) -> None:
        """An operator picked up."""
        call = self._calls.get(event.call_id)
        if call is None:
            return
        time = call.last_time = event.at.timestamp()
        call.offer_id, call.ringing_operator_id = "", None
        if call.visit is not None:
            self._decide(call, "answered", time)
        self._answer(call, time)

    def conversation_ended(self, event: ConversationEnded) -> None:
        """The operator and the caller are no longer connected; a transfer may already be under way."""
        call = self._calls.get(event.call_id)
        if call is not None and call.stage is Stage.TALKING:
            self._move(call, Stage.ENDING)

    def dequeued(self, event: CallDequeued) -> None:
        """The call stopped waiting without being assigned."""
        call = self._calls.get(event.call_id)
        if call is None or call.visit is None or call.visit.queue_id != event.queue_id:
            return
        time = event.at.timestamp()
        if event.reason == "timed_out":
            self._decide(call, "timed_out", time)
        elif event.reason in ("transferred", "callback"):
            self._decide(call, "moved", time)
        self._leave(call, time)

    def ended(self, event: CallEnded) -> None:
        """The call is over: decide what is undecided and forget it."""
        self._ended.add(event.call_id)
        call = self._calls.pop(event.call_id, None)
        if call is None:
            return
        time = event.at.timestamp()
        answered = event.outcome is CallOutcome.ANSWERED
        if call.visit is not None:
            unseen = answered and not call.answered
            self._decide(call, "lost" if unseen else _DECIDED_AT_END.get(event.outcome, "abandoned"), time)
        # who is called back is counted with that call, and is no abandon
        if call.asked_time is not None and not call.answered and event.outcome is not CallOutcome.CALLBACK:
            self._book(call.asked_time, answered=answered)
        self._drop(call)

    def transfer_started(self, event: TransferStarted) -> None:
        """A hotline is being tried. From a menu, this is how the caller asked for a person."""
        call = self._calls.get(event.call_id)
        if call is None:
            return
        call.last_time = event.at.timestamp()
        if call.asked_time is None and event.door is TransferDoor.MENU_KEY:
            call.asked_time = call.last_time
        self._move(call, Stage.TRANSFERRING)

    def transfer_answered(self, event: TransferAnswered) -> None:
        """A person at the hotline picked up."""
        call = self._calls.get(event.call_id)
        if call is not None:
            if not call.answered:
                call.answered_by = event.transfer_id
            self._answer(call, event.at.timestamp())

    def transfer_ended(self, event: TransferEnded) -> None:
        """The attempt is over; where the call goes next is told by the next event."""
        call = self._calls.get(event.call_id)
        if call is not None and call.answered_by == event.transfer_id and event.outcome is not TransferOutcome.ANSWERED:
            self._take_back_answer(call, event.at.timestamp())
        if call is not None and call.stage in (Stage.TRANSFERRING, Stage.TALKING):
            self._move(call, Stage.ENDING)

    def start_day(self) -> None:
        """Forget the counts of the day before."""
        self.asked_today = self.answered_today = 0
        for tally in self._queues.values():
            tally.day = QueueDay()

    def forget_stale(self, time: float) -> None:
        """Drop calls that have been silent for too long to be real."""
        for call in [c for c in self._calls.values() if c.last_time < time - FORGET_SECONDS]:
            del self._calls[call.call_id]
            self._drop(call)

    # -- what the board shows ----------------------------------------------------------------------

    def stages(self) -> Stages:
        """Return how many calls are where."""
        return Stages(**{stage.value: count for stage, count in self._stages.items()})

    def waiting_rows(self, time: float, point_seconds: float) -> tuple[WaitingRow, ...]:
        """Return everyone who waits, longest first; a point of priority is worth so many seconds."""
        return waiting_rows(self._waiting.values(), time, point_seconds)

    def figures(self, time: float) -> tuple[dict[str, QueueFigures], QueueFigures]:
        """Return the figures of each queue, and of all together."""
        waits: dict[str, list[Visit]] = {}
        for call in self._waiting.values():
            if call.visit is not None:
                waits.setdefault(call.visit.queue_id, []).append(call.visit)
        minute, sums = int(time // 60), QueueDay()
        queues = {}
        for queue_id, tally in self._queues.items():
            tally.window.advance(minute)
            sums.add(tally.day)
            visits = waits.get(queue_id, [])
            queues[queue_id] = queue_figures(
                tally.day, visits, self._day, time, self._target_seconds, tally.window.ratio()
            )
        self.asked.advance(minute)
        every = [visit for visits in waits.values() for visit in visits]
        total = queue_figures(sums, every, self._day, time, self._target_seconds, self.asked.ratio())
        return queues, replace(total, connect_rate_today=ratio(self.answered_today, self.asked_today))

    # -- private -----------------------------------------------------------------------------------

    def _call(self, event: CallEvent) -> LiveCall | None:
        """Return the event's call, made if it is new; None if it has ended, as a late event can't bring it back."""
        if event.call_id in self._ended:
            return None
        call = self._calls.get(event.call_id)
        if call is None:
            if len(self._calls) >= MAX_LIVE:
                self._drop(self._calls.pop(next(iter(self._calls))))
            call = self._calls[event.call_id] = LiveCall(event.call_id, 0.0)
            self._stages[call.stage] += 1
        call.last_time = event.at.timestamp()
        return call

    def _drop(self, call: LiveCall) -> None:
        self._waiting.pop(call.call_id, None)
        self._stages[call.stage] -= 1

    def _move(self, call: LiveCall, stage: Stage) -> None:
        self._stages[call.stage] -= 1
        self._stages[stage] += 1
        call.stage = stage

    def _leave(self, call: LiveCall, time: float) -> None:
        self._waiting.pop(call.call_id, None)
        if call.visit is not None:
            call.visit.left_time = time
        if call.stage in (Stage.WAITING, Stage.RINGING):
            self._move(call, Stage.ENDING)

    def _answer(self, call: LiveCall, time: float) -> None:
        self._move(call, Stage.TALKING)
        if not call.answered:
            call.answered = True
            self._book(call.asked_time or time, answered=True)

    def _take_back_answer(self, call: LiveCall, time: float) -> None:
        """A dead line had answered: the caller still asks."""
        asked_time = call.asked_time or time
        call.answered, call.answered_by = False, ""
        self.asked.take_back(int(asked_time // 60))
        if asked_time in self._day:
            self.asked_today -= 1
            self.answered_today -= 1

    def _book(self, asked_time: float, *, answered: bool) -> None:
        self.asked.book(int(asked_time // 60), answered=answered)
        if asked_time in self._day:
            self.asked_today += 1
            self.answered_today += answered

    def _queue(self, queue_id: str) -> QueueTally:
        tally = self._queues.get(queue_id)
        if tally is None:
            tally = self._queues[queue_id] = QueueTally()
        return tally

    def _decide(self, call: LiveCall, counter: str, time: float) -> None:
        """Close the call's stay in its queue and count it as `counter`."""
        visit, call.visit = call.visit, None
        self._waiting.pop(call.call_id, None)
        if visit is None:
            return
        tally = self._queue(visit.queue_id)
        tally.window.book(int(visit.queued_time // 60), answered=counter == "answered")
        if visit.queued_time not in self._day:
            return
        day = tally.day
        setattr(day, counter, getattr(day, counter) + 1)
        wait = max(0.0, (time if visit.left_time is None else visit.left_time) - visit.queued_time)
        within = wait <= self._target_seconds
        if counter == "answered":
            day.wait_of_answered += wait
            day.answered_within += within
        elif counter in ("abandoned", "short_abandons"):
            day.left_within += within
