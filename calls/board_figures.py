"""From tallies and waiting calls to the rows of the board. The formulas in words are in `calls.board_formulas`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calls.board_model import QueueFigures, WaitingRow, mask_number
from calls.board_state import Day, LiveCall, Visit
from calls.board_tally import QueueDay, ratio


def queue_figures(
    tally: QueueDay,
    visits: Sequence[Visit],
    day: Day,
    time: float,
    target_seconds: float,
    connect_rate_24h: float | None,
) -> QueueFigures:
    """Return the figures of one queue from its tally of the day and who waits in it."""
    # who has waited longer than the target has already missed it, whatever becomes of the call
    late = sum(visit.queued_time in day and time - visit.queued_time > target_seconds for visit in visits)
    oldest = min(visits, key=lambda visit: visit.queued_time, default=None)
    decided, left = tally.decided, tally.abandoned + tally.short_abandons
    rated = decided - tally.short_abandons + late
    return QueueFigures(
        waiting=len(visits),
        longest_wait_since=oldest.queued_at if oldest else None,
        longest_wait_seconds=max(0.0, time - oldest.queued_time) if oldest else None,
        offered=tally.offered,
        answered=tally.answered,
        answered_within_target=tally.answered_within,
        abandoned=tally.abandoned,
        short_abandons=tally.short_abandons,
        timed_out=tally.timed_out,
        moved=tally.moved,
        lost=tally.lost,
        service_level_calls=rated,
        service_level=ratio(tally.answered_within, rated),
        sl_answered=ratio(tally.answered_within, tally.answered),
        sl_answered_or_abandoned=ratio(tally.answered_within + tally.left_within, tally.answered + left),
        asa_seconds=ratio(tally.wait_of_answered, tally.answered),
        abandon_rate=ratio(tally.abandoned, decided),
        connect_rate_24h=connect_rate_24h,
        connect_rate_today=ratio(tally.answered, decided),
    )


def waiting_rows(calls: Iterable[LiveCall], time: float, point_seconds: float) -> tuple[WaitingRow, ...]:
    """Return everyone who waits, longest first, each with the position in its queue: the order of `acd.fits`."""
    queues: dict[str, list[tuple[Visit, LiveCall]]] = {}
    for call in calls:
        if call.visit is not None:
            queues.setdefault(call.visit.queue_id, []).append((call.visit, call))
    rows: list[WaitingRow] = []
    for entries in queues.values():
        entries.sort(key=lambda each: (not each[0].at_head, each[0].place_time - each[0].priority * point_seconds))
        rows += [_waiting_row(visit, call, position, time) for position, (visit, call) in enumerate(entries, 1)]
    rows.sort(key=lambda row: row.queued_at)
    return tuple(rows)


def _waiting_row(visit: Visit, call: LiveCall, position: int, time: float) -> WaitingRow:
    return WaitingRow(
        position=position,
        call_id=call.call_id,
        queue_id=visit.queue_id,
        ani=mask_number(call.ani),
        priority=visit.priority,
        at_head=visit.at_head,
        queued_at=visit.queued_at,
        wait_seconds=max(0.0, time - visit.queued_time),
        ringing_operator_id=call.ringing_operator_id,
    )
