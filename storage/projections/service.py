"""The table `service_runs`: when the service was up, and the gaps that figures must be marked with."""

from __future__ import annotations

from calls.events import ServiceStarted, ServiceStopped
from storage.projections.state import Row


def apply(current: Row | None, seq: int, event: ServiceStarted | ServiceStopped) -> Row | None:
    """Return the row of the run that began or stopped; None for a stop without a run."""
    if isinstance(event, ServiceStarted):
        return {
            "started_seq": seq,
            "version": event.version,
            "started_at": event.at,
            "stopped_at": None,
            "reason": None,
            "gap_from": event.gap_from,
            "gap_to": event.at if event.gap_from is not None else None,
        }
    if current is None or current["stopped_at"] is not None:
        return None
    return {**current, "stopped_at": event.at, "reason": event.reason}
