"""How fast callers hear something, measured from packets: greeting, next prompt, the operator's voice.

Prints one JSON object as its last line; how it goes is said on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench.capture import captured, read_packets
from bench.city import GREETING, LINE, SECOND_MENU
from bench.moments import CallMoments, Trace, sounds_of
from bench.processes import load, machine
from bench.stage import CITIZEN_HZ, OPERATOR_HZ, Stage, note, open_stage
from hotline.actors.citizens import CitizenCrowd, CrowdResult
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, WaitForHangup, WaitSeconds
from hotline.actors.sounds import write_tone_alaw
from hotline.actors.target_scenario import Answers
from hotline.demo.figures import percentile

ANI = "139[call_number]"
"""SIPp writes the number of the call in the brackets: every citizen has a number."""

Spans = Iterable[tuple[float | None, float | None]]
"""From when to when, in seconds; None where it did not happen."""

OPERATORS = 30
RING_SECONDS, TALK_SECONDS = 0.3, 2.0
BEFORE_KEY_SECONDS = 1.5
"""From the pick-up to the first key, and from there to the second: always in the middle of a prompt."""


@dataclass(frozen=True, slots=True)
class LatencyFigures:
    """What it came to, in milliseconds."""

    invite_to_greeting_p50_ms: float | None
    invite_to_greeting_p99_ms: float | None
    key_to_next_prompt_p50_ms: float | None
    key_to_next_prompt_p99_ms: float | None
    operator_200_to_both_hear_p50_ms: float | None
    operator_200_to_both_hear_p99_ms: float | None
    n: int
    "Calls in which all of it was seen."


def figures_of(calls: Sequence[CallMoments]) -> LatencyFigures:
    """Return the figures of these calls."""
    greeting = _ms((call.invite, call.greeting) for call in calls)
    key = _ms((call.keys[0], call.next_prompt) for call in calls if call.keys)
    both = _ms((call.operator_answered, _both_hear(call)) for call in calls)
    return LatencyFigures(
        invite_to_greeting_p50_ms=_share(greeting, 0.50),
        invite_to_greeting_p99_ms=_share(greeting, 0.99),
        key_to_next_prompt_p50_ms=_share(key, 0.50),
        key_to_next_prompt_p99_ms=_share(key, 0.99),
        operator_200_to_both_hear_p50_ms=_share(both, 0.50),
        operator_200_to_both_hear_p99_ms=_share(both, 0.99),
        n=min(len(greeting), len(key), len(both)),
    )


def explain(calls: Sequence[CallMoments]) -> None:
    """Say where the time went."""
    parts: dict[str, Spans] = {
        "INVITE to 200 OK": [(call.invite, call.answered) for call in calls],
        "200 OK to the greeting": [(call.answered, call.greeting) for call in calls],
        "first key to the second menu": [(call.keys[0], call.next_prompt) for call in calls if call.keys],
        "second key to the operator's INVITE": [
            (call.keys[1], call.operator_invite) for call in calls if call.keys[1:]
        ],
        "operator's 200 OK to the phone's own first packet": [(c.operator_answered, c.operator_speaks) for c in calls],
        "phone's first packet to the citizen's ear": [(call.operator_speaks, call.citizen_hears) for call in calls],
        "operator's 200 OK to the citizen's voice": [(call.operator_answered, call.operator_hears) for call in calls],
    }
    for name, spans in parts.items():
        values = _ms(spans)
        shares = " ".join(f"p{share * 100:g} {_share(values, share)}" for share in (0.01, 0.5, 0.9, 0.99, 1.0))
        note(f"{name}, ms: {shares} (n {len(values)})")


def _both_hear(call: CallMoments) -> float | None:
    if call.citizen_hears is None or call.operator_hears is None:
        return None
    return max(call.citizen_hears, call.operator_hears)


def _ms(spans: Spans) -> list[float]:
    """Return the lengths, ascending, of those that have both ends."""
    return sorted((until - since) * 1000 for since, until in spans if since is not None and until is not None)


def _share(ascending: Sequence[float], share: float) -> float | None:
    value = percentile(ascending, share)
    return None if value is None else round(value, 1)


@asynccontextmanager
async def open_line() -> AsyncIterator[Stage]:
    """Open the city of this benchmark."""
    async with open_stage(operators=OPERATORS, answers=Answers(RING_SECONDS, TALK_SECONDS)) as stage:
        yield stage


async def place(
    stage: Stage, calls: int, rate: float, folder: Path, *, silent: bool = False, ani: str = ANI
) -> CrowdResult:
    """Let citizens call and say what became of them."""
    steps = (WaitSeconds(BEFORE_KEY_SECONDS), PressKey("1"), WaitSeconds(BEFORE_KEY_SECONDS), PressKey("2"))
    script = CitizenScript((*steps, WaitForHangup(30), HangUp()), ani=ani, voice_hz=None if silent else CITIZEN_HZ)
    crowd = CitizenCrowd(
        script, target=stage.sip_address, dialled=LINE, folder=folder, calls=calls, calls_per_second=rate
    )
    await crowd.start()
    try:
        return await crowd.result()
    finally:
        await crowd.stop()


def read_moments(stage: Stage, path: Path) -> list[CallMoments]:
    """Read a capture."""
    prompts = stage.settings.prompts_dir / "zh"
    voices = {
        "operator": sounds_of(write_tone_alaw(stage.folder / "operator.alaw", OPERATOR_HZ)),
        "citizen": sounds_of(write_tone_alaw(stage.folder / "citizen.alaw", CITIZEN_HZ)),
    }
    trace = Trace(read_packets(path), stage.settings)
    return trace.calls(sounds_of(prompts / f"{GREETING}.alaw"), sounds_of(prompts / f"{SECOND_MENU}.alaw"), voices)


async def measure(calls: int, rate: float, *, silent: bool = False) -> LatencyFigures:
    """Place the calls and measure."""
    async with open_line() as stage:
        note(f"{calls} calls, {rate:g} a second, on {machine()}")
        async with captured(stage.settings, stage.folder / "capture") as path:
            result = await place(stage, calls, rate, stage.folder / "citizens", silent=silent)
        moments = await asyncio.to_thread(read_moments, stage, path)
    note(f"{result.placed} calls placed, {result.answered_200} picked up, {result.unended} unended; load now {load()}")
    explain(moments)
    return figures_of(moments)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100, help="how many calls")
    parser.add_argument("--rate", type=float, default=2.0, help="calls a second")
    parser.add_argument("--silent", action="store_true", help="citizens send no voice at all")
    options = parser.parse_args()
    figures = uvloop.run(measure(options.calls, options.rate, silent=options.silent))
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
