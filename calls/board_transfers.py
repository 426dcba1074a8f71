"""The live board's book of transfers: attempts under way, and the ledger of each hotline."""

from __future__ import annotations

from calls.board_alarms import AlarmBook
from calls.board_model import DirectoryHotline, HotlineRow, TransferTotals
from calls.board_state import FORGET_SECONDS, MAX_LIVE, Attempt, Day, RecentIds
from calls.board_tally import HotlineTally, ratio
from calls.events import (
    CallEnded,
    HotlineMarkedDown,
    HotlineMarkedUp,
    TransferAnswered,
    TransferEnded,
    TransferOutcome,
    TransferReturned,
    TransferStarted,
)


class TransferBook:
    """Follows every attempt to reach a hotline and tallies its outcome, once."""

    def __init__(self, day: Day, ended_calls: RecentIds, alarms: AlarmBook) -> None:
        self._alarms = alarms
        self._day = day
        self._ended_calls = ended_calls
        self._attempts: dict[str, Attempt] = {}
        self._of_call: dict[str, list[str]] = {}
        self._hotlines: dict[str, HotlineTally] = {}
        self._marks: dict[str, dict[str, HotlineMarkedDown]] = {}
        "Hotline to number to its mark."

    # -- events ------------------------------------------------------------------------------------

    def started(self, event: TransferStarted) -> None:
        """A hotline is being tried."""
        if event.transfer_id in self._attempts:
            return
        if len(self._attempts) >= MAX_LIVE:
            self._forget(next(iter(self._attempts)))
        time = event.at.timestamp()
        # told late, after the call's end: counted, but not shown as ringing
        call_id = "" if event.call_id in self._ended_calls else event.call_id
        self._attempts[event.transfer_id] = Attempt(call_id, event.target_id, time)
        if call_id:
            self._of_call.setdefault(call_id, []).append(event.transfer_id)
        self._tally(event.target_id).attempts += time in self._day

    def answered(self, event: TransferAnswered) -> None:
        """A person at the hotline picked up."""
        attempt = self._attempts.get(event.transfer_id)
        if attempt is not None and not attempt.answered and not attempt.ended:
            attempt.answered = True
            self._count(attempt, TransferOutcome.ANSWERED, short=False)

    def ended(self, event: TransferEnded) -> None:
        """The attempt is over."""
        attempt = self._attempts.get(event.transfer_id)
        if attempt is None or attempt.ended:
            return
        attempt.ended = True
        if attempt.answered and event.outcome is not TransferOutcome.ANSWERED:
            self._take_back_answer(attempt)
        if not attempt.answered:
            self._count(attempt, event.outcome, short=event.short)

    def returned(self, event: TransferReturned) -> None:
        """The caller came back."""
        attempt = self._attempts.get(event.transfer_id)
        if attempt is not None and attempt.started_time in self._day:
            self._tally(attempt.target_id).returned += 1

    def marked_down(self, event: HotlineMarkedDown) -> None:
        """A number of a hotline is tried last for now."""
        self._marks.setdefault(event.target_id, {})[event.number] = event

    def marked_up(self, event: HotlineMarkedUp) -> None:
        """The mark is gone."""
        marks = self._marks.get(event.target_id, {})
        marks.pop(event.number, None)

    def call_ended(self, event: CallEnded) -> None:
        """Nothing of this call rings or talks any more."""
        for transfer_id in self._of_call.pop(event.call_id, ()):
            attempt = self._attempts.get(transfer_id)
            if attempt is None:
                continue
            if attempt.ended or attempt.answered:
                del self._attempts[transfer_id]
            else:
                # its outcome may still come: kept uncounted until it is stale
                attempt.call_id = ""

    def start_day(self) -> None:
        """Forget the counts of the day before."""
        for tally in self._hotlines.values():
            tally.start_day()

    def forget_stale(self, time: float) -> None:
        """Drop attempts whose end was never recorded."""
        for transfer_id in [i for i, a in self._attempts.items() if a.started_time < time - FORGET_SECONDS]:
            self._forget(transfer_id)

    # -- what the board shows ----------------------------------------------------------------------

    def rows(self, hotlines: tuple[DirectoryHotline, ...], time: float) -> tuple[HotlineRow, ...]:
        """Return a row for each hotline."""
        ringing: dict[str, int] = {}
        talking: dict[str, int] = {}
        for attempt in self._attempts.values():
            if not attempt.ended and attempt.call_id:
                live = talking if attempt.answered else ringing
                live[attempt.target_id] = live.get(attempt.target_id, 0) + 1
        return tuple(self._row(h, ringing.get(h.id, 0), talking.get(h.id, 0), time) for h in hotlines)

    def totals(self, time: float) -> TransferTotals:
        """Return the connect rate of all hotlines together, those included that left the directory."""
        tallies = self._hotlines.values()
        for tally in tallies:
            tally.window.advance(int(time // 60))
            tally.window_all.advance(int(time // 60))
        answered = sum(tally.window.answered for tally in tallies)
        rated = sum(tally.window.asked for tally in tallies)
        attempts = sum(tally.window_all.asked for tally in tallies)
        return TransferTotals(
            answered_24h=answered,
            rated_24h=rated,
            attempts_24h=attempts,
            connect_rate_24h=ratio(answered, rated),
            connect_rate_all_24h=ratio(answered, attempts),
        )

    def _row(self, hotline: DirectoryHotline, ringing: int, talking: int, time: float) -> HotlineRow:
        tally = self._tally(hotline.id)
        for window in (tally.window, tally.window_all):
            window.advance(int(time // 60))
        counts = tally.outcomes
        mark = next(iter(self._marks.get(hotline.id, {}).values()), None)
        return HotlineRow(
            hotline_id=hotline.id,
            name=hotline.name,
            number=hotline.number,
            ringing=ringing,
            talking=talking,
            attempts=tally.attempts,
            caller_left_short=tally.short,
            returned=tally.returned,
            connect_rate_24h=tally.window.ratio(),
            down_since=mark.at if mark else None,
            down_reason=f"{mark.number}: {mark.reason or mark.by}" if mark else "",
            connect_rate_today=ratio(counts[TransferOutcome.ANSWERED], tally.rated),
            connect_rate_all_24h=tally.window_all.ratio(),
            connect_rate_all_today=ratio(counts[TransferOutcome.ANSWERED], tally.ended),
            answered_24h=tally.window.answered,
            rated_24h=tally.window.asked,
            attempts_24h=tally.window_all.asked,
            alarms=self._alarms.rules_of(hotline.id),
            **{outcome.value: count for outcome, count in counts.items()},
        )

    # -- private -----------------------------------------------------------------------------------

    def _count(self, attempt: Attempt, outcome: TransferOutcome, *, short: bool) -> None:
        tally = self._tally(attempt.target_id)
        in_day = attempt.started_time in self._day
        tally.book(int(attempt.started_time // 60), outcome, short=short, in_day=in_day)
        tally.short += in_day and short and outcome is TransferOutcome.CALLER_LEFT

    def _take_back_answer(self, attempt: Attempt) -> None:
        attempt.answered = False
        in_day = attempt.started_time in self._day
        self._tally(attempt.target_id).take_back_answer(int(attempt.started_time // 60), in_day=in_day)

    def _tally(self, hotline_id: str) -> HotlineTally:
        tally = self._hotlines.get(hotline_id)
        if tally is None:
            tally = self._hotlines[hotline_id] = HotlineTally()
        return tally

    def _forget(self, transfer_id: str) -> None:
        attempt = self._attempts.pop(transfer_id)
        self._of_call.pop(attempt.call_id, None)
