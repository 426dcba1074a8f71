"""The speech engine: turns a text into a WAV file with a command or an HTTP address, one setting of the city."""

from __future__ import annotations

import http.client
import re
import shlex
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calls.errors import HotlineError
from hotline.config.city import Speech
from hotline.precedence import yield_precedence

ESPEAK = ("espeak-ng", "-v", "{voice}", "-s", "{rate}", "-w", "{output}", "-f", "{text_file}")
"What speaks where the city names no engine."

DEFAULT_RATE = 170
"Words a minute of a language without a rate of its own."

ENGINE_SECONDS = 60.0
"Longest time that the engine may take for one prompt."

MAX_WAV_BYTES = 50_000_000
"A WAV file from an HTTP engine is refused beyond this."


class SpeechFailed(HotlineError):
    """The speech engine gave no sound."""

    error_id = "speech_failed"


@dataclass(frozen=True, slots=True)
class SpeechEngine:
    """How prompts are spoken."""

    command: tuple[str, ...] = ESPEAK
    "Program and arguments with {text}, {text_file}, {lang}, {voice}, {rate} and {output} in them."
    url: str | None = None
    "HTTP address to use instead of the command."
    voices: Mapping[str, str] = field(default_factory=lambda: dict(Speech().voices))
    "Language to the engine's name of a voice; the language itself where it has none."
    rates: Mapping[str, int] = field(default_factory=lambda: dict(Speech().rates))
    "Language to words a minute."

    @classmethod
    def of(cls, speech: Speech) -> SpeechEngine:
        """Return the engine that city.yaml asks for."""
        command = tuple(shlex.split(speech.command)) if speech.command else ESPEAK
        return cls(command, speech.url, dict(speech.voices), dict(speech.rates))

    def fingerprint(self, language: str) -> str:
        """Return what a prompt in this language depends on, besides its text."""
        return "\0".join((self.url or "\0".join(self.command), *self._values(language).values()))

    def speak(self, text: str, language: str, wav: Path) -> None:
        """Write the spoken text to the WAV file; raise SpeechFailed where that can't be done."""
        if self.url is not None:
            self._ask(self.url, text, language, wav)
        else:
            self._run(text, language, wav)
        if not wav.is_file() or wav.stat().st_size == 0:
            raise SpeechFailed("the speech engine wrote no sound")

    def _values(self, language: str) -> dict[str, str]:
        rate = str(self.rates.get(language, DEFAULT_RATE))
        return {"lang": language, "voice": self.voices.get(language, language), "rate": rate}

    def _run(self, text: str, language: str, wav: Path) -> None:
        text_file = wav.with_suffix(".txt")
        text_file.write_text(text, encoding="utf-8")
        values = {**self._values(language), "text": text, "text_file": str(text_file), "output": str(wav)}
        run_tool([fill(word, values) for word in self.command])

    def _ask(self, url: str, text: str, language: str, wav: Path) -> None:
        address = fill(url, {key: urllib.parse.quote(value) for key, value in self._values(language).items()})
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept": "audio/wav"}
        request = urllib.request.Request(address, text.encode(), headers)  # city.yaml allows http and https only
        try:
            with urllib.request.urlopen(request, timeout=ENGINE_SECONDS) as response:
                sound = response.read(MAX_WAV_BYTES + 1)
        except urllib.error.HTTPError as error:
            error.close()  # it is the response, and holds the connection
            raise SpeechFailed(f"the speech engine at {url} answered with status {error.code}") from error
        except (urllib.error.URLError, OSError, ValueError, http.client.HTTPException) as error:
            raise SpeechFailed(f"the speech engine at {url} gave no sound: {error}") from error
        if len(sound) > MAX_WAV_BYTES:
            raise SpeechFailed(f"the speech engine at {url} answered with more than {MAX_WAV_BYTES} bytes")
        wav.write_bytes(sound)


def fill(word: str, values: Mapping[str, str]) -> str:
    """Return the word with its {placeholders} filled, in one pass: a text that holds {output} stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), word)


def run_tool(command: Sequence[str]) -> None:
    """Run a program without a shell and with a deadline; raise SpeechFailed with what it complained about."""
    program = command[0]
    try:
        exit_code, said = _run(command)
    except FileNotFoundError as error:
        raise SpeechFailed(f"{program} is not installed; on Debian: apt-get install {Path(program).name}") from error
    except subprocess.TimeoutExpired as error:
        raise SpeechFailed(f"{program} took longer than {ENGINE_SECONDS:.0f} seconds") from error
    except (OSError, ValueError) as error:
        raise SpeechFailed(f"{program} can't be run: {error}") from error
    if exit_code != 0:
        complaint = said.decode("utf-8", "replace").strip().splitlines()
        raise SpeechFailed(f"{program} failed with exit code {exit_code}: {complaint[-1] if complaint else ''}")


def _run(command: Sequence[str]) -> tuple[int, bytes]:
    """Return a program's exit code and what it said on standard error."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=pipe) as process:
        yield_precedence(process.pid)
        try:
            _, said = process.communicate(timeout=ENGINE_SECONDS)
        except BaseException:
            process.kill()
            raise
    return process.returncode, said
