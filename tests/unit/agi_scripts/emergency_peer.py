"""Asterisk for tests of the emergency script: starts it with pipes, answers its commands, sends its signals."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import agi_scripts

SCRIPT = Path(agi_scripts.__file__).with_name("emergency.py")
DEADLINE_SECONDS = 20.0
HEADER = b"""agi_request: emergency
agi_channel: PJSIP/trunk-city-00000001
agi_uniqueid: 1795336747.6
agi_callerid: 13800000000
agi_calleridname: unknown
agi_dnid: 12345
agi_extension: s
agi_threadid: 1

"""
PLAN: dict[str, Any] = {
    "operators": ["op1001", "op1002", "op1003"],
    "hotline": "PJSIP/96777@trunk-city",
    "ring_seconds": 1,
    "rounds": 2,
    "prompts": {"please_wait": "/p/please wait", "all_busy": "/p/all_busy"},
}


class Asterisk:
    """Starts the script and answers its commands; `heard` holds every one of them."""

    def __init__(self, plan: Path, header: bytes = HEADER) -> None:
        # as the wrapper does: a hang-up before pyst2 has its handler must not kill
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-W", "error::ResourceWarning", str(SCRIPT), str(plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        )
        self.heard: list[str] = []
        self.registered = ["op1001", "op1002"]
        self.peer = ""
        self.hung_up = False
        "The caller left: the channel is dead."
        self.dials: list[Callable[[], str]] = []
        "What each Dial comes to: a function that returns DIALSTATUS."
        self._status = ""
        self._buffer = b""
        self.says(header)

    def says(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hang_up(self) -> None:
        """The caller leaves: Asterisk sends SIGHUP."""
        self.hung_up = True
        self.process.send_signal(signal.SIGHUP)

    def hears(self) -> str | None:
        """Return the next command; None when the script has closed its side."""
        assert self.process.stdout is not None
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_SECONDS)
            assert ready, f"nothing after {self.heard}"
            data = os.read(self.process.stdout.fileno(), 65_536)
            if not data:
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        self.heard.append(line.decode())
        return self.heard[-1]

    def runs(self) -> int:
        """Answer every command until the script ends; return its exit code."""
        while (command := self.hears()) is not None:
            self.says(self.reply(command).encode())
        return self.ends()

    def ends(self) -> int:
        code = self.process.wait(DEADLINE_SECONDS)
        assert self.process.stderr is not None
        self.stderr = self.process.stderr.read().decode()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def reply(self, command: str) -> str:
        if match := re.fullmatch(r'GET FULL VARIABLE "(.*)"', command):
            return f"200 result=1 ({self.value(match[1])})\n"
        if self.hung_up and not command.startswith("EXEC"):
            return "511 Command Not Permitted on a dead channel or intercept routine\n"
        if command.startswith("EXEC Dial"):
            self._status = self.dials.pop(0)()
            return f"200 result={-1 if self.hung_up else 0}\n"
        if command == "CHANNEL STATUS":
            return "200 result=6\n"
        return "200 result=0\n"

    def value(self, expression: str) -> str:
        if match := re.fullmatch(r"\$\{PJSIP_DIAL_CONTACTS\((.*)\)\}", expression):
            return f"PJSIP/{match[1]}/sip:x@127.0.0.1:5060" if match[1] in self.registered else ""
        if expression == "${CHANNEL(linkedid)}":
            return "1795336747.6"
        if "DIALSTATUS" in expression:
            return f"{self._status}|{self.peer}|"
        return expression

    def dialled(self) -> list[set[str]]:
        """Return the destinations of every Dial."""
        dials = [re.fullmatch(r'EXEC Dial "(.*),1,mg"', command) for command in self.heard]
        return [set(dial[1].split("&")) for dial in dials if dial]
