"""The example city's prompts as espeak-ng speaks them: whole, quick to begin, of one loudness, of the right length."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from hotline.config import City, load_city
from hotline.prompts import PromptFolder, PromptReport, build_music, build_prompts
from ivr.speaking import PromptBook

BEIJING = Path(__file__).parents[2] / "examples" / "beijing"

FULL_SCALE = 32768.0
AUDIBLE = 330
"About -40 dBFS."


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(BEIJING)


@pytest.fixture(scope="module")
def prompts_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prompts")


@pytest.fixture(scope="module")
def report(city: City, prompts_dir: Path) -> PromptReport:
    return build_prompts(city, prompts_dir)


def from_alaw(byte: int) -> int:
    """Return the 16-bit sample that an A-law byte stands for (ITU-T G.711)."""
    byte ^= 0x55
    exponent, mantissa = (byte >> 4) & 7, byte & 15
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return size if byte & 0x80 else -size


SAMPLES = [from_alaw(byte) for byte in range(256)]


def samples_of(path: Path) -> list[int]:
    """Return the file's samples at 8 kHz."""
    return [SAMPLES[byte] for byte in path.read_bytes()]


def level_of(samples: list[int]) -> float:
    """Return the mean level in dB below full scale."""
    return 20 * math.log10(math.sqrt(sum(s * s for s in samples) / len(samples)) / FULL_SCALE)


def test_every_prompt_of_the_example_is_spoken(city: City, report: PromptReport) -> None:
    sounds = {f"{sound.language}/{sound.name}": sound for sound in PromptBook(city.prompts).sounds()}
    assert set(report.seconds) == set(sounds)
    assert all(0.5 < report.seconds[name] < 20 for name, sound in sounds.items() if not sound.is_piece)
    assert all(0.1 < report.seconds[name] < 20 for name, sound in sounds.items() if sound.is_piece)


def said_in(report: PromptReport) -> list[str]:
    """Return the sounds in which something is said: all but the pause."""
    return [name for name in report.seconds if not name.endswith("/pause")]


def test_what_callers_must_sit_through_is_short(report: PromptReport) -> None:
    assert report.seconds["zh/greeting"] < 7
    assert report.seconds["zh/main_menu"] < 12
    assert report.seconds["en/main_menu"] < 12


def test_the_first_sound_comes_at_once_and_the_end_is_short(report: PromptReport, prompts_dir: Path) -> None:
    for name in said_in(report):
        audible = [i for i, sample in enumerate(samples_of(prompts_dir / f"{name}.alaw")) if abs(sample) > AUDIBLE]
        total = round(report.seconds[name] * 8000)
        assert audible[0] < 0.02 * 8000, name
        assert total - audible[-1] < 0.3 * 8000, name


def test_all_prompts_are_equally_loud_and_none_is_clipped(city: City, report: PromptReport, prompts_dir: Path) -> None:
    for name in said_in(report):
        samples = samples_of(prompts_dir / f"{name}.alaw")
        # one vowel alone, such as 五, has no soft syllables beside it
        loudest = -17 if name.partition("/")[2] in city.prompts else -13
        assert -26 < level_of(samples) < loudest, name
        assert max(map(abs, samples)) < 0.8 * FULL_SCALE, name


def test_a_second_build_speaks_nothing(city: City, report: PromptReport, prompts_dir: Path) -> None:
    again = build_prompts(city, prompts_dir)
    assert again.spoken == ()
    assert set(again.kept) == set(report.seconds)
    assert PromptFolder(prompts_dir).seconds_of("greeting", "zh") == report.seconds["zh/greeting"]


def test_music_is_softer_than_speech_and_never_silent(tmp_path: Path) -> None:
    build_music(tmp_path)
    samples = samples_of(tmp_path / "default" / "chords.alaw")
    assert len(samples) == 20 * 8000
    assert -36 < level_of(samples) < -27
