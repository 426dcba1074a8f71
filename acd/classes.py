"""What matching is made of: waiting calls in groups of one need, operators in classes that can do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from acd.line import Line
from acd.requirement import Requirement
from acd.routing import EVERYWHERE, OperatorRules, QueueEntry, QueueRules
from acd.strategies import STRATEGIES, Record, Strategy

Order = Callable[[Record], float]


class Seat:
    """One call's stay in the waiting room. Times are seconds since a common zero."""

    __slots__ = (
        "at_head",
        "beside",
        "call_id",
        "clock",
        "entered",
        "group",
        "own",
        "place",
        "place_beside",
        "prefer_until",
        "preferred",
        "priority",
        "queue_id",
        "retry_at",
        "ticket",
        "tried",
    )

    def __init__(
        self,
        call_id: str,
        queue_id: str,
        own: Requirement,
        clock: float,
        *,
        priority: int = 0,
        at_head: bool = False,
        entered: float | None = None,
        tried: set[str] | None = None,
        preferred: str | None = None,
        prefer_until: float = 0.0,
        retry_at: float = 0.0,
    ) -> None:
        self.call_id = call_id
        self.queue_id = queue_id
        self.own = own
        "What the call needs beside its queue."
        self.clock = clock
        self.priority = priority
        self.at_head = at_head
        self.entered = clock if entered is None else entered
        self.tried = tried
        self.preferred = preferred
        self.prefer_until = prefer_until
        self.retry_at = retry_at
        "When those who were tried may be tried again, whoever else fits."
        self.place = clock
        self.place_beside = clock
        "Its place in `beside`: a lane goes by the operator's own points too."
        self.ticket = 0
        self.group: Group | None = None
        self.beside: list[Waiter] | None = None
        "Where it stands when not in its group's line: among those with a history, or in an operator's lane."


Waiter = tuple[float, int, Seat]


class Operator(Record):
    """One operator, as far as matching asks."""

    __slots__ = ("kind", "lane", "on_duty", "operator_id", "present", "ticket")

    def __init__(self, operator_id: str) -> None:
        super().__init__()
        self.operator_id = operator_id
        self.ticket = 0
        "Not 0 while idle."
        self.present = False
        "`Presence.is_present`: free, or busy with a call."
        self.on_duty = False
        "`Presence.is_on_duty`: present, or paused."
        self.kind: OperatorClass | None = None
        "None for one who is no longer in the city's files and ends a call."
        self.lane: list[Waiter] = []
        "Calls that wait for this operator alone, by place less what the operator's own points are worth."

    @property
    def is_free(self) -> bool:
        """Whether they could take a call now, if their files let them."""
        return self.present and self.busy_since is None

    def is_present(self, present: bool) -> bool:
        """Take note whether they are logged in and there; return whether that is new."""
        if self.present is present:
            return False
        self.present = present
        if self.kind is not None:
            self.kind.present += 1 if present else -1
        return True


class OperatorClass:
    """Operators with the same skills and the same queues."""

    __slots__ = ("flexibility", "lines", "offsets", "on_duty", "present", "queues", "skills")

    def __init__(self, rules: OperatorRules, orders: Mapping[Order, None]) -> None:
        self.skills = rules.skills
        self.queues = rules.queues
        self.flexibility = 0
        "How many of the city's needs they serve."
        self.lines: dict[Order, Line[Operator]] = {order: Line() for order in orders}
        "The idle ones, in each order that a strategy asks for."
        self.offsets: dict[Group, float] = {}
        "The groups that they fit, and how many seconds of waiting each is worth more to them."
        self.present = 0
        self.on_duty = 0

    def entry(self, queue_id: str) -> QueueEntry | None:
        """Return how they serve a queue, None where they don't."""
        return EVERYWHERE if self.queues is None else self.queues.get(queue_id)


class Group(Line[Seat]):
    """Calls that wait with the same need in the same queue, and who fits them."""

    __slots__ = ("in_lanes", "needs", "order", "ranks", "retry", "tiers")

    def __init__(self, needs: Requirement, strategy: Strategy) -> None:
        super().__init__()
        self.needs = needs
        self.order: Order = strategy.place
        self.ranks: dict[OperatorClass, tuple[float, ...]] = {}
        "Every class that fits, and where it stands; the least are asked first."
        self.tiers: list[list[OperatorClass]] = []
        "The classes by rank."
        self.retry: list[Waiter] = []
        "Calls that were offered to somebody already, by place."
        self.in_lanes = 0
        "How many of these calls wait for one operator alone."

    @classmethod
    def found(
        cls, queue_id: str, needs: Requirement, rules: QueueRules, waited: float, classes: Iterable[OperatorClass]
    ) -> Group:
        """Return a group and introduce it to the classes that fit it after so many seconds of waiting."""
        strategy = STRATEGIES[rules.strategy]
        group = cls(needs, strategy)
        for each in classes:
            entry = each.entry(queue_id)
            if entry is not None and entry.delay_seconds <= waited and needs.fits(each.skills):
                group.ranks[each] = (-entry.priority, *strategy.rank(needs, each.skills, each.flexibility))
        for rank in sorted(set(group.ranks.values())):
            group.tiers.append([each for each, own in group.ranks.items() if own == rank])
        return group

    def others_present(self, seat: Seat, operators: Mapping[str, Operator]) -> bool:
        """Return whether somebody is present who fits and was not tried for this call."""
        fitting = sum(each.present for each in self.ranks)
        for operator_id in seat.tried or ():
            operator = operators.get(operator_id)
            if operator is not None and operator.present and operator.kind in self.ranks:
                fitting -= 1
        return fitting > 0
