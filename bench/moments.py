"""What happened in each call and when, read from packets: INVITE, sounds, keys, the operator's answer."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from bench.capture import Packet
from hotline.actors.ears import HeardPacket
from hotline.settings import Settings

_RTP_HEADER = 12
_VOICE = 8
_FRAME_BYTES = 160
_KEY_END = 0x80
_PORT = re.compile(rb"^m=audio (\d+) ", re.MULTILINE)
_USER = re.compile(rb"^(?:From|f):[^\r\n]*<sips?:([^@>;]+)", re.MULTILINE | re.IGNORECASE)
_CALL_ID = re.compile(rb"^(?:Call-ID|i):\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_CSEQ = re.compile(rb"^CSeq:\s*\d+ (\w+)", re.MULTILINE | re.IGNORECASE)
_NEVER = datetime.min.replace(tzinfo=UTC)

Sounds = frozenset[bytes]
"The packets' worth of bytes that a sound is made of."


def sounds_of(alaw: Path) -> Sounds:
    """Return the packets of a sound file that can be heard; silent ones tell nothing of where they are from."""
    data = alaw.read_bytes()
    frames = [data[start : start + _FRAME_BYTES] for start in range(0, len(data) - _FRAME_BYTES + 1, _FRAME_BYTES)]
    return frozenset(frame for frame in frames if HeardPacket(_NEVER, frame).is_sound)


@dataclass(slots=True)
class CallMoments:
    """One call, in seconds since 1970; None where it did not happen."""

    invite: float
    answered: float | None = None
    "200 OK to the citizen."
    greeting: float | None = None
    "First packet of the greeting's sound."
    keys: list[float] = field(default_factory=list)
    "First packet with the end bit of each key (RFC 4733)."
    next_prompt: float | None = None
    "First packet of the second menu's sound."
    operator_invite: float | None = None
    operator_answered: float | None = None
    "200 OK of the operator's phone."
    operator_speaks: float | None = None
    "First packet of voice that the operator's phone sent."
    citizen_hears: float | None = None
    "First packet of the operator's voice sent to the citizen."
    operator_hears: float | None = None
    "First packet of the citizen's voice sent to the operator."


@dataclass(slots=True)
class _Leg:
    """One SIP call and the port on which Asterisk has its voice."""

    invite: float
    user: bytes
    port: int | None = None
    answered: float | None = None


class Trace:
    """A capture, sorted into legs and voice."""

    def __init__(self, packets: Iterable[Packet], settings: Settings) -> None:
        self._sip_port = settings.sip_port
        self._rtp = range(settings.rtp_first, settings.rtp_last + 1)
        self.citizens: dict[bytes, _Leg] = {}
        self.operators: dict[bytes, _Leg] = {}
        self._heard: dict[int, list[Packet]] = defaultdict(list)
        "By Asterisk's port: what it sent."
        self._said: dict[int, list[Packet]] = defaultdict(list)
        "By Asterisk's port: what it got."
        for packet in packets:
            self._take(packet)

    def calls(self, greeting: Sounds, second_menu: Sounds, voices: Mapping[str, Sounds]) -> list[CallMoments]:
        """Return what happened in each call, in the order of their INVITEs."""
        operators = {leg.user: leg for leg in self.operators.values()}
        return [
            self._moments(leg, operators.get(leg.user), greeting, second_menu, voices)
            for leg in sorted(self.citizens.values(), key=attrgetter("invite"))
        ]

    def _take(self, packet: Packet) -> None:
        if self._sip_port in (packet.source, packet.target):
            self._take_sip(packet)
        elif packet.source in self._rtp:
            self._heard[packet.source].append(packet)
        elif packet.target in self._rtp:
            self._said[packet.target].append(packet)

    def _take_sip(self, packet: Packet) -> None:
        call_id, cseq, port = (found[1] if found else b"" for found in _found(packet.data, _CALL_ID, _CSEQ, _PORT))
        to_asterisk = packet.target == self._sip_port
        if packet.data.startswith(b"INVITE "):
            user = _USER.search(packet.data)
            leg = _Leg(packet.at, user[1] if user else b"")
            if to_asterisk:
                self.citizens.setdefault(call_id, leg)
            else:
                leg.port = int(port or 0)
                self.operators.setdefault(call_id, leg)
        elif packet.data.startswith(b"SIP/2.0 200") and cseq == b"INVITE":
            leg_of = (self.operators if to_asterisk else self.citizens).get(call_id)
            if leg_of is not None and leg_of.answered is None:
                leg_of.answered = packet.at
                leg_of.port = leg_of.port or int(port or 0)

    def _moments(
        self, citizen: _Leg, operator: _Leg | None, greeting: Sounds, second_menu: Sounds, voices: Mapping[str, Sounds]
    ) -> CallMoments:
        call = CallMoments(citizen.invite, citizen.answered)
        if citizen.port is None:
            return call
        heard, said = self._heard[citizen.port], self._said[citizen.port]
        call.greeting = _first(heard, greeting, citizen.invite)
        call.keys = _keys(said, citizen.invite)
        if call.keys:
            call.next_prompt = _first(heard, second_menu, call.keys[0])
        if operator is not None and operator.port is not None:
            call.operator_invite, call.operator_answered = operator.invite, operator.answered
            call.operator_speaks = _first(self._said[operator.port], voices["operator"], operator.invite)
            call.citizen_hears = _first(heard, voices["operator"], operator.invite)
            call.operator_hears = _first(self._heard[operator.port], voices["citizen"], operator.invite)
        return call


def _found(data: bytes, *patterns: re.Pattern[bytes]) -> list[re.Match[bytes] | None]:
    return [pattern.search(data) for pattern in patterns]


def _first(packets: list[Packet], sounds: Sounds, after: float) -> float | None:
    """Return when the first packet of this sound came."""
    for packet in packets[bisect_left(packets, after, key=attrgetter("at")) :]:
        if packet.data[1] & 0x7F == _VOICE and packet.data[_RTP_HEADER:] in sounds:
            return packet.at
    return None


def _keys(packets: list[Packet], after: float) -> list[float]:
    """Return when each key was let go: the first packet with the end bit. One timestamp is one key."""
    ends: dict[bytes, float] = {}
    for packet in packets[bisect_left(packets, after, key=attrgetter("at")) :]:
        body = packet.data[_RTP_HEADER:]
        if len(body) == 4 and packet.data[1] & 0x7F != _VOICE and body[1] & _KEY_END:
            ends.setdefault(packet.data[4:8], packet.at)
    return list(ends.values())
