"""Who calls when, what the operators do, how the hotlines behave: the minute that `hotline demo` plays."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.actors.operators import Habit
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, Step, WaitForHangup, WaitSeconds
from hotline.actors.target_scenario import Answers, Behaviour, NoAnswer, Refuses

LONGEST_CALL_SECONDS = 75.0
"""No citizen of the demo stays longer than this."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One citizen's call."""

    at_seconds: float
    dialled: str
    steps: tuple[Step, ...]

    def script(self, number: int) -> CitizenScript:
        """Return it as a script; each citizen calls from a number of their own."""
        return CitizenScript((*self.steps, HangUp()), ani=f"138{number:08d}", name=f"demo {number}")


def _stay(*steps: Step, seconds: float | None = None) -> tuple[Step, ...]:
    """Add the rest of a call: until the far end hangs up, or for so long."""
    rest: Step = WaitForHangup(LONGEST_CALL_SECONDS) if seconds is None else WaitSeconds(seconds)
    return (*steps, rest)


PERSON = _stay(WaitSeconds(1.0), PressKey("1"))
SILENT = _stay()
"""Presses nothing, and gets a person."""
ENTERPRISE = _stay(WaitSeconds(1.5), PressKey("3"))
ENGLISH = _stay(WaitSeconds(1.2), PressKey("8"))


def _utility(key: str) -> tuple[Step, ...]:
    return _stay(WaitSeconds(1.0), PressKey("2"), WaitSeconds(1.0), PressKey(key))


SOCIAL_SECURITY_LONG = _stay(WaitSeconds(0.8), PressKey("2"), seconds=24.0)
"""Keeps one of the three operators for social security busy."""
SOCIAL_SECURITY_GIVES_UP = _stay(WaitSeconds(0.8), PressKey("2"), seconds=9.0)
"""Finds all three busy, waits, and gives up."""

LINE, ENTERPRISE_LINE = "12345", "1234501"

VISITS: tuple[Visit, ...] = (
    Visit(0.0, ENTERPRISE_LINE, SOCIAL_SECURITY_LONG),
    Visit(0.3, ENTERPRISE_LINE, SOCIAL_SECURITY_LONG),
    Visit(0.6, ENTERPRISE_LINE, SOCIAL_SECURITY_LONG),
    Visit(1.5, LINE, PERSON),
    Visit(2.5, LINE, SILENT),
    Visit(4.0, ENTERPRISE_LINE, SOCIAL_SECURITY_GIVES_UP),
    Visit(4.5, LINE, _utility("2")),  # gas: answers
    Visit(5.5, LINE, PERSON),
    Visit(6.5, ENTERPRISE_LINE, SOCIAL_SECURITY_GIVES_UP),
    Visit(7.5, LINE, PERSON),
    Visit(8.5, LINE, _utility("1")),  # water: answers
    Visit(10.0, LINE, PERSON),
    Visit(11.0, LINE, SILENT),
    Visit(12.5, LINE, _utility("4")),  # power: busy, goes to a person
    Visit(13.5, LINE, ENGLISH),
    Visit(15.0, LINE, PERSON),
    Visit(16.5, LINE, ENTERPRISE),
    Visit(18.0, LINE, PERSON),
    Visit(19.5, LINE, _utility("2")),
    Visit(21.0, LINE, PERSON),
    Visit(22.5, LINE, SILENT),
    Visit(24.0, LINE, PERSON),
    Visit(25.5, LINE, _utility("1")),
    Visit(27.0, LINE, ENGLISH),
    Visit(28.5, LINE, PERSON),
    Visit(30.0, LINE, PERSON),
    Visit(32.0, LINE, PERSON),
    Visit(34.0, LINE, ENTERPRISE),
    Visit(36.0, LINE, PERSON),
    Visit(38.0, LINE, PERSON),
)

HOTLINES: dict[str, Behaviour] = {
    "96777": Answers(after_seconds=1.0, talk_seconds=5.0),  # gas
    "96116": Answers(after_seconds=1.5, talk_seconds=4.0),  # water
    "96069": NoAnswer(),  # heating
    "95598": Refuses(486, after_seconds=0.4),  # power
}


def _passes_on(key: str) -> Habit:
    return Habit(ring_seconds=0.8, keys=f"*1{key}", keys_after_seconds=2.5)


def _talks(seconds: float, ring_seconds: float = 0.8) -> Habit:
    return Habit(ring_seconds=ring_seconds, talk_seconds=seconds)


_PATIENT = Habit(ring_seconds=0.8, talk_seconds=26.0)
"""Lets the citizen hang up first, where they ever do."""

OPERATORS: dict[str, tuple[Habit, ...]] = {
    "1001": (_passes_on("02"), _talks(7.0), _talks(5.0)),  # gas: answers
    "1002": (_PATIENT, _talks(6.0)),
    "1003": (_talks(6.0), _passes_on("01"), _talks(6.0)),  # water: answers
    "1004": (_passes_on("03"), _talks(6.0), _talks(5.0)),  # heating: no answer, comes back
    "1005": (_talks(7.0), _talks(5.0, ring_seconds=1.5)),
    "1006": (_PATIENT, _talks(5.0)),
    "1007": (_PATIENT, _talks(6.0)),
    "1008": (_passes_on("04"), _talks(6.0), _passes_on("02"), _talks(5.0)),  # power: busy, comes back
}
