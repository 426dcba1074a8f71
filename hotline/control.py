"""Between the control link and the rest: messages to calls and phones, and the few things asked of Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import structlog

from agi_scripts.office import Office
from calls.errors import HotlineError
from calls.events import LinkChanged
from calls.legs import LegAnswered, LegEnded
from calls.ports import Clock, Record
from hotline.callbacks import CallbackDesk
from hotline.hints import Hints
from hotline.phones import PhoneWatch
from hotline.reconcile import answered_unowned, caller_left_unowned, reconcile_calls
from telephony.ami import messages as ami
from telephony.ami.link import AmiLink
from telephony.ami.rows import Snapshot
from telephony.asterisk.legs import read_legs
from telephony.phone_calls import PhoneCalls
from telephony.tracker import CallTracker

log = structlog.get_logger(__name__)


class Control:
    """Implements `agi_scripts.office.Switchboard`, and hears everything that Asterisk tells."""

    def __init__(
        self,
        link: AmiLink,
        tracker: CallTracker,
        record: Record,
        clock: Clock,
        *,
        legs_file: Path,
        in_emergency: Callable[[str, bool], bool],
    ) -> None:
        """Put together what a call's coroutine may ask of Asterisk.

        `legs_file` is Asterisk's own record of legs; `in_emergency` tells whether its script has (True: has finished) a
        note of a call.
        """
        self.link = link
        self._tracker = tracker
        self._record = record
        self._now = clock
        self._legs_file = legs_file
        self._in_emergency = in_emergency
        self._tasks: set[asyncio.Task[None]] = set()
        self._office: Office | None = None
        self._phones: PhoneWatch | None = None
        self.phone_calls = PhoneCalls(self._is_ours, self._own_calls_changed)
        "Calls of phones that are none of ours."
        self.hints: Hints | None = None
        "Lamps on phones, which must be set again whenever the link has come up."
        self.callbacks: CallbackDesk | None = None
        "Told of the channels of citizens whom we call; named before the link starts."
        self.resynced = asyncio.Event()
        "Set once the calls and phones of the first snapshot have been compared with ours."

    def attach(self, office: Office, phones: PhoneWatch) -> None:
        """Name the parts that are told; before the link starts."""
        self._office = office
        self._phones = phones
        self._tracker.on_unowned = self._on_unowned
        self.link.subscribe(self._on_message, on_up=self._on_up, on_down=self._on_down)

    # what calls ask for

    def hang_up_leg(self, channel: str) -> None:
        """Release a leg. Returns at once; a failure is logged."""
        self._do(self._hang_up(channel), f"hang up {channel}")

    @property
    def can_stop_playing(self) -> bool:
        """Whether `stop_playing` would be heard now."""
        return self.link.is_up

    def stop_playing(self, channel: str) -> None:
        """Cut off the file that is played to a channel. Returns at once; may be asked again."""
        self._do(self._stop_playing(channel), f"stop playing {channel}")

    async def read_variable(self, channel: str, variable: str) -> str | None:
        """Return a channel's variable or function; None where the channel is gone or Asterisk does not say."""
        try:
            return await self.link.get_var(channel, variable)
        except HotlineError:
            return None

    async def close(self) -> None:
        """End what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _do(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop_playing(self, channel: str) -> None:
        try:
            await self.link.stop_playback(channel)
        except HotlineError as error:
            log.warning("playing_not_stopped", channel=channel, error=str(error))

    async def _hang_up(self, channel: str) -> None:
        try:
            await self.link.hangup(channel)
        except HotlineError as error:
            log.error("leg_not_released", channel=channel, error=str(error))

    # what Asterisk tells

    def _on_message(self, message: ami.Message) -> None:
        assert self._phones is not None
        if isinstance(message, ami.ContactChanged):
            self._phones.contact_changed(message.aor, message.uri, message.status)
        else:
            self.phone_calls.handle(message)
            self._tracker.handle(message)

    def _is_ours(self, linkedid: str) -> bool:
        assert self._office is not None
        return self._tracker.follows(linkedid) or linkedid in self._office.open_calls

    def _own_calls_changed(self, phone: str, busy: bool) -> None:
        assert self._phones is not None
        self._phones.own_calls_changed(phone, busy)

    def _on_unowned(self, fact: LegEnded | LegAnswered) -> None:
        assert self._office is not None
        if self.callbacks is not None:
            self.callbacks.hear(fact)
        if isinstance(fact, LegAnswered):
            answered_unowned(self._office, fact)
        elif not self._in_emergency(fact.call_id, False):  # else the script's note tells how it ended
            caller_left_unowned(self._office, fact)

    async def _on_up(self, snapshot: Snapshot) -> None:
        assert self._office is not None
        assert self._phones is not None
        self._phones.resync((row.aor, row.uri, row.status) for row in snapshot.contacts)
        self._tracker.resync(snapshot.channels)
        alive = {row.uniqueid for row in snapshot.channels}
        if self.callbacks is not None:
            self.callbacks.resync(alive)
        alive |= {call_id for call_id in self._office.open_calls if self._in_emergency(call_id, True)}
        unowned = tuple(self._office.open_calls)
        self.phone_calls.resync(snapshot.channels)
        legs = await asyncio.to_thread(read_legs, self._legs_file, unowned)
        reconcile_calls(self._office, unowned, alive, legs)
        if self.hints is not None:
            self.hints.link_up()
        self._record(LinkChanged(at=self._now(), up=True))
        self.resynced.set()

    def _on_down(self, reason: str) -> None:
        self._record(LinkChanged(at=self._now(), up=False, detail=reason))
