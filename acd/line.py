"""A line of items ordered by place, where joining at the end, taking the first and leaving cost the same at any length.

Most items join in order: they stand in a plain row. Those that join before others (a call that kept its clock) go to a
small heap beside it. Whoever leaves from the middle only loses their ticket, and is swept out when they come to the
front, or when half of the line is empty places.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

NOBODY = float("inf")
"""The place of the first in an empty line."""

EMPTY_PLACES = 32
"""So many more empty places than items are borne before a line is swept."""


class Ticketed(Protocol):
    """What can stand in a line."""

    ticket: int
    "Number of the present stay in a line, larger for each; 0 outside."


T = TypeVar("T", bound=Ticketed)


class Line(Generic[T]):
    """Items by (place, ticket), lowest first."""

    __slots__ = ("_early", "_row", "first", "place", "size")

    def __init__(self) -> None:
        self._row: deque[tuple[float, int, T]] = deque()
        self._early: list[tuple[float, int, T]] = []
        self.first: T | None = None
        self.place = NOBODY
        "Of the first."
        self.size = 0

    def join(self, place: float, item: T) -> None:
        """Let an item stand at this place; its ticket is set, and higher than any ticket here."""
        row = self._row
        if not row or row[-1][0] <= place:
            row.append((place, item.ticket, item))
        else:
            heapq.heappush(self._early, (place, item.ticket, item))
        self.size += 1
        if place < self.place or self.size == 1:
            self.place, self.first = place, item

    def gone(self, item: T) -> None:
        """Take note that an item of this line lost its ticket."""
        self.size -= 1
        if item is self.first:
            self._call_next()
        elif len(self._row) + len(self._early) > 2 * self.size + EMPTY_PLACES:
            self._sweep()

    def first_beside(self, passed_over: Callable[[T], bool]) -> tuple[float, T] | None:
        """Return the first who is not passed over, and their place."""
        aside: list[tuple[float, int, T]] = []
        while self.first is not None and passed_over(self.first):
            item = self.first
            aside.append((self.place, item.ticket, item))
            item.ticket = 0
            self.gone(item)
        found = None if self.first is None else (self.place, self.first)
        for place, ticket, item in aside:
            item.ticket = ticket
            heapq.heappush(self._early, (place, ticket, item))
        self.size += len(aside)
        self._call_next()
        return found

    def items(self) -> Iterator[tuple[float, T]]:
        """Yield all items with their places, in no order."""
        for entries in (self._row, self._early):
            yield from ((place, item) for place, ticket, item in entries if item.ticket == ticket)

    def _call_next(self) -> None:
        row, early = self._row, self._early
        while row and row[0][2].ticket != row[0][1]:
            row.popleft()
        while early and early[0][2].ticket != early[0][1]:
            heapq.heappop(early)
        if early and (not row or early[0] < row[0]):
            self.place, _, self.first = early[0]
        elif row:
            self.place, _, self.first = row[0]
        else:
            self.place, self.first = NOBODY, None

    def _sweep(self) -> None:
        self._row = deque(entry for entry in self._row if entry[2].ticket == entry[1])
        self._early = [entry for entry in self._early if entry[2].ticket == entry[1]]
        heapq.heapify(self._early)
