"""The bounds, the deadlines and the counters of the control link."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AmiDeadlines:
    """How long each wait of the link may take."""

    connect_seconds: float = 5.0
    "To open the TCP connection."
    login_seconds: float = 10.0
    "To be logged in. Asterisk itself waits one second before it refuses."
    boot_seconds: float = 60.0
    "From the login to `FullyBooted`: Asterisk takes logins before it has loaded everything."
    action_seconds: float = 5.0
    "To answer one action, where the caller of `action` says nothing else."
    snapshot_seconds: float = 15.0
    "To list all channels or all contacts after a login."
    ping_interval_seconds: float = 10.0
    "From one answered ping to the next."
    pong_seconds: float = 5.0
    "To answer a ping. A link that misses it is down, however open its connection looks."
    backoff_first_seconds: float = 0.2
    "Before the first attempt to connect again. Doubles with each failure."
    backoff_most_seconds: float = 5.0
    "Longest wait between two attempts."
    handler_seconds: float = 5.0
    "For an asynchronous handler to deal with one message."
    drain_seconds: float = 30.0
    "For the handler to deal with what came before the link went down, before the link is opened again."
    stop_seconds: float = 3.0
    "For the connection to be closed when the link is stopped."


@dataclass(frozen=True, slots=True)
class AmiLimits:
    """How much the link keeps."""

    line_bytes: int = 64 * 1024
    "Longest line that is taken from Asterisk."
    frame_bytes: int = 4 * 1024 * 1024
    "Longest frame that is taken from Asterisk. The output of a console command is one frame."
    queued_messages: int = 20_000
    "Messages that wait for the handler. One more takes the link down, and a new snapshot follows."
    list_events: int = 50_000
    "Events of one list action, such as one for each channel."
    pending_actions: int = 1_000
    "Actions that wait for an answer."


@dataclass(slots=True)
class AmiCounters:
    """What the link has seen since it was made. Only grows."""

    bytes_read: int = 0
    "Everything that came from Asterisk."
    frames: int = 0
    "Responses and events read."
    unknown: int = 0
    "Events of a kind that the hotline does not use."
    malformed: int = 0
    "Frames that could not be understood."
    handler_errors: int = 0
    "Messages whose handler failed. The messages behind them were delivered."
    logins: int = 0
    "Times the link came up."
    losses: int = 0
    "Times the link went down."
    connect_failures: int = 0
    "Attempts to connect or to log in that failed."
    login_refusals: int = 0
    "Of these, logins that Asterisk refused."
    action_timeouts: int = 0
    "Actions that were not answered in time, pings among them."
    pong_timeouts: int = 0
    "Pings that were not answered in time."
    overflows: int = 0
    "Times the queue of messages was full."
    dropped: int = 0
    "Messages that the handler left for too long after the link went down. A snapshot replaced them."
    late_replies: int = 0
    "Answers to actions that nobody waits for any more."
