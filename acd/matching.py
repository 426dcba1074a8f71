"""The index of waiting calls × free operators: who goes to whom, at a cost that no crowd raises.

Calls stand in groups of one need, operators in classes that can do the same; which class fits which group is worked
out once. A free operator looks at the first of each group that fits, a call at the first of each class: a match costs
by the number of different needs and skill sets, and not by how many wait or are logged in.

A call's place is its clock less its priority's worth in seconds. So calls age without ever being sorted again, and
nobody starves: whoever waits long enough is before any newcomer of whatever priority.

Times are seconds since a common zero; calls and operators go in and out as objects of acd/classes.py.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterator

from acd.classes import Group, Operator, OperatorClass, Seat, Waiter
from acd.fits import Fits
from acd.line import NOBODY
from acd.routing import Operators, RoutingRules

RETRY_SECONDS = 30.0
"""How long a call is kept from operators who did not take it, while others who fit are present."""

FEW = 8
"""So many idle classes are looked at one by one; with more, the group's own order is followed."""

_HAIR = 1e-6
"""Seconds that two ways of counting the same moment may differ by."""

Pair = tuple[Seat, Operator]


class Matching:
    """Waiting calls and idle operators. A fitting pair never stays apart, save for the rules written down."""

    def __init__(self, operators: Operators, rules: RoutingRules) -> None:
        self.operators = {operator_id: Operator(operator_id) for operator_id in operators}
        self._tickets = 0
        self._due: list[tuple[float, int, Seat]] = []
        self._begin(operators, rules)

    # operators

    def free(self, operator: Operator, now: float) -> Seat | None:
        """An operator can take a call: return the one that they take, or let them be idle."""
        operator.is_free_again(now)
        operator.is_present(True)
        kind = operator.kind
        if kind is None or operator.ticket:
            return None
        seat = self._next_for(operator, kind)
        if seat is None:
            self._be_idle(operator, kind)
            return None
        self._stand_up(seat)
        operator.busy_since = now
        return seat

    def busy(self, operator: Operator, now: float) -> None:
        """An operator is present, and has a call or something else to do."""
        self._end_idleness(operator)
        operator.becomes_busy(now)
        operator.is_present(True)

    def away(self, operator: Operator, now: float) -> list[Pair]:
        """An operator left, paused or can't be reached; return calls that go elsewhere because of that."""
        self._end_idleness(operator)
        operator.is_free_again(now)
        kind = operator.kind
        if not operator.is_present(False) or kind is None:
            return []
        moved = [seat for _, _, seat in operator.lane]
        for group in self._retrying:
            if kind in group.ranks:
                moved += [seat for _, _, seat in group.retry if not group.others_present(seat, self.operators)]
        return self._sit_again(moved, now)

    def change_duty(self, operator: Operator) -> bool:
        """An operator goes on duty, or off; return whether nobody of their class is on duty any more."""
        operator.on_duty = not operator.on_duty
        if operator.kind is None:
            return False
        operator.kind.on_duty += 1 if operator.on_duty else -1
        return not operator.kind.on_duty

    def forget(self, operator_id: str) -> None:
        """An operator who is away is no longer in the city's files."""
        del self.operators[operator_id]

    # calls

    def join(self, seat: Seat, now: float) -> Operator | None:
        """A call waits: return the operator who takes it, or let it sit."""
        seat.place = self._fits.place_of(seat)
        group, due = self._fits.group_of(seat, now)
        if seat.preferred is not None:
            operator = self._preferred(seat, group, now)
            if operator is not None:
                if operator.ticket:
                    return self._give(operator, now)
                self._sit(seat, group, operator.lane, min(due, seat.prefer_until), operator.kind)
                return None
        if seat.tried and (now + _HAIR >= seat.retry_at or not group.others_present(seat, self.operators)):
            seat.tried.clear()
        if self._idle:
            operator = self._choose(group, seat.tried)
            if operator is not None:
                return self._give(operator, now)
        self._sit(seat, group, group.retry if seat.tried else None, min(due, seat.retry_at) if seat.tried else due)
        return None

    def leave(self, seat: Seat) -> None:
        """A waiting call is no longer there."""
        self._stand_up(seat)

    def imagine(self, seat: Seat) -> Seat:
        """Give a call that does not wait the place that it would have, behind everybody of the same place."""
        seat.place, seat.ticket = self._fits.place_of(seat), self._tickets + 1
        return seat

    def stages(self, seat: Seat, now: float) -> Iterator[tuple[Group, float]]:
        """Yield the groups that a call stands in from now on, each with its end; the last one's is infinite."""
        ends = now
        while ends < NOBODY:
            group, ends = self._fits.group_of(seat, ends)
            yield group, ends

    def is_staffed(self, seat: Seat, now: float) -> bool:
        """Return whether somebody is on duty who can take a call, now or in a step to come."""
        return any(kind.on_duty for group, _ in self.stages(seat, now) for kind in group.ranks)

    # time and edits

    def next_due(self) -> float | None:
        """Return when `tick` has something to do."""
        due = self._due
        while due and due[0][2].ticket != due[0][1]:
            heapq.heappop(due)
        return due[0][0] if due else None

    def tick(self, now: float) -> list[Pair]:
        """Take calls whose step, delay or special wait is over to where they stand now."""
        pairs: list[Pair] = []
        while (due := self.next_due()) is not None and due <= now + _HAIR:
            together = []
            while self.next_due() == due:
                together.append(heapq.heappop(self._due)[2])
            pairs += self._sit_again(together, now)
        return pairs

    def replace(self, operators: Operators, rules: RoutingRules, now: float) -> list[Pair]:
        """Take other operators and rules; calls that wait and now fit an idle operator go there, oldest first."""
        seats = sorted(self._seats(), key=lambda seat: (seat.place, seat.ticket))
        # also those without a ticket: they were in no file when they became free
        idle = sorted((each for each in self.operators.values() if each.is_free), key=lambda each: each.ticket)
        for seat in seats:
            self._stand_up(seat)
        for each in idle:
            each.ticket = 0
        for operator_id in operators:
            self.operators.setdefault(operator_id, Operator(operator_id))
        self._begin(operators, rules)
        for seat in seats:
            seat.place = self._fits.place_of(seat)
        seats.sort(key=lambda seat: seat.place)
        for each in idle:
            if each.kind is not None:
                self._be_idle(each, each.kind)
        return [(seat, operator) for seat in seats if (operator := self.join(seat, now)) is not None]

    # private

    def _begin(self, operators: Operators, rules: RoutingRules) -> None:
        self._fits = Fits(operators, rules)
        self._waiting: dict[Group, None] = {}
        "Groups in whose line somebody waits."
        self._retrying: dict[Group, None] = {}
        "Groups with calls that somebody did not take."
        self._idle: dict[OperatorClass, int] = {}
        "Classes of which somebody is idle, and how many."
        for operator_id, operator in self.operators.items():
            operator.kind = self._fits.kinds.get(operator_id)
            if operator.kind is not None:
                operator.kind.present += operator.present
                operator.kind.on_duty += operator.on_duty

    def _next_for(self, operator: Operator, kind: OperatorClass) -> Seat | None:
        """Return the call whose turn it is for this operator: the first of each group that fits, the first of those."""
        best, found = NOBODY, None
        waiting, offsets = self._waiting, kind.offsets
        if len(waiting) < len(offsets):
            for group in waiting:
                if group in offsets and group.place - offsets[group] < best:
                    best, found = group.place - offsets[group], group.first
        else:
            for group, offset in offsets.items():
                if group.place - offset < best:
                    best, found = group.place - offset, group.first
        for group in self._retrying:
            if group in offsets:
                for place, _, seat in group.retry:
                    if place - offsets[group] >= best:
                        break
                    if self._may_retry(operator, seat, group):
                        best, found = place - offsets[group], seat
                        break
        if operator.lane:
            place, _, seat = operator.lane[0]
            if place < best:
                found = seat
        return found

    def _may_retry(self, operator: Operator, seat: Seat, group: Group) -> bool:
        return operator.operator_id not in (seat.tried or ()) or not group.others_present(seat, self.operators)

    def _choose(self, group: Group, tried: set[str] | None) -> Operator | None:
        """Return the idle operator whose turn it is for a call of this group."""
        idle, ranks = self._idle, group.ranks
        if len(idle) > FEW:
            for tier in group.tiers:
                found = self._first_of([kind for kind in tier if kind in idle], group, tried)
                if found is not None:
                    return found
            return None
        fitting = [kind for kind in idle if kind in ranks]
        while fitting:
            least = min([ranks[kind] for kind in fitting])
            found = self._first_of([kind for kind in fitting if ranks[kind] == least], group, tried)
            if found is not None or not tried:
                return found
            fitting = [kind for kind in fitting if ranks[kind] != least]
        return None

    def _first_of(self, kinds: list[OperatorClass], group: Group, tried: set[str] | None) -> Operator | None:
        found, best = None, (NOBODY, 0)
        for kind in kinds:
            line = kind.lines[group.order]
            operator = line.first
            if operator is None:
                continue
            place = line.place
            if tried and operator.operator_id in tried:
                second = line.first_beside(lambda each: each.operator_id in tried)
                if second is None:
                    continue
                place, operator = second
            if found is None or (place, operator.ticket) < best:
                found, best = operator, (place, operator.ticket)
        return found

    def _preferred(self, seat: Seat, group: Group, now: float) -> Operator | None:
        """Return the operator whom this call waits for alone, as long as that may be."""
        operator = self.operators.get(seat.preferred or "")
        late = now + _HAIR >= seat.prefer_until
        if operator is None or late or not operator.present or operator.operator_id in (seat.tried or ()):
            seat.preferred = None
            return None
        return operator if operator.kind in group.ranks else None

    def _give(self, operator: Operator, now: float) -> Operator:
        self._end_idleness(operator)
        operator.busy_since = now
        return operator

    def _be_idle(self, operator: Operator, kind: OperatorClass) -> None:
        self._tickets += 1
        operator.ticket = self._tickets
        for order, line in kind.lines.items():
            line.join(order(operator), operator)
        self._idle[kind] = self._idle.get(kind, 0) + 1

    def _end_idleness(self, operator: Operator) -> None:
        kind = operator.kind
        if not operator.ticket or kind is None:
            return
        operator.ticket = 0
        for line in kind.lines.values():
            line.gone(operator)
        left = self._idle[kind] - 1
        if left:
            self._idle[kind] = left
        else:
            del self._idle[kind]

    def _sit(
        self, seat: Seat, group: Group, beside: list[Waiter] | None, due: float, lane_of: OperatorClass | None = None
    ) -> None:
        self._tickets += 1
        seat.ticket, seat.group, seat.beside = self._tickets, group, beside
        if beside is None:
            group.join(seat.place, seat)
            self._waiting[group] = None
        else:
            seat.place_beside = seat.place - (lane_of.offsets[group] if lane_of is not None else 0.0)
            insort(beside, (seat.place_beside, seat.ticket, seat))
            if beside is group.retry:
                self._retrying[group] = None
            else:
                group.in_lanes += 1
        if due < NOBODY:
            heapq.heappush(self._due, (due, seat.ticket, seat))

    def _stand_up(self, seat: Seat) -> None:
        group, beside = seat.group, seat.beside
        if group is None:
            return
        if beside is not None:
            # the ticket decides, seats are not compared
            del beside[bisect_left(beside, (seat.place_beside, seat.ticket, seat))]
            if beside is not group.retry:
                group.in_lanes -= 1
            elif not group.retry:
                del self._retrying[group]
        ticket, seat.ticket, seat.group, seat.beside = seat.ticket, 0, None, None
        if beside is None and ticket:
            group.gone(seat)
            if not group.size:
                del self._waiting[group]

    def _sit_again(self, seats: list[Seat], now: float) -> list[Pair]:
        """Let calls find an operator anew, in the order of their places."""
        pairs = []
        for seat in sorted(seats, key=lambda seat: seat.place) if len(seats) > 1 else seats:
            self._stand_up(seat)
            operator = self.join(seat, now)
            if operator is not None:
                pairs.append((seat, operator))
        return pairs

    def _seats(self) -> Iterator[Seat]:
        for group in self._waiting:
            yield from (seat for _, seat in group.items())
        for group in self._retrying:
            yield from (seat for _, _, seat in group.retry)
        for operator in self.operators.values():
            yield from (seat for _, _, seat in operator.lane)
