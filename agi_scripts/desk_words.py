"""What is said to an operator who dials a code. No caller hears it."""

from __future__ import annotations

from enum import StrEnum


class DeskPrompt(StrEnum):
    """Prompts of the operators' codes. prompts.yaml may hold words of its own for each."""

    NUMBER = "desk_number"
    PIN = "desk_pin"
    WRONG = "desk_wrong"
    REFUSED = "desk_refused"
    LOGGED_IN = "desk_logged_in"
    LOGGED_OUT = "desk_logged_out"
    PAUSED = "desk_paused"
    PAUSE_LATER = "desk_pause_later"
    READY = "desk_ready"
    WRAP_UP_DONE = "desk_wrap_up_done"
    WRAP_UP_LONGER = "desk_wrap_up_longer"
    NOT_NOW = "desk_not_now"
    LOG_IN_FIRST = "desk_log_in_first"
