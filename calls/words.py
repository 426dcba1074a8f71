"""The words that events, tables, topics and pages share: states, outcomes, doors. One word for each thing."""

from __future__ import annotations

from enum import StrEnum


class OperatorState(StrEnum):
    """What an operator is doing."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    NOT_RESPONDING = "not_responding"
    UNREACHABLE = "unreachable"


class CallOutcome(StrEnum):
    """How a call ended, from the caller's side. Exactly one for each call."""

    ANSWERED = "answered"
    "A person answered: an operator, or a hotline's after a transfer."
    ABANDONED = "abandoned"
    "The caller asked for a person, waited, and left before one answered."
    SHORT_ABANDON = "short_abandon"
    "As abandoned, but within the first seconds of asking (setting `short_abandon_seconds`)."
    LEFT_IN_MENU = "left_in_menu"
    "The caller left before asking for a person."
    TIMED_OUT = "timed_out"
    "Sent out of the queue after the longest wait, and no person answered."
    NOT_CONNECTED = "not_connected"
    "Asked for a hotline from a menu that was not reached, or sent out of a queue early; and no person answered."
    CLOSED = "closed"
    "Played the closing announcement: outside the line's hours or an unknown line."
    CALLBACK = "callback"
    "The caller hung up and is called back, with their place and clock: no abandon."
    LOST = "lost"
    "Ended while the service was away and Asterisk's records say nothing more."


class OfferOutcome(StrEnum):
    """How an offer of a call to one operator ended."""

    ANSWERED = "answered"
    MISSED = "missed"
    DECLINED = "declined"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    FAILED = "failed"


class TransferOutcome(StrEnum):
    """How an attempt to reach a hotline ended. Exactly one for each attempt."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    CALLER_LEFT = "caller_left"
    OUT_OF_HOURS = "out_of_hours"
    LIMIT = "limit"
    CANCELLED = "cancelled"


class TransferDoor(StrEnum):
    """Where a transfer was asked for."""

    MENU_KEY = "menu_key"
    OPERATOR_KEY = "operator_key"
    REFER = "refer"
    API = "api"
    OVERFLOW = "overflow"
    "A queue that did not keep the call sent it on."
    COMMAND_LINE = "command_line"


class TransferWay(StrEnum):
    """How a caller is passed on."""

    BLIND = "blind"
    "At once: who passed the caller on is out of it."
    ATTENDED = "attended"
    "The operator speaks with the hotline first, and then puts the caller through."
    THREE_WAY = "three_way"
    "Operator, caller and hotline speak together; any of them may leave."


class EndedBy(StrEnum):
    """Who ended a call or a conversation."""

    CALLER = "caller"
    OPERATOR = "operator"
    TARGET = "target"
    SERVICE = "service"
    UNKNOWN = "unknown"
