"""What Asterisk answers: replies, rows of lists, and the snapshot that begins every link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .frames import Frame


@dataclass(frozen=True, slots=True)
class AmiReply:
    """The answer to an action."""

    success: bool
    message: str
    frame: Frame
    events: tuple[Frame, ...]
    "The rows of a list action, without the event that completes the list."

    @property
    def headers(self) -> Mapping[str, str]:
        """The reply's headers, the first of each name, as spelt by Asterisk."""
        found: dict[str, str] = {}
        for name, value in self.frame.pairs():
            found.setdefault(name, value)
        return found


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel that exists."""

    channel: str
    uniqueid: str
    linkedid: str
    state: str
    "Asterisk's word: Down, Ring, Ringing, Up."
    context: str
    exten: str
    "Can be a telephone number: keep it out of logs."
    application: str
    bridge_id: str | None
    "The bridge it is in, None where it is in none."
    duration_seconds: int
    "Since the channel began."

    @classmethod
    def of(cls, frame: Frame) -> ChannelRow:
        """Reads a `CoreShowChannel` event."""
        return cls(
            frame.require("channel"),
            frame.require("uniqueid"),
            frame.require("linkedid"),
            frame.get("channelstatedesc") or "",
            frame.get("context") or "",
            frame.get("exten") or "",
            frame.get("application") or "",
            frame.get("bridgeid") or None,
            _seconds(frame.get("duration") or ""),
        )


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A telephone that is registered."""

    aor: str
    uri: str
    status: str
    "NonQualified, Reachable, Unreachable, Unknown."
    roundtrip_microseconds: int | None

    @classmethod
    def of(cls, frame: Frame) -> ContactRow:
        """Reads a `ContactList` event. Asterisk 22 tells the AOR only inside the contact's name (`AOR;@hash`)."""
        roundtrip = frame.get("roundtripusec") or ""
        return cls(
            frame.require("objectname").partition(";@")[0],
            frame.get("uri") or "",
            frame.get("status") or "Unknown",
            int(roundtrip) if roundtrip.isascii() and roundtrip.isdecimal() else None,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What existed when the link came up."""

    channels: tuple[ChannelRow, ...]
    contacts: tuple[ContactRow, ...]
    "Only telephones that register: Asterisk does not list contacts that pjsip.conf fixes."


def _seconds(text: str) -> int:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return 0
    hours, minutes, seconds = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds
