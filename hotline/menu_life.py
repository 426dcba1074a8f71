"""What happens to menus while calls go on: reloads, rollbacks, notices, and the commands for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from acd.desk import OperatorDesk
from agi_scripts.definitions import Definitions
from agi_scripts.office import Office
from calls.board import LiveBoard
from calls.board_changes import BoardChanges
from calls.errors import ConfigurationError
from calls.events import DutyDone
from hotline import plans
from hotline.control_socket import ControlSocket, Handler, Request
from hotline.hints import Hints
from hotline.notices import NoticeStore, is_spoken, notice_of, speak_notice, until_of
from hotline.phones import PhoneWatch
from hotline.prepare import Prepared
from hotline.reload import Reloader
from hotline.versions import version_rows
from ivr.hours import calendar_warning
from ivr.model import Notice
from telephony.ami.link import AmiLink

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class MenuLife:
    """Everything that an admin may do to a running service."""

    office: Office
    phones: PhoneWatch
    desk: OperatorDesk
    board: LiveBoard
    changes: BoardChanges
    hints: Hints | None = None
    "What lamps on phones show, once the service has begun."
    reloader: Reloader = field(init=False)
    store: NoticeStore = field(init=False)
    commands: dict[str, Handler] = field(default_factory=dict)
    "What others take by command, put in before the start."

    def begin(self, prepared: Prepared, link: AmiLink) -> None:
        """Take what the service started with."""
        self.reloader = Reloader(prepared, link, self._swap, self.office.record, self.office.clock)
        self.store = NoticeStore(prepared.settings.notices_path)
        self.office.notices = self.notices

    @property
    def prepared(self) -> Prepared:
        """What is live now."""
        return self.reloader.prepared

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices that were switched on by command and are not over."""
        return self.store.current(self.office.clock(), self.prepared.city.zone)

    async def start(self, stack: AsyncExitStack) -> None:
        """Speak what was switched on before the service stopped, and take commands."""
        self.reloader.announce()
        said = calendar_warning(self.prepared.city.calendar, self.office.clock(), self.prepared.city.zone)
        if said is not None:
            log.warning("holidays_not_known", problem=said)
        for notice in self.notices():
            try:
                if not is_spoken(notice, self.prepared.city, self.prepared.prompts_dir):
                    await asyncio.to_thread(speak_notice, notice, self.prepared.city, self.prepared.prompts_dir)
            except ConfigurationError as error:
                log.error("notice_not_spoken", notice_id=notice.notice_id, problems=error.problems)
        control = ControlSocket(
            self.prepared.settings.control_socket,
            {
                "status": self._status,
                "reload": self._reload,
                "rollback": self._roll_back,
                "versions": self._versions,
                "notice_on": self._notice_on,
                "notice_off": self._notice_off,
                "notice_list": self._notice_list,
                **self.commands,
                "duty_done": self._duty_done,
            },
        )
        await control.start()
        stack.push_async_callback(control.stop)

    # -- what replaces what ------------------------------------------------------------------------

    def _swap(self, prepared: Prepared, definitions: Definitions) -> None:
        """Give new calls the new version. One turn of the event loop: nobody meets half of it."""
        city = prepared.city
        self.office.definitions = definitions
        # routing alone is new at once for calls that wait: a step that was mended must help them too
        self.office.room.replace_queues(
            plans.queue_rules(city), priority_point_seconds=city.limits.priority_point_seconds
        )
        self.office.room.replace_operators(
            plans.operator_rules(city),
            missed_in_a_row=city.limits.missed_in_a_row,
            ring_seconds=plans.longest_ring_seconds(city),
        )
        self.office.room.replace_verb_rules(plans.verb_rules(city))
        self.desk.rules = plans.desk_rules(city)
        if self.hints is not None:
            self.hints.replace(city.operators, city.queues, plans.hotline_ids(city))
        self.phones.replace_fixed(plans.fixed_phones(city))
        self.board.set_directory(plans.board_directory(city))
        self.changes.notify()

    # -- commands ----------------------------------------------------------------------------------

    async def _status(self, _request: Request, _who: str) -> Mapping[str, Any]:
        return self.reloader.last.as_dict()

    async def _reload(self, request: Request, who: str) -> Mapping[str, Any]:
        return (await self.reloader.reload(who, _text(request, "note"))).as_dict()

    async def _roll_back(self, request: Request, who: str) -> Mapping[str, Any]:
        number = request.get("number")
        if not isinstance(number, int):
            raise ConfigurationError(["which version? a number, as `hotline ivr versions` shows"])
        return (await self.reloader.roll_back(number, who, _text(request, "note"))).as_dict()

    async def _versions(self, _request: Request, _who: str) -> list[dict[str, Any]]:
        return await asyncio.to_thread(version_rows, self.reloader.versions, self.prepared.version.label)

    async def _notice_on(self, request: Request, who: str) -> Mapping[str, Any]:
        now, city = self.office.clock(), self.prepared.city
        values = {key: value for key, value in request.items() if key not in ("verb", "until", "recorded")}
        values.setdefault("id", self.store.free_id())
        values["until"] = until_of(_text(request, "until"), now, city.zone).isoformat(" ", "seconds")
        notice = notice_of(values, city, now)
        recorded = {str(key): Path(str(path)) for key, path in dict(request.get("recorded") or {}).items()}
        # a reload meanwhile would take the folder's sounds along before this one is there
        async with self.reloader.settled():
            await asyncio.to_thread(speak_notice, notice, city, self.prepared.prompts_dir, recorded)
            row = self.store.put(notice, who, now, city.zone)
        log.info("notice_on", notice_id=notice.notice_id, by=who, until=notice.until.isoformat())
        return row.as_dict()

    async def _notice_off(self, request: Request, who: str) -> Mapping[str, Any]:
        row = self.store.remove(_text(request, "id"))
        log.info("notice_off", notice_id=row.notice.notice_id, by=who)
        return row.as_dict()

    async def _notice_list(self, _request: Request, _who: str) -> list[dict[str, Any]]:
        return self.notice_rows(self.office.clock())

    async def _duty_done(self, request: Request, who: str) -> Mapping[str, Any]:
        call_id, duty_id = _text(request, "call_id"), _text(request, "duty_id")
        by = _text(request, "by") or who
        self.office.record(DutyDone(at=self.office.clock(), call_id=call_id, duty_id=duty_id, by=by))
        return {"duty_id": duty_id, "by": by}

    def notice_rows(self, now: datetime) -> list[dict[str, Any]]:
        """Return every notice that is on or will be: by command, and from notices.yaml."""
        city = self.prepared.city
        rows = [{**row.as_dict(), "source": "command"} for row in self.store.rows(now, city.zone)]
        for notice in city.notices:
            written = notice.model_dump(mode="json", exclude_none=True)
            rows.append({**written, "id": written.pop("notice_id"), "source": "notices.yaml"})
        return rows


def _text(request: Request, key: str) -> str:
    value = request.get(key, "")
    if not isinstance(value, str) or len(value) > 1000:
        raise ConfigurationError([f"{key} must be a text"])
    return value
