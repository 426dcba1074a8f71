"""Which class of operators fits which need: worked out once for each pair, for one set of rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acd.classes import Group, OperatorClass, Order, Seat
from acd.line import NOBODY
from acd.requirement import ANYONE
from acd.routing import OperatorRules, Operators, QueueRules, RoutingRules, rules_of
from acd.strategies import STRATEGIES

MAX_GROUPS = 5000
"""Different needs that are remembered; those that nobody waits with are worked out again after that."""

HEAD_SECONDS = 1e10
"""300 years: before any clock, whatever the priority. Places stay exact to some microseconds."""

_HAIR = 1e-6
"""Seconds that two ways of counting the same moment may differ by."""

_NO_RULES = QueueRules()


class Fits:
    """The groups and classes that there are under one set of rules."""

    def __init__(self, operators: Operators, rules: RoutingRules) -> None:
        self._rules = rules
        self._groups: dict[tuple[str, str, int, float], Group] = {}
        self._classes: dict[object, OperatorClass] = {}
        self.kinds = dict(self._kinds(operators))
        "Operator to class."
        self._delays = self._delays_of_queues()
        needs = {(queue_id, queue.need_in(0, ANYONE)) for queue_id, queue in rules.queues.items()}
        for each in self._classes.values():
            each.flexibility = len(
                {need for queue_id, need in needs if each.entry(queue_id) and need.fits(each.skills)}
            )

    def place_of(self, seat: Seat) -> float:
        """Return what a call is ordered by: its clock, less what its priority is worth; those at the head first."""
        place = seat.clock - seat.priority * self._rules.priority_point_seconds
        return place - HEAD_SECONDS if seat.at_head else place

    def group_of(self, seat: Seat, now: float) -> tuple[Group, float]:
        """Return the group that a call belongs to now, and when that changes."""
        queue_id = seat.queue_id
        rules = self._rules.queues.get(queue_id, _NO_RULES)
        step, reached, due = 0, 0.0, NOBODY
        if rules.steps or queue_id in self._delays:
            waited = now - seat.entered + _HAIR
            step, ends = rules.step_at(waited)
            due = NOBODY if ends is None else seat.entered + ends
            for delay in self._delays.get(queue_id, ()):
                if delay > waited:
                    due = min(due, seat.entered + delay)
                    break
                reached = delay
        key = (queue_id, seat.own.text, step, reached)
        group = self._groups.get(key)
        return group or self._new_group(key, rules, seat), due

    def _new_group(self, key: tuple[str, str, int, float], rules: QueueRules, seat: Seat) -> Group:
        if len(self._groups) >= MAX_GROUPS:
            self._forget_empty_groups()
        queue_id, _, step, reached = key
        group = Group.found(queue_id, rules.need_in(step, seat.own), rules, reached, self._classes.values())
        for each in group.ranks:
            entry = each.entry(queue_id)
            each.offsets[group] = entry.priority * self._rules.priority_point_seconds if entry is not None else 0.0
        self._groups[key] = group
        return group

    def _forget_empty_groups(self) -> None:
        for key, group in list(self._groups.items()):
            if not group.size and not group.retry and not group.in_lanes:
                del self._groups[key]
                for each in group.ranks:
                    del each.offsets[group]

    def _kinds(self, operators: Operators) -> Iterable[tuple[str, OperatorClass]]:
        used = {"longest_idle", *(queue.strategy for queue in self._rules.queues.values())}
        orders: dict[Order, None] = dict.fromkeys(STRATEGIES[name].place for name in sorted(used))
        for operator_id, given in operators.items():
            own = rules_of(given)
            alike = _alike(own)
            if alike not in self._classes:
                self._classes[alike] = OperatorClass(own, orders)
            yield operator_id, self._classes[alike]

    def _delays_of_queues(self) -> Mapping[str, list[float]]:
        found: dict[str, set[float]] = {}
        for each in self._classes.values():
            for queue_id, entry in (each.queues or {}).items():
                if entry.delay_seconds > 0:
                    found.setdefault(queue_id, set()).add(entry.delay_seconds)
        return {queue_id: sorted(delays) for queue_id, delays in found.items()}


def _alike(own: OperatorRules) -> object:
    """Return what is equal for operators of one class."""
    queues = (
        None
        if own.queues is None
        else tuple(sorted((name, e.priority, e.delay_seconds) for name, e in own.queues.items()))
    )
    return tuple(sorted(own.skills.items())), queues
