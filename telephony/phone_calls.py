"""Which phones have calls that are none of ours: an operator's own, a colleague's, a code that they dialled.

Fed by what Asterisk tells of channels; after a lost link by what channels there are. As large as their number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from telephony.ami import messages as ami
from telephony.ami.rows import ChannelRow
from telephony.tracker import phone_of

CODES = re.compile(r"\*6[0-5][0-9*#]*")
"""Feature codes of operators: such a call lasts a breath and is no call of their own."""


@dataclass(slots=True)
class PhoneCalls:
    """Follows the channels of phones."""

    is_ours: Callable[[str], bool]
    "Whether a call, by its linkedid, is one of ours: a citizen's."
    on_change: Callable[[str, bool], None]
    "Told a phone whose first own call began (True) or whose last one ended (False)."
    _calls: dict[str, str] = field(default_factory=dict)
    "Uniqueid of a channel to its phone."
    _codes: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    "Uniqueid of a channel on which a code was dialled, and what is to be done once it is gone."

    def has_own_calls(self, phone: str) -> bool:
        """Return whether a phone has a call that is none of ours."""
        return phone in self._calls.values()

    def when_over(self, uniqueid: str, do: Callable[[], None]) -> None:
        """Do something once the channel of a code is gone, so that the phone can be rung; at once where it is."""
        waiting = self._codes.get(uniqueid)
        if waiting is None:
            do()
        else:
            waiting.append(do)

    def handle(self, message: ami.Message) -> None:
        """Take one message of Asterisk."""
        if isinstance(message, ami.ChannelCreated):
            self._began(message.channel, message.uniqueid, message.linkedid, message.exten)
        elif isinstance(message, ami.ChannelHungUp):
            self._ended(message.uniqueid)

    def resync(self, channels: Iterable[ChannelRow]) -> None:
        """Take in all channels there are."""
        rows = list(channels)
        there = {row.uniqueid for row in rows}
        for uniqueid in [known for known in (*self._calls, *self._codes) if known not in there]:
            self._ended(uniqueid)
        for row in rows:
            self._began(row.channel, row.uniqueid, row.linkedid, row.exten)

    def _began(self, channel: str, uniqueid: str, linkedid: str, exten: str) -> None:
        phone = phone_of(channel)
        if phone is None:
            return
        if uniqueid in self._calls or uniqueid in self._codes or self.is_ours(linkedid):
            return
        if uniqueid == linkedid and CODES.fullmatch(exten):
            self._codes[uniqueid] = []
            return
        first = not self.has_own_calls(phone)
        self._calls[uniqueid] = phone
        if first:
            self.on_change(phone, True)

    def _ended(self, uniqueid: str) -> None:
        for do in self._codes.pop(uniqueid, ()):
            do()
        phone = self._calls.pop(uniqueid, None)
        if phone is not None and not self.has_own_calls(phone):
            self.on_change(phone, False)
