"""AMI event frames to typed messages: the one place that knows Asterisk's header names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from calls.errors import ProtocolError

from .frames import Frame
from .messages import (
    AttendedTransferred,
    ChannelCreated,
    ChannelHungUp,
    ContactChanged,
    DialBegun,
    DialEnded,
    DialStateChanged,
    DigitPressed,
    FullyBooted,
    Message,
    OriginateEnded,
    Unknown,
    UserEventRaised,
)


def translate(frame: Frame) -> Message | Unknown:
    """The message that an event frame tells. Raises `ProtocolError` where a header is missing that is always sent."""
    kind = frame.require("event")
    reader = _READERS.get(kind)
    return Unknown(kind) if reader is None else reader(frame, _at(frame))


def _at(frame: Frame) -> datetime | None:
    text = frame.get("timestamp")
    if not text:
        return None
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise ProtocolError(f"AMI frame with a timestamp that is none: {frame.masked()}") from None


def _number(frame: Frame, name: str) -> int | None:
    """A whole number, None where the header is missing or no number (Asterisk writes N/A)."""
    text = frame.get(name)
    return int(text) if text and text.isascii() and text.isdecimal() else None


def _known(frame: Frame, name: str) -> str | None:
    text = frame.get(name)
    return None if not text or text == "<unknown>" else text


def _fully_booted(frame: Frame, at: datetime | None) -> Message:
    return FullyBooted(at)


def _channel_created(frame: Frame, at: datetime | None) -> Message:
    return ChannelCreated(
        at,
        frame.require("channel"),
        frame.require("uniqueid"),
        frame.require("linkedid"),
        frame.get("channelstatedesc") or "",
        frame.get("context") or "",
        frame.get("exten") or "",
        _known(frame, "calleridnum"),
        frame.variables(),
    )


def _channel_hung_up(frame: Frame, at: datetime | None) -> Message:
    return ChannelHungUp(
        at,
        frame.require("channel"),
        frame.require("uniqueid"),
        frame.require("linkedid"),
        # 0 is Asterisk's "no cause was set", not a cause
        _number(frame, "cause") or None,
        frame.get("cause-txt") or "",
        _number(frame, "techcause"),
        frame.variables(),
    )


def _dial(frame: Frame) -> tuple[str | None, str, str, str, str]:
    dest_linkedid = frame.require("destlinkedid")
    # an Originate dials without a calling channel, so that only the headers of the dialled one are there
    return (
        frame.get("uniqueid") or None,
        frame.get("linkedid") or dest_linkedid,
        frame.require("destchannel"),
        frame.require("destuniqueid"),
        dest_linkedid,
    )


def _dial_begun(frame: Frame, at: datetime | None) -> Message:
    return DialBegun(at, *_dial(frame), frame.get("dialstring") or "")


def _dial_state_changed(frame: Frame, at: datetime | None) -> Message:
    return DialStateChanged(at, *_dial(frame), frame.require("dialstatus"))


def _dial_ended(frame: Frame, at: datetime | None) -> Message:
    return DialEnded(at, *_dial(frame), frame.require("dialstatus"))


def _channel(frame: Frame) -> tuple[str, str, str]:
    return frame.require("channel"), frame.require("uniqueid"), frame.require("linkedid")


def _digit_pressed(frame: Frame, at: datetime | None) -> Message:
    return DigitPressed(at, *_channel(frame), frame.require("digit"), frame.require("direction"))


def _user_event_raised(frame: Frame, at: datetime | None) -> Message:
    fields: dict[str, str] = {}
    behind_the_name = False
    for key, value in frame.pairs():
        lower = key.lower()
        if behind_the_name and lower != "actionid":
            fields.setdefault(key, value)
        behind_the_name = behind_the_name or lower == "userevent"
    # the channel's headers come before the name, so that a field of the same name can't take their place
    return UserEventRaised(
        at,
        frame.require("userevent"),
        _unless_field(frame, "channel"),
        _unless_field(frame, "uniqueid"),
        _unless_field(frame, "linkedid"),
        fields,
    )


def _unless_field(frame: Frame, name: str) -> str | None:
    for key, value in frame.pairs():
        lower = key.lower()
        if lower == "userevent":
            return None
        if lower == name:
            return value or None
    return None


def _contact_changed(frame: Frame, at: datetime | None) -> Message:
    return ContactChanged(
        at,
        frame.require("aor"),
        frame.require("contactstatus"),
        frame.get("uri") or "",
        _number(frame, "roundtripusec"),
    )


def _attended_transferred(frame: Frame, at: datetime | None) -> Message:
    return AttendedTransferred(
        at,
        frame.require("result"),
        frame.require("origtransfereruniqueid"),
        frame.require("secondtransfereruniqueid"),
        frame.require("origtransfererlinkedid"),
        frame.get("transfereeuniqueid") or None,
        frame.get("transfertargetuniqueid") or None,
        frame.get("destbridgeuniqueid") or None,
        frame.get("desttype") or "",
    )


def _originate_ended(frame: Frame, at: datetime | None) -> Message:
    return OriginateEnded(
        at, _known(frame, "uniqueid"), frame.require("response") == "Success", _number(frame, "reason")
    )


_READERS: dict[str, Callable[[Frame, datetime | None], Message]] = {
    "FullyBooted": _fully_booted,
    "Newchannel": _channel_created,
    "Hangup": _channel_hung_up,
    "DialBegin": _dial_begun,
    "DialState": _dial_state_changed,
    "DialEnd": _dial_ended,
    "DTMFEnd": _digit_pressed,
    "UserEvent": _user_event_raised,
    "ContactStatus": _contact_changed,
    "AttendedTransfer": _attended_transferred,
    "OriginateResponse": _originate_ended,
}

EVENT_NAMES = tuple(_READERS)
"Asterisk's names of the events above: what the `eventfilter` lines of manager.conf must let through."
