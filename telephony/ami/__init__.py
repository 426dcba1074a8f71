"""The control link to Asterisk (AMI): typed messages in order, actions with deadlines, a snapshot on each login."""

from __future__ import annotations

from .errors import ActionRefused, BadAction, LoginRefused, TooManyActions
from .limits import AmiCounters, AmiDeadlines, AmiLimits
from .link import AmiLink
from .messages import Message
from .rows import AmiReply, ChannelRow, ContactRow, Snapshot
from .translation import EVENT_NAMES

__all__ = [
    "EVENT_NAMES",
    "ActionRefused",
    "AmiCounters",
    "AmiDeadlines",
    "AmiLimits",
    "AmiLink",
    "AmiReply",
    "BadAction",
    "ChannelRow",
    "ContactRow",
    "LoginRefused",
    "Message",
    "Snapshot",
    "TooManyActions",
]
