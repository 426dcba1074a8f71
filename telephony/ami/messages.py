"""What Asterisk tells on AMI, as far as the hotline uses it: typed, frozen, past tense.

`at` is always Asterisk's own time of the event, where it sends one (`timestampevents=yes` in manager.conf).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FullyBooted:
    """Asterisk has loaded everything."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelCreated:
    """A channel began."""

    at: datetime | None
    channel: str
    uniqueid: str
    linkedid: str
    "The uniqueid of the oldest channel of the same call."
    state: str
    "Asterisk's word: Down, Ring, Ringing, Up."
    context: str
    exten: str
    "What was dialled, for a channel that came in. A telephone number: keep it out of logs."
    caller_number: str | None
    "Keep it out of logs."
    variables: Mapping[str, str] = field(default_factory=dict)
    "Channel variables that manager.conf names in `channelvars`."


@dataclass(frozen=True, slots=True)
class ChannelHungUp:
    """A channel ended."""

    at: datetime | None
    channel: str
    uniqueid: str
    linkedid: str
    cause: int | None
    "Q.850 cause, None where Asterisk gave none."
    cause_text: str
    tech_cause: int | None = None
    "The SIP status behind the cause, where there is one."
    variables: Mapping[str, str] = field(default_factory=dict)
    "Channel variables that manager.conf names in `channelvars`."


@dataclass(frozen=True, slots=True)
class DialBegun:
    """A channel began to ring another one."""

    at: datetime | None
    caller_uniqueid: str | None
    "The channel that dials, None where it is an Originate."
    linkedid: str
    "Of the channel that dials; of the dialled one for an Originate."
    dest_channel: str
    dest_uniqueid: str
    dest_linkedid: str
    dial_string: str
    "Holds a telephone number: keep it out of logs."


@dataclass(frozen=True, slots=True)
class DialStateChanged:
    """A dialled channel told how far it is."""

    at: datetime | None
    caller_uniqueid: str | None
    linkedid: str
    dest_channel: str
    dest_uniqueid: str
    dest_linkedid: str
    status: str
    "RINGING, PROCEEDING or PROGRESS."


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A channel stopped ringing another one, or it was answered."""

    at: datetime | None
    caller_uniqueid: str | None
    linkedid: str
    dest_channel: str
    dest_uniqueid: str
    dest_linkedid: str
    status: str
    "ANSWER, BUSY, NOANSWER, CANCEL, CHANUNAVAIL, CONGESTION, ..."


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A key was released on a telephone, or its tone was sent to one."""

    at: datetime | None
    channel: str
    uniqueid: str
    linkedid: str
    digit: str
    "Keep it out of logs."
    direction: str
    "Received: the party of this channel pressed it. Sent: Asterisk played it to that party."


@dataclass(frozen=True, slots=True)
class UserEventRaised:
    """The dialplan or an AMI user raised an event of its own."""

    at: datetime | None
    name: str
    channel: str | None
    uniqueid: str | None
    linkedid: str | None
    fields: Mapping[str, str]
    "Headers behind the name, spelt as raised. Values can come from a caller: never trust them."


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A telephone registered, went away, or stopped or began to answer."""

    at: datetime | None
    aor: str
    status: str
    "NonQualified, Created, Reachable, Unreachable, Updated, Removed."
    uri: str
    roundtrip_microseconds: int | None


@dataclass(frozen=True, slots=True)
class AttendedTransferred:
    """A party joined the two calls that it held."""

    at: datetime | None
    result: str
    "Success, Fail, Invalid, Not Permitted."
    first_transferer_uniqueid: str
    "The transferer's channel of the call that they sent on: the older one, or where a phone likes the newer."
    second_transferer_uniqueid: str
    "The transferer's channel of the call to the target."
    linkedid: str
    transferee_uniqueid: str | None
    target_uniqueid: str | None
    bridge_id: str | None
    "The bridge that both are in now, where there is one."
    destination: str
    "Bridge, App, Link, Threeway or Fail."


@dataclass(frozen=True, slots=True)
class OriginateEnded:
    """An Originate was answered or failed."""

    at: datetime | None
    channel_id: str | None
    "The `ChannelId` that the Originate asked for."
    succeeded: bool
    reason: int | None
    "4 answered, else why not; Asterisk says 0 also for busy, so trust `DialEnded` and the cause of `ChannelHungUp`."


@dataclass(frozen=True, slots=True)
class Unknown:
    """Asterisk told something that the hotline does not use. Counted, not delivered."""

    kind: str


Message = (
    FullyBooted
    | ChannelCreated
    | ChannelHungUp
    | DialBegun
    | DialStateChanged
    | DialEnded
    | DigitPressed
    | UserEventRaised
    | ContactChanged
    | AttendedTransferred
    | OriginateEnded
)
"Everything that is delivered."
