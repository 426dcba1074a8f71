"""What happened in each transfer and when, read from packets."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from bench.capture import Packet
from bench.moments import Sounds
from hotline.settings import Settings

_RTP_HEADER = 12
_VOICE = 8
_KEY_END = 0x80
_CALL_ID = re.compile(rb"^(?:Call-ID|i):\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_CSEQ = re.compile(rb"^CSeq:\s*\d+ (\w+)", re.MULTILINE | re.IGNORECASE)
_PORT = re.compile(rb"^m=audio (\d+) ", re.MULTILINE)
_USER = re.compile(rb"^(?:From|f):[^\r\n]*<sips?:([^@>;]+)", re.MULTILINE | re.IGNORECASE)
_STATUS = re.compile(rb"^SIP/2\.0 (\d{3})")
TRIGGER_SECONDS = 3.0
"""A key or REFER longer before an INVITE is not its cause."""


@dataclass(slots=True)
class Leg:
    """One SIP call; times in seconds since 1970."""

    user: bytes
    "The citizen's number: all legs of a call carry it."
    invite: float
    port: int = 0
    "Where Asterisk has its voice."
    rang: float | None = None
    answered: float | None = None
    failed: float | None = None
    "Refused by the far end, or given up by Asterisk."
    keys: list[float] = field(default_factory=list)
    "When each key was let go."


@dataclass(slots=True)
class TransferTrace:
    """A capture sorted into citizens, operators' phones and hotlines."""

    settings: Settings
    target_port: int
    citizens: dict[bytes, Leg] = field(default_factory=dict)
    operators: dict[bytes, Leg] = field(default_factory=dict)
    targets: dict[bytes, Leg] = field(default_factory=dict)
    _refers: dict[bytes, list[float]] = field(default_factory=lambda: defaultdict(list))
    "By citizen's number."
    _at_port: dict[int, Leg] = field(default_factory=dict)
    "The latest leg with each of Asterisk's ports, which are used again."
    _last_key: dict[int, bytes] = field(default_factory=dict)
    _heard: dict[int, list[Packet]] = field(default_factory=lambda: defaultdict(list))
    "By Asterisk's port: voice that it sent."

    def read(self, packets: Iterable[Packet]) -> None:
        """Take in a capture."""
        rtp = range(self.settings.rtp_first, self.settings.rtp_last + 1)
        for packet in packets:
            if self.settings.sip_port in (packet.source, packet.target):
                self._take_sip(packet)
            elif packet.source in rtp:
                if packet.data[1] & 0x7F == _VOICE:
                    self._heard[packet.source].append(packet)
            elif packet.target in rtp and packet.data[1] & 0x7F != _VOICE:
                self._take_key(packet)

    def key_to_invite(self) -> dict[str, list[float]]:
        """Return the seconds from what asked for it to the hotline's INVITE, by what that was."""
        found: dict[str, list[float]] = {"menu key": [], "operator's key": [], "REFER": []}
        causes: dict[bytes, list[tuple[float, str]]] = defaultdict(list)
        for user, times in self._refers.items():
            causes[user] += [(at, "REFER") for at in times]
        for kind, legs in (("menu key", self.citizens), ("operator's key", self.operators)):
            for leg in legs.values():
                causes[leg.user] += [(at, kind) for at in leg.keys]
        for target in sorted(self.targets.values(), key=attrgetter("invite")):
            before = [cause for cause in causes[target.user] if 0 <= target.invite - cause[0] <= TRIGGER_SECONDS]
            if before:
                at, kind = max(before)
                found[kind].append(target.invite - at)
                # a cause has one effect: the next attempt of this citizen was asked for by somebody else
                causes[target.user] = [cause for cause in causes[target.user] if cause[0] > target.invite]
        return found

    def answer_to_audio(self, citizen_voice: Sounds, hotline_voice: Sounds) -> list[float]:
        """Return the seconds from a hotline's 200 OK to both hearing each other."""
        found = []
        by_user = {leg.user: leg for leg in self.citizens.values()}
        for target in self.targets.values():
            citizen = by_user.get(target.user)
            if target.answered is None or citizen is None:
                continue
            hears = self._first(citizen.port, hotline_voice, target.answered)
            is_heard = self._first(target.port, citizen_voice, target.answered)
            if hears is not None and is_heard is not None:
                found.append(max(hears, is_heard) - target.answered)
        return found

    def failed_to_return_ring(self) -> list[float]:
        """Return the seconds from a hotline's failure to an operator's phone ringing for the same citizen."""
        found = []
        rings: dict[bytes, list[float]] = defaultdict(list)
        for leg in self.operators.values():
            if leg.rang is not None:
                rings[leg.user].append(leg.rang)
        for target in self.targets.values():
            if target.failed is not None:
                later = [at for at in rings[target.user] if at > target.failed]
                if later:
                    found.append(min(later) - target.failed)
        return found

    def _take_sip(self, packet: Packet) -> None:
        data, to_asterisk = packet.data, packet.target == self.settings.sip_port
        call_id = _group(_CALL_ID, data)
        if data.startswith(b"INVITE "):
            leg = Leg(_group(_USER, data), packet.at)
            if to_asterisk:
                self.citizens.setdefault(call_id, leg)
            else:
                leg.port = int(_group(_PORT, data) or 0)
                legs = self.targets if packet.target == self.target_port else self.operators
                self._at_port[leg.port] = legs.setdefault(call_id, leg)
        elif data.startswith(b"CANCEL ") and not to_asterisk and call_id in self.targets:
            self._fail(self.targets[call_id], packet.at)
        elif data.startswith(b"REFER ") and call_id in self.operators:
            self._refers[self.operators[call_id].user].append(packet.at)
        elif data.startswith(b"SIP/2.0 ") and _group(_CSEQ, data) == b"INVITE":
            self._take_response(packet, call_id, int(_group(_STATUS, data) or 0), to_asterisk)

    def _take_response(self, packet: Packet, call_id: bytes, status: int, to_asterisk: bool) -> None:
        leg = (self.targets.get(call_id) or self.operators.get(call_id)) if to_asterisk else self.citizens.get(call_id)
        if leg is None:
            return
        if status == 180:
            leg.rang = leg.rang or packet.at
        elif status == 200 and leg.answered is None:
            leg.answered = packet.at
            leg.port = leg.port or int(_group(_PORT, packet.data) or 0)
            self._at_port[leg.port] = leg
        elif status >= 300:
            self._fail(leg, packet.at)

    def _fail(self, leg: Leg, at: float) -> None:
        if leg.answered is None and leg.failed is None:
            leg.failed = at

    def _take_key(self, packet: Packet) -> None:
        body = packet.data[_RTP_HEADER:]
        if len(body) == 4 and body[1] & _KEY_END and self._last_key.get(packet.target) != packet.data[4:8]:
            self._last_key[packet.target] = packet.data[4:8]
            leg = self._at_port.get(packet.target)
            if leg is not None:
                leg.keys.append(packet.at)

    def _first(self, port: int, sounds: Sounds, after: float) -> float | None:
        packets = self._heard[port]
        for packet in packets[bisect_left(packets, after, key=attrgetter("at")) :]:
            if packet.data[_RTP_HEADER:] in sounds:
                return packet.at
        return None


def _group(pattern: re.Pattern[bytes], data: bytes) -> bytes:
    match = pattern.search(data)
    return match[1] if match else b""
