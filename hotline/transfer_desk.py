"""Transfers and marks that are asked for from outside a call: by the API and by the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agi_scripts.office import Office
from calls.errors import ConfigurationError, NotFound
from calls.events import TransferDoor, TransferWay
from hotline.control_socket import Handler, Request
from storage.queries import Queries
from transfer.directory import Hotline

MAX_WORD = 150
"""Characters of a call's or hotline's name, and of a reason."""


@dataclass(frozen=True, slots=True)
class TransferDesk:
    """Two of the doors, and the supervisor's hand on the marks. Hotlines are named by id, never by number."""

    office: Office
    queries: Queries

    def handlers(self) -> Mapping[str, Handler]:
        """Return the commands that the control socket takes."""
        return {
            "transfer": self._transfer_command,
            "hotlines": self._list_command,
            "hotline_mark": self._mark_command,
        }

    async def transfer(
        self,
        call_id: str,
        target_id: str,
        initiator: str,
        way: TransferWay = TransferWay.BLIND,
        door: TransferDoor = TransferDoor.API,
    ) -> Mapping[str, Any]:
        """Pass a caller who talks to an operator on. NotFound: no such hotline, or no conversation."""
        hotline = self.office.definitions.hotlines.by_id(target_id)
        tracker = self.office.tracker
        known = call_id if tracker.follows(call_id) else await self._call_of_case(call_id)
        if known is None or not tracker.ask_transfer(known, hotline.hotline_id, door, initiator, way):
            raise NotFound(f"The caller of {call_id!r} talks to no operator now.")
        return {"call_id": known, "target_id": hotline.hotline_id, "door": str(door), "asked": True}

    def consulting(self, call_id: str, verb: str) -> Mapping[str, Any]:
        """Do for an operator who asks a hotline first what their keys do. NotFound: no such conversation."""
        conversation = self.office.conversations.get(call_id)
        if conversation is None:
            raise NotFound(f"The caller of {call_id!r} talks to no operator now.")
        conversation.press(verb)
        return {"call_id": call_id, "asked": verb}

    def rows(self, find: str = "") -> list[dict[str, Any]]:
        """Return the directory with what is true of each hotline now; of those that citizens mean by `find`."""
        directory = self.office.definitions.hotlines
        return [self._row(hotline) for hotline in (directory.by_words(find) if find else directory)]

    def mark(self, hotline_id: str, *, down: bool, by: str, reason: str = "", number: str = "") -> dict[str, Any]:
        """Mark a hotline's number down (its first one where none is named), or take its marks off."""
        hotline = self.office.definitions.hotlines.by_id(hotline_id)
        numbers = [line.number for line in hotline.lines]
        if number and number not in numbers:
            raise NotFound(f"{hotline_id} has no number {number!r}; it has {', '.join(numbers)}.")
        if down and hotline.is_emergency:
            raise ConfigurationError([f"{hotline_id} is an emergency line: it is never marked down"])
        health, now = self.office.health, self.office.clock()
        chosen = [number] if number else (numbers[:1] if down else numbers)
        act = health.mark_down if down else health.mark_up
        for each in chosen:
            for fact in act(hotline, each, now, reason, by):
                self.office.record(fact)
        return self._row(hotline)

    async def _call_of_case(self, id_: str) -> str | None:
        record = await self.queries.show_call(id_)
        return record.call["call_id"] if record is not None else None

    def _row(self, hotline: Hotline) -> dict[str, Any]:
        marks = self.office.health.marks(hotline)
        return {
            "hotline_id": hotline.hotline_id,
            "kind": hotline.kind,
            "name": dict(hotline.name),
            "numbers": [line.number for line in hotline.lines],
            "aliases": list(hotline.aliases),
            "key": f"*1{hotline.key}",
            "ivr_key": hotline.ivr_key,
            "hours": hotline.hours,
            "words": list(hotline.words),
            "under_way": self.office.limits.under_way(hotline.hotline_id),
            "at_once": None if hotline.is_emergency else hotline.at_once,
            "down": [
                {"number": mark.number, "since": mark.since.isoformat(), "reason": mark.reason, "by": mark.by}
                for mark in marks
            ],
        }

    # -- commands ----------------------------------------------------------------------------------

    async def _transfer_command(self, request: Request, who: str) -> Mapping[str, Any]:
        return await self.transfer(
            _word(request, "call"), _word(request, "target"), who, door=TransferDoor.COMMAND_LINE
        )

    async def _list_command(self, request: Request, _who: str) -> list[dict[str, Any]]:
        return self.rows(_word(request, "find"))

    async def _mark_command(self, request: Request, who: str) -> Mapping[str, Any]:
        return self.mark(
            _word(request, "hotline"),
            down=request.get("down") is True,
            by=who,
            reason=_word(request, "reason"),
            number=_word(request, "number"),
        )


def _word(request: Request, key: str) -> str:
    value = request.get(key, "")
    if not isinstance(value, str) or len(value) > MAX_WORD or not value.isprintable():
        raise ConfigurationError([f"{key} must be a text of at most {MAX_WORD} characters on one line"])
    return value
