"""The service from start to stop: everything put together by hand, started and ended in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import structlog

from acd.desk import OperatorDesk
from acd.expected_wait import ExpectedWaits
from acd.operator_memory import OperatorMemory
from acd.redial import RedialMemory
from acd.waiting_room import WaitingRoom
from agi_scripts.consult import Consult
from agi_scripts.office import Office
from calls.board import LiveBoard
from calls.board_changes import BoardChanges
from calls.board_model import BoardSnapshot
from calls.events import Event, ServiceStarted, ServiceStopped
from calls.menu_figures import MenuDay
from hotline import plans
from hotline.call_json import call_json
from hotline.calling_back import start_calling_back
from hotline.control import Control
from hotline.emergency_spool import is_noted
from hotline.entrances import entrances
from hotline.hints import Hints
from hotline.menu_life import MenuLife
from hotline.menu_pages import MenuPages
from hotline.missed import MissedBook
from hotline.operator_commands import OperatorPages, operator_commands
from hotline.phones import PhoneWatch
from hotline.prepare import Prepared
from hotline.rate_alarms import RateAlarmWatch
from hotline.reconcile import close_open_call, load_open_calls
from hotline.recordings import RecordingFinisher
from hotline.restore import renew_pauses, restore_operators
from hotline.spool_watch import SpoolWatch
from hotline.transfer_desk import TransferDesk
from ivr.runner import FlowRunner
from messaging.broker import EmbeddedBroker
from messaging.publisher import MqttPublisher
from storage.callers import PastCallsOfNumbers
from storage.database import Database, open_database
from storage.journal import Journal
from storage.queries import Queries
from storage.replay import events_since
from telephony.agi.server import AgiServer
from telephony.ami.link import AmiLink
from telephony.asterisk.process import AsteriskProcess
from telephony.prompt_files import PromptFiles
from telephony.tracker import CallTracker
from transfer.health import Health as HotlineHealth
from web.app import create_app
from web.ports import Health, WebDeps
from web.server import WebServer

log = structlog.get_logger(__name__)

BOARD_HOURS = 25
"""How much of the journal the board is fed at start: its longest window, and a bit."""

ASTERISK_KEPT = "asterisk_kept"
"""Why the service stopped where calls went on unwatched: the figures have a gap until it is back."""

RESYNC_SECONDS = 30.0
"""From the first login to the comparison of calls and phones with what Asterisk has."""

GRACE_SECONDS = 3.0
"""For calls' coroutines to write their last facts when the service stops."""


def utc_now() -> datetime:
    """Return the time now, UTC: the service's one clock."""
    return datetime.now(UTC)


class Service:
    """One city's hotline, running."""

    def __init__(self, prepared: Prepared, *, keep_asterisk: bool = False) -> None:
        """`keep_asterisk` leaves Asterisk running at the stop: conversations go on, the next start adopts them."""
        self.prepared = prepared
        self.failed = asyncio.Event()
        "Set when a part died that the service can't do without; `failure` says which."
        self.failure = ""
        self._keep_asterisk = keep_asterisk
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Start everything; returns when calls are taken. What was started is stopped again when a part fails."""
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """Stop everything, in the opposite order."""
        await self._stack.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        settings, city = self.prepared.settings, self.prepared.city
        self.database = await self._open_database(stack)
        self.queries = Queries(self.database)
        self.journal = Journal(self.database)
        await self._start_journal(stack)
        self.changes = BoardChanges()
        self.board = LiveBoard(plans.board_directory(city), plans.figure_settings(city))
        self.menu_day = MenuDay(city.zone)
        self.redials = RedialMemory()
        self.expected = ExpectedWaits(lambda call: self.room.outlook(call))
        memory = OperatorMemory()
        self._folds = (self.menu_day, self.redials, self.expected, memory)
        self.hotline_health = HotlineHealth()
        self.missed = MissedBook.of(city.missed, city.callbacks)
        await self._feed_board()
        await self._announce(stack)
        self._finisher = RecordingFinisher(settings.recordings_dir, self.journal.record, utc_now)
        stack.push_async_callback(self._finisher.drain, GRACE_SECONDS)
        self._make_office()
        stack.callback(self.journal.subscribe(self.hints.hear))
        wanted = await restore_operators(
            self.queries, self.room, self.journal.record, self._alive_at, utc_now(), memory
        )
        self.office.open_calls.update(await load_open_calls(self.queries, self.room.phone_of))
        self._finisher.finish_old(await self.queries.open_recordings(), self.office.open_calls)
        calling = await start_calling_back(self.office, self.control, self.journal, self.database, self.missed)
        stack.push_async_callback(calling.close)
        await self._start_control(stack)
        await self._start_feeds(stack)
        spool = SpoolWatch(
            settings.emergency_spool_dir, self.queries, self.journal, self.office.open_calls, self.room.operator_at
        )
        await spool.take_in()
        await self.menus.start(stack)
        await self._connect(stack)
        renew_pauses(self.room, wanted)
        stack.push_async_callback(calling.close)  # before Asterisk ends: an attempt that this cuts off is no failure
        self._own(stack, spool.watch(), "emergency spool")
        alarms = RateAlarmWatch(self._look_at_board, self.journal.record, utc_now)
        self._own(stack, alarms.run(), "connect rate alarms")
        self._own(stack, calling.idle.watch(), "missed calls")
        if settings.watch_config:
            self._own(stack, self.menus.reloader.watch(), "configuration watch")

    async def _open_database(self, stack: AsyncExitStack) -> Database:
        database = await open_database(self.prepared.settings.effective_database_url)
        stack.push_async_callback(database.close)
        return database

    async def _start_journal(self, stack: AsyncExitStack) -> None:
        await self.journal.start()
        stack.push_async_callback(self.journal.stop)

    async def _feed_board(self) -> None:
        """Show what was true before the service stopped, then everything that is recorded from now on."""
        async for event in events_since(self.database, utc_now() - timedelta(hours=BOARD_HOURS)):
            self.board.apply(event)
            for part in self._folds:
                part.apply(event)
            self.hotline_health.apply(event)
            self.missed.replay(event)
        self.journal.subscribe(self._on_event)

    def _look_at_board(self) -> BoardSnapshot:
        return self.board.snapshot(utc_now())

    def _on_event(self, event: Event) -> None:
        for part in self._folds:
            part.apply(event)
        if self.board.apply(event):
            self.changes.notify()

    async def _announce(self, stack: AsyncExitStack) -> None:
        last, self._alive_at = await self.queries.last_run(), await self.queries.last_alive()
        gap_from = None
        if last is not None and last["stopped_at"] is None:
            gap_from = self._alive_at  # it did not stop in order
        elif last is not None and last["reason"] == ASTERISK_KEPT:
            gap_from = last["stopped_at"]
        self.journal.record(ServiceStarted(at=utc_now(), version=version("hotline"), gap_from=gap_from))
        reason = ASTERISK_KEPT if self._keep_asterisk else "stopped"
        stack.callback(lambda: self.journal.record(ServiceStopped(at=utc_now(), reason=reason)))

    def _is_down(self, hotline_id: str) -> bool:
        hotlines = self.office.definitions.hotlines
        return hotline_id in hotlines and self.hotline_health.is_down(hotlines.by_id(hotline_id))

    def _make_office(self) -> None:
        prepared, record = self.prepared, self.journal.record
        self.room = WaitingRoom(plans.dispatcher(prepared.city, f"{int(utc_now().timestamp()):x}-"), record, utc_now)
        self.tracker = CallTracker(utc_now, self.room.operator_at)
        self.link = AmiLink(
            prepared.plan.bind, prepared.plan.ami_port, prepared.plan.ami_user, prepared.plan.ami_secret
        )
        spool = prepared.settings.emergency_spool_dir
        self.control = Control(
            self.link,
            self.tracker,
            record,
            utc_now,
            legs_file=prepared.plan.folders.legs,
            in_emergency=lambda call_id, finished: is_noted(spool, call_id, finished=finished),
        )
        self.office = Office(
            definitions=plans.definitions(prepared.city, prepared.prompts_dir),
            clock=utc_now,
            record=record,
            flows=FlowRunner(record, utc_now),
            room=self.room,
            tracker=self.tracker,
            switchboard=self.control,
            finish_recording=self._finisher.finish,
            recordings_dir=prepared.settings.recordings_dir,
            prompt_files=PromptFiles(prepared.settings.joined_dir),
            past_calls=PastCallsOfNumbers(self.database),
            redials=self.redials,
            expected_wait=self.expected,
            health=self.hotline_health,
        )
        phones = PhoneWatch(
            self.room, plans.fixed_phones(prepared.city), lambda phone: self.control.phone_calls.has_own_calls(phone)
        )
        self.control.attach(self.office, phones)
        self.desk = OperatorDesk(self.room, phones, plans.desk_rules(prepared.city), utc_now)
        self.menus = MenuLife(self.office, phones, self.desk, self.board, self.changes)
        self.hints = Hints(self.link.set_device_state, self._is_down)
        self.hints.replace(prepared.city.operators, prepared.city.queues, plans.hotline_ids(prepared.city))
        self.menus.hints = self.control.hints = self.hints
        self.menus.begin(prepared, self.link)
        self.transfers = TransferDesk(self.office, self.queries)
        self.menus.commands.update({**self.transfers.handlers(), **operator_commands(self.desk)})

    async def _start_control(self, stack: AsyncExitStack) -> None:
        """The entrances of calls: the FastAGI server, ready before Asterisk is."""
        settings = self.prepared.settings
        consult = Consult(self.office)
        stack.push_async_callback(consult.close)
        entries = entrances(self.office, self.desk, self.control.phone_calls, consult)
        self.agi = AgiServer(entries, host=settings.bind, port=settings.agi_port)
        stack.callback(self.room.close)
        stack.push_async_callback(self.control.close)
        stack.callback(self._close_remaining)
        await self.agi.start()
        stack.push_async_callback(self.agi.stop, GRACE_SECONDS)

    async def _start_feeds(self, stack: AsyncExitStack) -> None:
        """The live page, the API and MQTT."""
        settings = self.prepared.settings
        self.web = WebServer(create_app(self._web_deps()), settings.bind, settings.http_port)
        await self.web.start()
        stack.push_async_callback(self.web.stop)
        self._own(stack, self.web.wait(), "web server")
        if settings.embedded_broker:
            broker = EmbeddedBroker(settings.broker_bind, settings.mqtt_port)
            await broker.start()
            stack.push_async_callback(broker.stop)
        city_id = self.prepared.city.city_id
        publisher = MqttPublisher(
            settings.effective_mqtt_url,
            client_id=f"hotline-{city_id}-{settings.agi_port}",
            base_topic=f"hotline/{city_id}",
        )
        await publisher.start(self._look_at_board, self.changes.subscribe)
        stack.push_async_callback(publisher.stop)
        stack.callback(self.journal.subscribe(publisher.offer_event))

    async def _connect(self, stack: AsyncExitStack) -> None:
        """Asterisk and the control link. At the stop the link outlives Asterisk, to hear how every call ended."""
        stack.push_async_callback(self.link.stop)
        if self.prepared.settings.embedded_asterisk:
            asterisk = AsteriskProcess(self.prepared.plan, self.prepared.binary, on_unexpected_exit=self._asterisk_died)
            await asterisk.start()
            stack.push_async_callback(asterisk.abandon if self._keep_asterisk else self._end_asterisk(asterisk))
        await self.link.start()
        self._own(stack, self.hints.run(), "lamps of phones")  # ends before Asterisk does
        async with asyncio.timeout(RESYNC_SECONDS):
            await self.control.resynced.wait()

    def _end_asterisk(self, asterisk: AsteriskProcess) -> Callable[[], Awaitable[None]]:
        async def end() -> None:
            self.office.closing = True
            await asterisk.stop()

        return end

    def _close_remaining(self) -> None:
        """Where Asterisk ended with the service no call goes on: each gets its end."""
        if self.office.closing:
            for call_id in list(self.office.open_calls):
                close_open_call(self.office, call_id, None, seen=True)

    def _asterisk_died(self, code: int | None) -> None:
        self._fail(f"Asterisk ended by itself (exit code {code}); its log is in {self.prepared.plan.folders.log}")

    def _fail(self, reason: str) -> None:
        log.critical("service_failed", reason=reason)
        self.failure = self.failure or reason
        self.failed.set()

    def _own(self, stack: AsyncExitStack, work: Any, name: str) -> None:
        """Run a task for as long as the service runs; its death ends the service loudly."""
        task = asyncio.create_task(work, name=name)

        def ended(done: asyncio.Task[None]) -> None:
            if not done.cancelled():
                self._fail(f"{name}: {done.exception()}")

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        task.add_done_callback(ended)
        stack.push_async_callback(end)

    async def _show_call(self, call_id: str) -> dict[str, Any] | None:
        record = await self.queries.show_call(call_id)
        return call_json(record) if record is not None else None

    # what the pages and the API ask for

    def _web_deps(self) -> WebDeps:
        return WebDeps(
            board=self._look_at_board,
            subscribe=self.changes.subscribe,
            list_calls=lambda limit, outcome: self.queries.list_calls(limit=limit, outcome=outcome),
            show_call=self._show_call,
            health=self._health,
            transfer=self.transfers.transfer,
            consulting=self.transfers.consulting,
            hotlines=self.transfers,
            figures=plans.figure_settings(self.prepared.city),
            operators=OperatorPages(self.desk),
            menus=MenuPages(self.menus, self.menu_day, utc_now),
        )

    def _health(self) -> Health:
        checks = {
            "asterisk": "up" if self.link.is_up else "the control link is down",
            "journal": "up" if self.journal.healthy else f"not written: {self.journal.last_error}",
        }
        return Health(ok=all(word == "up" for word in checks.values()), checks=checks)
