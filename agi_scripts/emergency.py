#!/usr/bin/env python3
"""What Asterisk runs by itself, as AGI(emergency,/path/to/plan.json), when the service cannot be reached.

It needs the standard library and pyst2, and nothing of the service. It answers, rings every operator whose phone is
registered, then the hotline, and leaves one JSON file for each call in the plan's spool folder, from which the service
counts the call when it is back. Nothing that came from the caller is ever put into a command.

While the call goes on its steps stand in `<call>.part`, one line each, the last one true; `<call>.json` with one line
replaces it at the end. A `.part` that is left over is a call that Asterisk or the machine did not survive.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from asterisk.agi import AGI, AGIAppError, AGIError, AGIHangup, AGIUnknownError

MAX_PHONES_AT_ONCE = 40  # phones; a command line holds 8191 bytes, and each phone rung costs an INVITE
MAX_OPERATORS = 2_000  # operators of a plan
MAX_ROUNDS = 100  # times round the operators
MAX_RING_SECONDS = 600  # seconds
MAX_TEXT = 128  # characters kept of what the caller's side sent
LEAST_MUSIC_SECONDS = 1.0  # seconds

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_DESTINATION = re.compile(r"[A-Za-z0-9]{1,16}/[A-Za-z0-9_.@+*#:-]{1,128}")
_PROMPT = re.compile(r"[^\x00-\x1f\"\\,&|()\[\]${}]{1,1024}")
_PEER = re.compile(r"PJSIP/(.+)-[0-9a-f]+")


class CallerGone(Exception):
    """The caller hung up (`caller`), or Asterisk is gone (`unknown`)."""

    def __init__(self, ended_by: str) -> None:
        super().__init__(ended_by)
        self.ended_by = ended_by


class PlanWrong(Exception):
    """The plan cannot be used."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, written by the service while it was well."""

    operators: tuple[str, ...]
    "Names of the operators' SIP endpoints."
    hotline: str | None
    "Where to turn when no operator answers."
    ring_seconds: int
    rounds: int
    please_wait: str | None
    all_busy: str | None
    spool_dir: Path
    answered_context: str | None
    "Dialplan context run on the answering phone, which notes when; without it the time of dialling is taken."


def read_plan(path: str) -> Plan:
    """Return the plan, without values that are unfit; raises PlanWrong where nothing can be done with it."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        spool_dir = Path(data["spool_dir"])
        operators: list[Any] = list(data.get("operators") or [])
        prompts: dict[str, Any] = dict(data.get("prompts") or {})
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as exc:
        raise PlanWrong(f"plan {path}: {type(exc).__name__}") from exc
    return Plan(
        operators=tuple(o for o in operators if _text(_NAME, o))[:MAX_OPERATORS],
        hotline=_text(_DESTINATION, data.get("hotline")),
        ring_seconds=_number(data.get("ring_seconds"), default=20, most=MAX_RING_SECONDS),
        rounds=_number(data.get("rounds"), default=3, most=MAX_ROUNDS),
        please_wait=_text(_PROMPT, prompts.get("please_wait")),
        all_busy=_text(_PROMPT, prompts.get("all_busy")),
        spool_dir=spool_dir,
        answered_context=_text(_NAME, data.get("answered_context")),
    )


def _text(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _number(value: Any, *, default: int, most: int) -> int:
    return min(max(value, 1), most) if type(value) is int else default


@dataclass(slots=True)
class Record:
    """What the service needs to know to count the call."""

    call_id: str
    ani: str
    dnis: str
    started_at: str
    answered_at: str | None = None
    answered_operator: str | None = None
    answered_by: str | None = None
    "operator or hotline."
    ended_at: str | None = None
    outcome: str = "abandoned"
    "answered, abandoned or not_connected."
    ended_by: str = "unknown"
    "caller, operator, target (the hotline), service (nobody answered) or unknown."


class Spool:
    """One call's file in the spool folder. A full or missing disk never stops the call."""

    def __init__(self, folder: Path, record: Record) -> None:
        self._folder = folder
        self._record = record
        # the process id keeps a call that comes here twice in two files
        self._name = re.sub(r"[^A-Za-z0-9_.-]", "_", record.call_id)[:100] + f"-{os.getpid()}"

    def note(self) -> None:
        """Write down how far the call is."""
        with _disk():
            self._write(".part", "a")

    def finish(self) -> None:
        """Put the whole record in its place."""
        with _disk():
            self._write(".tmp", "w").rename(self._folder / f"{self._name}.json")
            descriptor = os.open(self._folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
            (self._folder / f"{self._name}.part").unlink(missing_ok=True)

    def _write(self, suffix: str, mode: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / (self._name + suffix)
        with path.open(mode, encoding="ascii") as file:
            file.write(json.dumps(asdict(self._record)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return path


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        complain(f"spool: {exc.strerror}")


def complain(what: str) -> None:
    """Tell Asterisk's console, without any number in it; nobody may be there to hear."""
    with contextlib.suppress(OSError):
        os.write(2, f"emergency: {what}\n".encode())


def utc(seconds: float) -> str:
    """Return the moment as the record holds it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


class _Input:
    """Asterisk's lines, for pyst2, which by itself would spin for ever at their end and die of a byte not UTF-8."""

    def __init__(self) -> None:
        self._file = open(0, "rb", closefd=False)  # noqa: SIM115 -- stdin, open as long as the process

    def readline(self) -> str:
        line = self._file.readline()
        if not line:
            raise CallerGone("unknown")
        return line.decode("utf-8", errors="replace")


class _Output:
    """Commands to Asterisk, unbuffered: nothing is left to fail at exit when Asterisk has gone."""

    def write(self, text: str) -> None:
        os.write(1, text.encode())

    def flush(self) -> None:
        """Nothing is ever kept back."""


class Line:
    """The caller's channel, through pyst2."""

    def __init__(self) -> None:
        # pyst2 writes numbers and names to its stderr, which would be Asterisk's console
        self._agi: Any = AGI(_Input(), _Output(), io.StringIO())
        # a caller's %0A can end the header early or put lines behind it: read on to the answer to our own question
        token = secrets.token_hex(8)
        self._agi.send_command("GET FULL VARIABLE", f'"{token}"')
        while token not in self._agi.stdin.readline():
            pass

    def header(self, name: str) -> str:
        """Return what Asterisk said of the channel; empty where it knows nothing."""
        value = str(self._agi.env.get(name, ""))[:MAX_TEXT]
        return "" if value == "unknown" else value

    def ask(self, expression: str) -> str:
        """Return the expression's value; also after a hang-up, where pyst2's own verb would only raise."""
        self._agi.send_command("GET FULL VARIABLE", f'"{expression}"')
        return str(self._agi.get_result()["result"][1])

    def run(self, *words: str) -> str:
        """Run a command and return its result; raises CallerGone."""
        try:
            return str(self._agi.execute(*words)["result"][0])
        except (AGIHangup, AGIUnknownError) as exc:
            raise CallerGone("caller") from exc
        except AGIAppError:
            # -1: a file is missing, or the caller left; a channel that is gone has no status (511)
            if words[0] != "CHANNEL STATUS":
                self.run("CHANNEL STATUS")
            return "-1"

    def play(self, prompt: str | None) -> None:
        """Play a prompt, if there is one."""
        if prompt:
            self.run("STREAM FILE", f'"{prompt}"', '""')

    def registered(self, operators: tuple[str, ...]) -> list[str]:
        """Return operators whose phones can be rung, in any order, so that nobody is always first."""
        found: list[str] = []
        for operator in random.sample(operators, len(operators)):
            if len(found) < MAX_PHONES_AT_ONCE and self.ask(f"${{PJSIP_DIAL_CONTACTS({operator})}}"):
                found.append(operator)
        return found


def dial(line: Line, plan: Plan, record: Record, destinations: str, *, hotline: bool) -> bool:
    """Ring the destinations and stay until the conversation is over; say whether there was one."""
    context = f"U({plan.answered_context})" if plan.answered_context else ""
    began = time.time()
    gone: CallerGone | None = None
    try:
        line.run("EXEC", "Dial", f'"{destinations},{plan.ring_seconds},mg{context}"')
    except CallerGone as exc:
        if exc.ended_by != "caller":
            raise
        gone = exc
    status, peer, at = line.ask("${DIALSTATUS}|${DIALEDPEERNAME}|${EMERGENCY_ANSWERED_AT}").split("|")
    if status != "ANSWER":
        if gone is not None:
            raise gone
        return False
    match = None if hotline else _PEER.fullmatch(peer)
    record.outcome = "answered"
    record.answered_by = "hotline" if hotline else "operator"
    record.answered_operator = match[1] if match else None
    record.answered_at = utc(float(at) if at.isdecimal() else began)
    record.ended_by = "caller" if gone else ("target" if hotline else "operator")
    return True


def serve(line: Line, plan: Plan, record: Record, spool: Spool) -> None:
    """Take one call from picking up to its end; raises CallerGone."""
    line.run("ANSWER")
    line.play(plan.please_wait)
    for _ in range(plan.rounds):
        began = time.monotonic()
        phones = line.registered(plan.operators)
        if phones and dial(line, plan, record, "&".join(f"PJSIP/{phone}" for phone in phones), hotline=False):
            return
        if not phones and plan.hotline:
            break
        # all of them busy: the caller waits with music, instead of using up the rounds in a moment
        left = plan.ring_seconds - (time.monotonic() - began)
        if left >= LEAST_MUSIC_SECONDS:
            line.run("EXEC", "MusicOnHold", f'",{left:.0f}"')
    if plan.hotline and dial(line, plan, record, plan.hotline, hotline=True):
        return
    record.outcome = "not_connected"
    record.ended_by = "service"
    spool.note()
    line.play(plan.all_busy)


def _stop(_signal: int, _frame: object) -> NoReturn:
    raise CallerGone("unknown")


def main(argv: list[str]) -> int:
    """Run the script; 0 when the call was taken care of."""
    started = utc(time.time())
    signal.signal(signal.SIGTERM, _stop)
    try:
        plan = read_plan(argv[1] if len(argv) > 1 else "")
        line = Line()
        call_id = line.ask("${CHANNEL(linkedid)}") or line.header("agi_uniqueid")
    except (PlanWrong, CallerGone, AGIError, OSError, ValueError) as exc:
        complain(f"{type(exc).__name__} before the call could be taken")
        return 1
    dnis = line.header("agi_dnid") or line.header("agi_extension")
    record = Record(call_id=call_id, ani=line.header("agi_callerid"), dnis=dnis, started_at=started)
    spool = Spool(plan.spool_dir, record)
    spool.note()
    try:
        serve(line, plan, record, spool)
    except CallerGone as exc:
        record.ended_by = exc.ended_by
    except (AGIError, OSError, ValueError) as exc:
        complain(f"{type(exc).__name__} from Asterisk")
    finally:
        record.ended_at = utc(time.time())
        spool.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
