"""The board's figures for Prometheus, read from the same snapshot as the page. Undefined ratios have no sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from calls.board_formulas import formulas
from calls.board_model import BoardSnapshot, FigureSettings
from calls.events import OperatorState

_QUEUE_FIGURES = {
    "waiting": "waiting",
    "longest_wait_seconds": "longest_wait_seconds",
    "offered": "offered_today",
    "answered": "answered_today",
    "abandoned": "abandoned_today",
    "short_abandons": "short_abandons_today",
    "service_level": "service_level_today_ratio",
    "asa_seconds": "asa_today_seconds",
    "abandon_rate": "abandon_rate_today_ratio",
    "connect_rate_24h": "connect_rate_24h_ratio",
    "connect_rate_today": "connect_rate_today_ratio",
}
_HOTLINE_COUNTS = ("attempts", "answered", "busy", "no_answer", "rejected", "unreachable", "failed", "caller_left")


class BoardCollector(Collector):
    """Turns a snapshot into gauges at every scrape."""

    def __init__(self, board: Callable[[], BoardSnapshot], viewers: Callable[[], int], figures: FigureSettings) -> None:
        self._board = board
        self._viewers = viewers
        self._texts = {key: texts["en"] for key, texts in formulas(figures).items()}

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return nothing: names are known only at a scrape, and none is registered twice."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return all gauges of one snapshot."""
        board = self._board()
        yield _one("hotline_service_up", "The service is watching.", board.service_up)
        yield _one("hotline_link_up", "The control link to Asterisk is up.", board.link_up)
        yield _one("hotline_board_viewers", "Pages that are fed live.", self._viewers())
        calls = GaugeMetricFamily("hotline_calls", "Calls in progress.", labels=["stage"])
        for stage in board.stages.__dataclass_fields__:
            calls.add_metric([stage], getattr(board.stages, stage))
        yield calls
        operators = GaugeMetricFamily("hotline_operators", "Operators in each state.", labels=["state"])
        states = Counter(row.state for row in board.operators)
        for state in OperatorState:
            operators.add_metric([state.value], states[state])
        yield operators
        yield from self._queues(board)
        yield from self._hotlines(board)

    def _queues(self, board: BoardSnapshot) -> Iterator[GaugeMetricFamily]:
        for name, metric in _QUEUE_FIGURES.items():
            family = GaugeMetricFamily(f"hotline_queue_{metric}", self._texts[name], labels=["queue_id"])
            for row in board.queues:
                _add(family, row.queue_id, getattr(row.figures, name))
            yield family
            total = GaugeMetricFamily(f"hotline_{metric}", self._texts[name] + " (all queues)")
            if (value := getattr(board.totals.figures, name)) is not None:
                total.add_metric([], value)
            yield total

    def _hotlines(self, board: BoardSnapshot) -> Iterator[GaugeMetricFamily]:
        counts = GaugeMetricFamily("hotline_transfers_today", self._texts["attempts"], labels=["hotline_id", "what"])
        live = GaugeMetricFamily("hotline_transfers", "Transfers now.", labels=["hotline_id", "what"])
        rate = GaugeMetricFamily(
            "hotline_transfer_connect_rate_24h_ratio", self._texts["hotline_connect_rate"], labels=["hotline_id"]
        )
        rate_all = GaugeMetricFamily(
            "hotline_transfer_connect_rate_all_24h_ratio",
            self._texts["hotline_connect_rate_all"],
            labels=["hotline_id"],
        )
        down = GaugeMetricFamily(
            "hotline_marked_down", "A number of the hotline is marked down.", labels=["hotline_id"]
        )
        for row in board.hotlines:
            for what in _HOTLINE_COUNTS:
                counts.add_metric([row.hotline_id, what], getattr(row, what))
            for what in ("ringing", "talking"):
                live.add_metric([row.hotline_id, what], getattr(row, what))
            _add(rate, row.hotline_id, row.connect_rate_24h)
            _add(rate_all, row.hotline_id, row.connect_rate_all_24h)
            down.add_metric([row.hotline_id], row.down_since is not None)
        alarms = GaugeMetricFamily("hotline_connect_rate_alarm", "Alarms that are raised.", labels=["scope", "rule"])
        for alarm in board.alarms:
            alarms.add_metric([alarm.scope, alarm.rule], 1)
        yield from (counts, live, rate, rate_all, down, alarms)


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))


def _add(family: GaugeMetricFamily, label: str, value: float | None) -> None:
    if value is not None:
        family.add_metric([label], value)


def make_registry(
    board: Callable[[], BoardSnapshot], viewers: Callable[[], int], figures: FigureSettings
) -> CollectorRegistry:
    """Return a registry of our own, so that two services in one process don't mix."""
    registry = CollectorRegistry()
    registry.register(BoardCollector(board, viewers, figures))
    return registry
