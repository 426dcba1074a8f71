"""What stands between a waiting call and an operator, read from the index of waiting calls and operators."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable

from acd.classes import Group, Seat
from acd.forecast import Ahead, Outlook, Reach
from acd.matching import Matching


def outlook_of(matching: Matching, seat: Seat, waiting: Iterable[Seat], now: float) -> Outlook:
    """Return the outlook of a call among all that wait; looks at each of them once.

    A call that waits for one operator alone is counted with whoever may take it after that.
    """
    mine = (seat.place, seat.ticket)
    before = [other for other in waiting if (other.place, other.ticket) < mine]
    groups = Counter((other.group, other.queue_id) for other in before if other.group is not None)
    return Outlook(
        queue_id=seat.queue_id,
        position=1 + sum(other.queue_id == seat.queue_id for other in before),
        ahead=[Ahead(queue_id, calls, _present(group)) for (group, queue_id), calls in groups.items()],
        steps=[
            Reach(ends - now if math.isfinite(ends) else math.inf, _present(group))
            for group, ends in matching.stages(seat, now)
        ],
    )


def _present(group: Group) -> dict[Hashable, int]:
    return {kind: kind.present for kind in group.ranks if kind.present}
