"""A call queue in which each waiting caller looks once a second, as Asterisk's app_queue does, in virtual time.

With autofill=yes (`is_our_turn` and `wait_our_turn` in app_queue.c): a caller looks on joining and then every second of
their own clock, and goes when more operators are free than callers wait ahead. Until the look an operator sits idle.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from hotline.simulation.draws import Draw

RECHECK_SECONDS = 1.0
"RECHECK in app_queue.c."

_ARRIVAL, _END, _LOOK = range(3)


@dataclass(slots=True)
class PollingQueue:
    """One run."""

    operators: int
    arrivals: Iterator[float]
    service: Draw
    window: tuple[float, float]
    "Calls that join in it are counted, seconds."
    waits: list[float] = field(default_factory=list)
    "Of the counted calls that were answered."
    _free: int = 0
    _line: list[float] = field(default_factory=list)
    "When each waiting caller joined, in order."
    _events: list[tuple[float, int, int]] = field(default_factory=list)
    _looks: int = 0

    def play(self) -> list[float]:
        """Play it; return the waits."""
        self._free = self.operators
        self._expect()
        while self._events:
            at, kind, number = heapq.heappop(self._events)
            if at > self.window[1] and (not self._line or self._line[0] > self.window[1]):
                break
            if kind == _ARRIVAL:
                self._join(at)
            elif kind == _END:
                self._free += 1
                self._next_look(at)
            elif number == self._looks:
                self._look(at)
        return self.waits

    def _expect(self) -> None:
        heapq.heappush(self._events, (next(self.arrivals), _ARRIVAL, 0))

    def _join(self, at: float) -> None:
        self._expect()
        if self._free > len(self._line):
            self._answer(at, at)
        else:
            self._line.append(at)

    def _next_look(self, at: float) -> None:
        """Look ahead to the first caller who will notice a free operator: all other looks change nothing."""
        self._looks += 1
        turns = self._line[: self._free]
        if turns:
            heapq.heappush(self._events, (min(_look_after(at, joined) for joined in turns), _LOOK, self._looks))

    def _look(self, at: float) -> None:
        for place, joined in enumerate(self._line[: self._free]):
            if abs(_phase(at, joined)) < 1e-6:
                del self._line[place]
                self._answer(at, joined)
                break
        self._next_look(at)

    def _answer(self, at: float, joined: float) -> None:
        self._free -= 1
        if self.window[0] <= joined < self.window[1]:
            self.waits.append(at - joined)
        heapq.heappush(self._events, (at + self.service(), _END, 0))


def _look_after(at: float, joined: float) -> float:
    return joined + (math.floor((at - joined) / RECHECK_SECONDS + 1e-9) + 1) * RECHECK_SECONDS


def _phase(at: float, joined: float) -> float:
    looks = (at - joined) / RECHECK_SECONDS
    return looks - round(looks)
