"""What a citizen does on the phone, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hotline.actors.sounds import KEYS


@dataclass(frozen=True, slots=True)
class WaitSeconds:
    """Listen for a while; the far end may hang up meanwhile, which ends the call."""

    seconds: float


@dataclass(frozen=True, slots=True)
class PressKey:
    """Press one key, or several one after the other."""

    keys: str

    def __post_init__(self) -> None:
        if not self.keys or not set(self.keys) <= set(KEYS):
            raise ValueError(f"not keys of a telephone: {self.keys!r}; allowed: {KEYS}")


@dataclass(frozen=True, slots=True)
class WaitForCue:
    """Listen until the test calls `Citizen.cue()`, at most this long."""

    max_seconds: float


@dataclass(frozen=True, slots=True)
class WaitForHangup:
    """Listen until the far end hangs up, at most this long; then the script goes on."""

    max_seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the receiver down. Every script ends so, written or not."""


Step = WaitSeconds | PressKey | WaitForCue | WaitForHangup | HangUp


@dataclass(frozen=True, slots=True)
class CitizenScript:
    """One citizen's behaviour; the steps begin when the line is picked up (200 OK)."""

    steps: tuple[Step, ...] | list[Step] = ()

    ani: str = "13800138000"
    "Number the citizen calls from."

    name: str | None = None
    "Display name sent with the number."

    codec: str = "alaw"
    "Codec offered; alaw is the only one that telephone networks here use."

    voice_hz: int | None = 620
    "Frequency of the tone that stands for the citizen's voice; None sends no voice."

    patience_seconds: float = 30.0
    "How long the citizen lets it ring before hanging up (CANCEL)."

    headers: dict[str, str] = field(default_factory=dict)
    "Further headers of the INVITE, such as the ones a trunk adds."

    def __post_init__(self) -> None:
        if self.codec != "alaw":
            raise ValueError(f"unknown codec {self.codec!r}; allowed: alaw")

    def invite_retransmissions(self) -> int:
        """Return how often to repeat an INVITE that gets no response at all, so as to give up within the patience."""
        # the n-th repetition goes out 0.5 * (2^n - 1) s after the first INVITE (RFC 3261, timer A)
        return max(int(math.log2(self.patience_seconds / 0.5 + 1)) - 1, 1)

    def longest_seconds(self) -> float:
        """Return the longest that a call with this script can take."""
        waits = sum(_longest_seconds(step) for step in self.steps)
        return self.patience_seconds + waits + TEARDOWN_SECONDS


TEARDOWN_SECONDS = 10.0
"What setting up and tearing down a call may add to the script's own time."


def _longest_seconds(step: Step) -> float:
    match step:
        case WaitSeconds(seconds):
            return seconds
        case WaitForCue(max_seconds) | WaitForHangup(max_seconds):
            return max_seconds
        case PressKey(keys):
            return len(keys) * 0.25
        case HangUp():
            return 0.0
