"""Between the control link and the rest: messages to calls and phones, and the few things asked of Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from agi_scripts.inbound import REFER_VARIABLE
from agi_scripts.office import Office
from calls.errors import HotlineError
from calls.events import LinkChanged
from calls.legs import LegAnswered, LegEnded
from calls.ports import Clock, Record
from hotline.callbacks import CallbackDesk
from hotline.hints import Hints
from hotline.phones import PhoneWatch
from hotline.reconcile import answered_unowned, ended_unowned, pass_on_unowned, reconcile_calls, recover
from telephony.ami import messages as ami
from telephony.ami.link import AmiLink
from telephony.ami.rows import AmiReply, Snapshot
from telephony.asterisk.legs import read_legs
from telephony.asterisk.plan import ASKS_FIRST, CITIZENS
from telephony.phone_calls import PhoneCalls
from telephony.tracker import CallTracker
from transfer.directory import Hotline

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
        self._tracker.pass_on_unowned = partial(pass_on_unowned, office)
        self.link.subscribe(self._on_message, on_up=self._on_up, on_down=self._on_down)

    # what calls ask for

    def hang_up_leg(self, channel: str) -> None:
        """Release a leg. Returns at once; a failure is logged."""
        order = f"hang up {channel}"
        try:
            # at once and not in a task of its own: callers wait for the operator or hotline that this frees
            self.link.hang_up_soon(channel).add_done_callback(partial(_look_at, order))
        except HotlineError as error:
            log.error("order_not_carried_out", order=order, error=str(error))

    def ask_first(self, channel: str, exten: str) -> None:
        """Have an operator's leg ask this extension while its caller is held. Returns at once."""
        self._order(self._ask_first(channel, exten), f"ask first {channel}")

    def send_on(self, call_id: str, hotline: Hotline) -> None:
        """Have a caller whom no session owns begin one in which the hotline is dialled. Returns at once."""
        self._order(self._send_on(call_id, hotline), f"send on {call_id}")

    def press(self, channel: str, keys: str) -> None:
        """Take keys for pressed by the party of this channel. Returns at once."""
        self._order(self.link.press(channel, keys), f"press {channel}")

    @property
    def can_stop_playing(self) -> bool:
        """Whether `stop_playing` would be heard now."""
        return self.link.is_up

    def stop_playing(self, channel: str) -> None:
        """Cut off the file that is played to a channel. Returns at once; may be asked again."""
        self._order(self.link.stop_playback(channel), f"stop playing {channel}")

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

    async def _ask_first(self, channel: str, exten: str) -> bool:
        """Begin Asterisk's attended transfer. How it goes is told by the session that asks the hotline."""
        found = await self.link.set_var(channel, "TRANSFER_EXTEN", exten)
        return found and await self.link.press(channel, ASKS_FIRST)

    async def _send_on(self, call_id: str, hotline: Hotline) -> bool:
        """The channel knows where it is sent to, so that it gets there if the service dies now."""
        assert self._office is not None
        sent = False
        try:
            sent = await self.link.set_var(call_id, REFER_VARIABLE, hotline.hotline_id)
            sent = sent and await self.link.redirect(call_id, CITIZENS, hotline.number)
        finally:
            if not sent and (open_call := self._office.open_calls.get(call_id)) is not None:
                open_call.asked = None
        return sent

    def _order(self, order: Coroutine[Any, Any, bool], name: str) -> None:
        task = asyncio.create_task(self._carry_out(order, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, order: Coroutine[Any, Any, bool], name: str) -> None:
        try:
            await order
        except HotlineError as error:
            log.error("order_not_carried_out", order=name, error=str(error))

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
            ended_unowned(self._office, fact)

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
        for call_id in unowned:
            if not self._in_emergency(call_id, True):  # else the script dialled
                recover(self._office, call_id, legs.get(call_id, ()))
        reconcile_calls(self._office, unowned, alive, legs)
        if self.hints is not None:
            self.hints.link_up()
        self._record(LinkChanged(at=self._now(), up=True))
        self.resynced.set()

    def _on_down(self, reason: str) -> None:
        self._record(LinkChanged(at=self._now(), up=False, detail=reason))


def _look_at(order: str, reply: asyncio.Future[AmiReply]) -> None:
    if reply.cancelled():
        return
    error = reply.exception()
    if error is not None:
        log.error("order_not_carried_out", order=order, error=str(error))
    elif not reply.result().success:
        log.info("order_refused", order=order, error=reply.result().message)  # nearly always it is gone already
