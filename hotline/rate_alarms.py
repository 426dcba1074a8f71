"""The watch over the connect rates: looks at the live board, and writes into the journal what becomes an alarm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from calls.board_model import BoardSnapshot
from calls.events import Event
from transfer.connect_rate import ALL, Rate, RateAlarms

LOOK_SECONDS = 5.0
"""Between two looks at the connect rates of the last 24 hours."""

log = structlog.get_logger(__name__)


def rates_of(board: BoardSnapshot) -> list[Rate]:
    """Return the figures of the last 24 hours, of every hotline and of all."""
    rates = [Rate(row.hotline_id, row.answered_24h, row.rated_24h) for row in board.hotlines]
    return [Rate(ALL, board.transfers.answered_24h, board.transfers.rated_24h), *rates]


class RateAlarmWatch:
    """Goes on where the board left off: alarms that it shows as raised are raised."""

    def __init__(
        self, board: Callable[[], BoardSnapshot], record: Callable[[Event], None], clock: Callable[[], datetime]
    ) -> None:
        self._board = board
        self._record = record
        self._clock = clock
        self._alarms = RateAlarms((alarm.scope, alarm.rule) for alarm in board().alarms)

    def look(self) -> None:
        """Look once."""
        for alarm in self._alarms.look(rates_of(self._board()), self._clock()):
            log.warning("connect_rate_alarm", scope=alarm.scope, rule=alarm.rule, change=type(alarm).__name__)
            self._record(alarm)

    async def run(self) -> None:
        """Look again and again."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)
