"""Building prompts, with a small engine of its own in place of espeak-ng."""

from __future__ import annotations

import dataclasses
import http.server
import os
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from calls.errors import NotFound
from hotline.config import City, load_city
from hotline.prompts import PromptFolder, PromptsFailed, SpeechEngine, build_music, build_prompts
from hotline.prompts_speech import fill

BEIJING = Path(__file__).parents[3] / "examples" / "beijing"

ENGINE = """
import math, pathlib, struct, sys, wave
lang, output, text = sys.argv[1:4]
with open(pathlib.Path(__file__).parent / "spoken", "a", encoding="utf-8") as spoken:
    spoken.write(text + "\\n")
if text == "fail":
    sys.exit("the engine has a cold")
with wave.open(output, "wb") as out:
    out.setparams((1, 2, 16000, 0, "NONE", ""))
    out.writeframes(bytes(2 * 4000))
    if text != "silence":
        out.writeframes(b"".join(struct.pack("<h", int(12000 * math.sin(i / 5))) for i in range(8000)))
    out.writeframes(bytes(2 * 8000))
"""


@pytest.fixture(scope="module")
def beijing() -> City:
    return load_city(BEIJING)


@pytest.fixture
def city(beijing: City, tmp_path: Path) -> City:
    """Return a city with three prompts, whose folder has no recordings."""
    prompts = {name: {"zh": f"{name}二", "en": f"{name} two"} for name in ("greeting", "goodbye", "closed")}
    return dataclasses.replace(beijing, prompts=prompts, config_dir=tmp_path / "config")


@pytest.fixture
def engine(tmp_path: Path) -> SpeechEngine:
    script = tmp_path / "engine.py"
    script.write_text(ENGINE, encoding="utf-8")
    return SpeechEngine((sys.executable, "-S", str(script), "{lang}", "{output}", "{text}"))


@pytest.fixture
def spoken(tmp_path: Path) -> Callable[[], list[str]]:
    """Return a function that tells which texts the engine was given since the last time."""
    path = tmp_path / "spoken"

    def take() -> list[str]:
        texts = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return sorted(texts)

    return take


def with_text(city: City, prompt: str, language: str, text: str) -> City:
    """Return the city with one text changed."""
    return dataclasses.replace(city, prompts={**city.prompts, prompt: {**city.prompts[prompt], language: text}})


def record(path: Path, seconds: float = 2.0) -> None:
    """Write a recording: 16-bit stereo at 44.1 kHz, as from a studio."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", ""))
        out.writeframes(os.urandom(int(seconds * 44100) * 4))


def test_every_prompt_is_spoken_in_every_language(city: City, engine: SpeechEngine, tmp_path: Path) -> None:
    report = build_prompts(city, tmp_path / "prompts", engine=engine)
    names = {f"{language}/{prompt}" for language in ("zh", "en") for prompt in ("greeting", "goodbye", "closed")}
    assert set(report.spoken) == names
    assert {str(path.relative_to(tmp_path / "prompts")) for path in (tmp_path / "prompts").rglob("*.alaw")} == {
        f"{name}.alaw" for name in names
    }
    folder = PromptFolder(tmp_path / "prompts")
    assert folder.sound("greeting", "zh") == str(tmp_path / "prompts" / "zh" / "greeting")
    with pytest.raises(NotFound, match="nothing was not built in zh"):
        folder.seconds_of("nothing", "zh")


def test_silence_around_the_words_is_cut(city: City, engine: SpeechEngine, tmp_path: Path) -> None:
    report = build_prompts(city, tmp_path / "prompts", engine=engine)
    # the engine gives 0.25 s silence, 0.5 s sound, 0.5 s silence; 0.12 s stay at the end
    assert report.seconds["zh/greeting"] == pytest.approx(0.62, abs=0.03)
    assert PromptFolder(tmp_path / "prompts").seconds_of("greeting", "zh") == report.seconds["zh/greeting"]


def test_only_what_changed_is_spoken_again(
    city: City, engine: SpeechEngine, tmp_path: Path, spoken: Callable[[], list[str]]
) -> None:
    prompts = tmp_path / "prompts"
    build_prompts(city, prompts, engine=engine)
    spoken()
    report = build_prompts(city, prompts, engine=engine)
    assert (spoken(), report.spoken, len(report.kept)) == ([], (), 6)
    report = build_prompts(with_text(city, "goodbye", "en", "so long"), prompts, engine=engine)
    assert (spoken(), report.spoken) == (["so long"], ("en/goodbye",))
    (prompts / "zh" / "closed.alaw").unlink()
    build_prompts(with_text(city, "goodbye", "en", "so long"), prompts, engine=engine)
    assert spoken() == ["closed二"]
    build_prompts(city, prompts, engine=dataclasses.replace(engine, voices={**engine.voices, "en": "another"}))
    assert spoken() == ["closed two", "goodbye two", "greeting two"]


def test_a_prompt_that_nothing_names_is_removed_and_nothing_else(
    city: City, engine: SpeechEngine, tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts"
    build_prompts(city, prompts, engine=engine)
    (prompts / "zh" / "own.alaw").write_bytes(b"\xd5" * 8000)
    fewer = dataclasses.replace(city, prompts={name: city.prompts[name] for name in ("greeting", "goodbye")})
    assert set(build_prompts(fewer, prompts, engine=engine).removed) == {"zh/closed", "en/closed"}
    assert sorted(path.name for path in (prompts / "zh").iterdir()) == ["goodbye.alaw", "greeting.alaw", "own.alaw"]


def test_a_recording_wins_and_its_removal_brings_the_text_back(
    city: City, engine: SpeechEngine, tmp_path: Path, spoken: Callable[[], list[str]]
) -> None:
    prompts, recorded = tmp_path / "prompts", city.config_dir / "prompts"
    record(recorded / "zh" / "greeting.wav", 2.0)
    report = build_prompts(city, prompts, engine=engine)
    assert report.converted == ("zh/greeting",)
    assert report.seconds["zh/greeting"] == pytest.approx(2.0, abs=0.01)
    assert "greeting二" not in spoken()
    record(recorded / "zh" / "greeting.wav", 1.0)
    assert build_prompts(city, prompts, engine=engine).seconds["zh/greeting"] == pytest.approx(1.0, abs=0.01)
    (recorded / "zh" / "greeting.wav").unlink()
    assert build_prompts(city, prompts, engine=engine).spoken == ("zh/greeting",)
    assert spoken() == ["greeting二"]


def test_one_prompt_that_fails_keeps_none_of_the_others_back(
    city: City, engine: SpeechEngine, tmp_path: Path, spoken: Callable[[], list[str]]
) -> None:
    bad = with_text(with_text(city, "closed", "en", "fail"), "closed", "zh", "silence")
    with pytest.raises(PromptsFailed) as caught:
        build_prompts(bad, tmp_path / "prompts", engine=engine)
    assert len(caught.value.problems) == 2
    assert "the engine has a cold" in caught.value.problems[0]
    assert "nothing but silence was spoken" in caught.value.problems[1]
    spoken()
    build_prompts(city, tmp_path / "prompts", engine=engine)
    assert spoken() == ["closed two", "closed二"]


def test_a_text_is_never_a_command(
    city: City, engine: SpeechEngine, tmp_path: Path, spoken: Callable[[], list[str]]
) -> None:
    text = f"$(touch {tmp_path}/owned) `touch {tmp_path}/owned`; touch {tmp_path}/owned & --help '\""
    build_prompts(with_text(city, "closed", "en", text), tmp_path / "prompts", engine=engine)
    assert text in spoken()
    assert not (tmp_path / "owned").exists()


def test_placeholders_are_filled_once() -> None:
    assert fill("{text}|{lang}|{unknown}", {"text": "{lang}", "lang": "zh"}) == "{lang}|zh|{unknown}"


def test_a_damaged_manifest_builds_again_and_touches_nothing_outside(
    city: City, engine: SpeechEngine, tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts"
    build_prompts(city, prompts, engine=engine)
    outside = tmp_path / "outside.alaw"
    outside.write_bytes(b"\xd5")
    for damage in ('{"../outside": "x"}', '["zh/greeting"]', '{"zh/gre', "\ud7ff"):
        (prompts / "manifest.json").write_text(damage, encoding="utf-8")
        assert len(build_prompts(city, prompts, engine=engine).spoken) == 6
    assert outside.exists()


def test_a_killed_build_leaves_whole_files_and_is_tidied_up(city: City, engine: SpeechEngine, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    left, fresh = prompts / ".building-old", prompts / ".building-new"
    for folder in (left, fresh):
        folder.mkdir(parents=True)
        (folder / "zh-greeting.wav").write_bytes(b"RIFF")
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    build_prompts(city, prompts, engine=engine)
    assert not left.exists()
    assert fresh.exists()  # another build may be at work there
    assert [path.name for path in prompts.glob(".building-*")] == [".building-new"]


def test_a_missing_program_is_named_with_its_mend(city: City, tmp_path: Path) -> None:
    with pytest.raises(
        PromptsFailed, match="no-such-engine is not installed; on Debian: apt-get install no-such-engine"
    ):
        build_prompts(city, tmp_path / "prompts", engine=SpeechEngine(("no-such-engine", "{text}", "{output}")))


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.path, text))  # type: ignore[attr-defined]
        sound = BytesIO()
        with wave.open(sound, "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", ""))
            out.writeframes(os.urandom(16000))
        self.send_response(200 if "closed" not in text else 503)
        self.end_headers()
        self.wfile.write(sound.getvalue())

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def speech_server() -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def test_an_engine_may_be_an_http_address(
    city: City, tmp_path: Path, speech_server: http.server.ThreadingHTTPServer
) -> None:
    engine = SpeechEngine(url=f"http://127.0.0.1:{speech_server.server_port}/tts?lang={{lang}}&voice={{voice}}")
    with pytest.raises(PromptsFailed, match=r"zh/closed.*status 503") as caught:
        build_prompts(city, tmp_path / "prompts", engine=engine)
    assert len(caught.value.problems) == 2
    assert ("/tts?lang=zh&voice=cmn", "greeting二") in speech_server.asked  # type: ignore[attr-defined]
    assert PromptFolder(tmp_path / "prompts").seconds_of("greeting", "zh") == pytest.approx(1.12, abs=0.03)


def test_music_is_made_once_and_recordings_replace_it(tmp_path: Path) -> None:
    music, own = tmp_path / "music", tmp_path / "own"
    build_music(music, own)
    chords = music / "default" / "chords.alaw"
    assert chords.stat().st_size == 20 * 8000
    made = chords.stat().st_mtime_ns
    build_music(music, own)
    assert chords.stat().st_mtime_ns == made
    record(own / "default" / "waltz.wav", 3.0)
    record(own / "guzheng" / "river.wav", 1.0)
    build_music(music, own)
    assert sorted(str(path.relative_to(music)) for path in music.rglob("*") if path.is_file()) == [
        "default/waltz.alaw",
        "guzheng/river.alaw",
    ]
