"""The live board: what is happening now and the figures of the day, computed from events alone.

It reads no clock and keeps no history: calls that ended are forgotten, windows are buckets of a minute. Feed it the
journal from the day before at start and it shows what it showed before. Nothing that arrives can make it raise.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from calls.board_alarms import AlarmBook
from calls.board_calls import CallBook
from calls.board_figures import queue_figures
from calls.board_model import BoardDirectory, BoardSnapshot, ConfigurationRow, FigureSettings, Gap, QueueRow, Totals
from calls.board_operators import OperatorBook
from calls.board_state import Day, RecentIds
from calls.board_tally import MINUTES, QueueDay
from calls.board_transfers import TransferBook
from calls.events import (
    CallDequeued,
    CallEnded,
    CallQueued,
    CallResumed,
    CallStarted,
    ConfigurationLoaded,
    ConnectRateAlarmCleared,
    ConnectRateAlarmRaised,
    ConversationEnded,
    Event,
    HotlineMarkedDown,
    HotlineMarkedUp,
    LinkChanged,
    OfferEnded,
    OperatorAnswered,
    OperatorLoggedIn,
    OperatorLoggedOut,
    OperatorOffered,
    OperatorStateChanged,
    PauseLimitExceeded,
    ServiceStarted,
    ServiceStopped,
    TransferAnswered,
    TransferEnded,
    TransferReturned,
    TransferStarted,
)

MAX_GAPS = 10
PRUNE_SECONDS = 600

Handler = Callable[[Any], None]


class LiveBoard:
    """Applies events one by one and shows a snapshot at any time."""

    def __init__(self, directory: BoardDirectory, figures: FigureSettings | None = None) -> None:
        self.figures = figures or FigureSettings()
        self.directory = directory
        self._day = Day(self.figures.timezone)
        ended = RecentIds()
        self._calls = CallBook(self._day, self.figures.service_level_seconds, ended)
        self._alarms = AlarmBook()
        self._transfers = TransferBook(self._day, ended, self._alarms)
        self._operators = OperatorBook()
        self._operators.set_directory(directory)
        self._handlers = self._table()
        self._gaps: list[Gap] = []
        self._configuration: ConfigurationRow | None = None
        self._service_up = False
        self._link = LinkChanged(at=datetime.fromtimestamp(0, self.figures.timezone), up=False)
        self._prune_time = 0.0

    def set_directory(self, directory: BoardDirectory) -> None:
        """Replace all names. Counts of what is no longer named stay in the totals."""
        self.directory = directory
        self._operators.set_directory(directory)

    def apply(self, event: Event) -> bool:
        """Take in one event; return whether the board can have changed."""
        handlers = self._handlers.get(type(event))
        if handlers is None:
            return False
        self._move_to(event.at.timestamp())
        for handler in handlers:
            handler(event)
        return True

    def snapshot(self, now: datetime) -> BoardSnapshot:
        """Return everything on the board as of `now`."""
        time = now.timestamp()
        self._move_to(time)
        self._forget_stale(time)
        queues, total = self._calls.figures(time)
        calls = self._calls
        offset = now.astimezone(self.figures.timezone).utcoffset()
        return BoardSnapshot(
            at=now,
            day=self._day.date,
            utc_offset_seconds=int(offset.total_seconds()) if offset else 0,
            city_id=self.directory.city_id,
            city_name=self.directory.city_name,
            service_level_seconds=self.figures.service_level_seconds,
            short_abandon_seconds=self.figures.short_abandon_seconds,
            service_up=self._service_up,
            link_up=self._link.up,
            link_since=self._link.at if self._link.at.timestamp() else None,
            link_detail=self._link.detail,
            gaps=tuple(gap for gap in self._gaps if gap.to_at.timestamp() > time - MINUTES * 60),
            stages=calls.stages(),
            totals=Totals(
                figures=total,
                asked_24h=calls.asked.asked,
                asked_answered_24h=calls.asked.answered,
                asked_today=calls.asked_today,
                asked_answered_today=calls.answered_today,
            ),
            queues=tuple(
                QueueRow(
                    queue_id=queue.id,
                    name=queue.name,
                    operators_ready=self._operators.staffing[queue.id].ready,
                    operators_signed_in=self._operators.staffing[queue.id].signed_in,
                    figures=queues.get(queue.id) or queue_figures(QueueDay(), (), self._day, time, 0, None),
                )
                for queue in self.directory.queues
            ),
            operators=self._operators.rows(),
            hotlines=self._transfers.rows(self.directory.hotlines, time),
            transfers=self._transfers.totals(time),
            alarms=self._alarms.rows(),
            waiting=calls.waiting_rows(time, self.directory.priority_point_seconds),
            configuration=self._configuration,
        )

    # -- private -----------------------------------------------------------------------------------

    def _table(self) -> dict[type[Event], tuple[Handler, ...]]:
        calls, transfers, operators, alarms = self._calls, self._transfers, self._operators, self._alarms
        return {
            ServiceStarted: (self._service_started,),
            ServiceStopped: (self._service_stopped,),
            LinkChanged: (self._link_changed,),
            ConfigurationLoaded: (self._configuration_loaded,),
            CallStarted: (calls.started,),
            CallResumed: (calls.resumed,),
            CallQueued: (calls.queued,),
            OperatorOffered: (calls.offered, operators.offered),
            OperatorAnswered: (calls.answered, operators.answered),
            OfferEnded: (calls.offer_ended, operators.offer_ended),
            ConversationEnded: (calls.conversation_ended, operators.conversation_ended),
            CallDequeued: (calls.dequeued,),
            CallEnded: (calls.ended, transfers.call_ended),
            TransferStarted: (calls.transfer_started, transfers.started),
            TransferAnswered: (calls.transfer_answered, transfers.answered),
            TransferEnded: (calls.transfer_ended, transfers.ended),
            TransferReturned: (transfers.returned,),
            ConnectRateAlarmRaised: (alarms.raised,),
            ConnectRateAlarmCleared: (alarms.cleared,),
            HotlineMarkedDown: (transfers.marked_down,),
            HotlineMarkedUp: (transfers.marked_up,),
            OperatorStateChanged: (operators.state_changed,),
            OperatorLoggedIn: (operators.logged_in,),
            OperatorLoggedOut: (operators.logged_out,),
            PauseLimitExceeded: (operators.pause_too_long,),
        }

    def _service_started(self, event: ServiceStarted) -> None:
        self._service_up = True
        self._operators.service_started()
        if event.gap_from is not None and event.gap_from < event.at:
            self._gaps = [*self._gaps[1 - MAX_GAPS :], Gap(from_at=event.gap_from, to_at=event.at)]

    def _service_stopped(self, event: ServiceStopped) -> None:
        self._service_up = False
        self._link = LinkChanged(at=event.at, up=False, detail=event.reason)

    def _link_changed(self, event: LinkChanged) -> None:
        if event.up != self._link.up or not self._link.at.timestamp():
            self._link = event

    def _configuration_loaded(self, event: ConfigurationLoaded) -> None:
        self._configuration = ConfigurationRow(
            at=event.at, version=event.version, by=event.by, result=event.result, problems=event.problems
        )

    def _move_to(self, time: float) -> None:
        if self._day.move_to(time):
            self._calls.start_day()
            self._transfers.start_day()
            self._operators.start_day()

    def _forget_stale(self, time: float) -> None:
        if time - self._prune_time >= PRUNE_SECONDS:
            self._prune_time = time
            self._calls.forget_stale(time)
            self._transfers.forget_stale(time)
