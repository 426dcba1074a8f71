"""Records what a real Asterisk 22 and our sessions say to each other on FastAGI, for test_agi_replay.py.

    python tests/replay/record_agi.py --root ASTERISK_ROOT [--port-base 25500] [SCENARIO...]

Starts an Asterisk of its own from the folder that its packages were unpacked into. The callers and operators are Local
channels, so that nothing else is needed. A relay between Asterisk and our server writes `agi/NAME.jsonl`, one line for
each piece as it came: `{"ms": since the first, "from": "asterisk" or "service", "text": UTF-8, other bytes as
surrogates}`. Numbers are invented.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from agi_scenarios import SCENARIOS, Scenario

from telephony.agi import AgiServer, AgiSession

RECORDINGS = Path(__file__).parent / "agi"
MODULES = """
app_dial app_read app_senddtmf bridge_builtin_features bridge_simple codec_alaw format_pcm func_callerid
func_channel pbx_config res_agi res_musiconhold res_speech res_timing_timerfd app_verbose
"""
EXTENSIONS = """
[line]
exten => s,1,Set(CALLERID(all)=王小明 <13800000000>)
 same => n,AGI(agi://127.0.0.1:{agi}/inbound?line=main)
 same => n,Hangup(16)
[caller]
exten => silent,1,Answer()
 same => n,Wait(20)
exten => presses,1,Answer()
 same => n,Wait(0.8)
 same => n,SendDTMF(2)
 same => n,Wait(20)
exten => leaves,1,Answer()
 same => n,Wait(1)
 same => n,Hangup(16)
[operator]
exten => answers,1,Answer()
 same => n,Wait(0.3)
 same => n,Hangup(16)
exten => stays,1,Answer()
 same => n,Wait(20)
[hotline]
exten => s,1,Answer()
 same => n,Wait(0.5)
 same => n,Hangup(16)
"""


class Relay:
    """Stands between Asterisk and our server and keeps every piece."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._began: float | None = None
        self.pieces: list[dict[str, Any]] = []
        self.closed = asyncio.Event()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass both directions on until both are closed."""
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        await asyncio.gather(
            self._pass_on("asterisk", reader, there_writer), self._pass_on("service", there_reader, writer)
        )
        self.closed.set()

    async def _pass_on(self, who: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                self._began = self._began or time.monotonic()
                ms = round((time.monotonic() - self._began) * 1000)
                self.pieces.append({"ms": ms, "from": who, "text": data.decode("utf-8", "surrogateescape")})
                writer.write(data)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def save(self, name: str) -> None:
        """Write the recording."""
        lines = [json.dumps(piece, ensure_ascii=False) + "\n" for piece in self.pieces]
        (RECORDINGS / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
        print(f"{name}: {len(lines)} pieces")


class Manager:
    """As much AMI as the scenarios need."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, action: str, **headers: str) -> str:
        """Send an action and return its answer, with all that came before it."""
        lines = [f"Action: {action}", "ActionID: rec", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        self._writer.write("\r\n".join(lines).encode())
        text = ""
        async with asyncio.timeout(10):
            while "ActionID: rec\r\n" not in text or not text.endswith("\r\n\r\n"):
                text += (await self._reader.read(65_536)).decode()
        return text

    async def channel(self, beginning: str) -> str:
        """Wait for a channel of that name that is in a bridge, and return its whole name."""
        async with asyncio.timeout(10):
            while True:
                for line in (await self.send("Command", Command="core show channels concise")).splitlines():
                    fields = line.removeprefix("Output: ").split("!")
                    if fields[0].startswith(beginning) and fields[0].endswith(";1") and fields[-2]:
                        return fields[0]
                await asyncio.sleep(0.05)

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def configure(root: Path, folder: Path, ami_port: int, agi_port: int) -> None:
    """Write a whole Asterisk configuration into the folder."""
    names = {
        "astetcdir": folder,
        "astmoddir": root / "usr/lib/x86_64-linux-gnu/asterisk/modules",
        "astdatadir": folder / "data",
    }
    for name in ("astvarlibdir", "astdbdir", "astkeydir", "astagidir", "astspooldir", "astrundir", "astlogdir"):
        names[name] = folder / "var"
    (folder / "var").mkdir()
    (folder / "data/sounds").mkdir(parents=True)
    (folder / "data/documentation").symlink_to(root / "usr/share/asterisk/documentation")
    for prompt in ("welcome", "menu"):
        (folder / f"data/sounds/{prompt}.alaw").write_bytes(b"\xd5" * 4_000)  # half a second of silence
    files = {
        "asterisk.conf": "[directories]\n" + "".join(f"{name} => {path}\n" for name, path in names.items()),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES.split()),
        "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
        "manager.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={ami_port}\n"
        "[recorder]\nsecret=recorder\nread=\nwrite=system,call,command,originate\n",
        "musiconhold.conf": f"[default]\nmode=files\ndirectory={folder / 'data/sounds'}\n",
        "extensions.conf": EXTENSIONS.format(agi=agi_port),
        "features.conf": "[general]\n",
        "acl.conf": "",
        "ccss.conf": "",
    }
    for name, text in files.items():
        (folder / name).write_text(text)


async def start(root: Path, folder: Path) -> asyncio.subprocess.Process:
    """Run Asterisk through the folder's own dynamic loader."""
    lib = root / "usr/lib/x86_64-linux-gnu"
    loader = [str(lib / "ld-linux-x86-64.so.2"), "--library-path", f"{lib}:{root / 'usr/lib'}"]
    asterisk = [str(root / "usr/sbin/asterisk"), "-C", str(folder / "asterisk.conf"), "-f"]
    return await asyncio.create_subprocess_exec(*loader, *asterisk, stdout=asyncio.subprocess.DEVNULL)


async def manager(port: int) -> Manager:
    """Log in as soon as Asterisk takes connections."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                found = Manager(*await asyncio.open_connection("127.0.0.1", port))
                await found.send("Login", Username="recorder", Secret="recorder")
                return found
            await asyncio.sleep(0.1)


async def record(name: str, scenario: Scenario, ami: Manager, agi_port: int) -> None:
    """Play one scenario and write what was said."""
    done = asyncio.Event()

    async def handler(session: AgiSession) -> None:
        try:
            await scenario.service(session)
        finally:
            done.set()

    server = AgiServer({"inbound": handler})
    await server.start()
    relay = Relay(server.port)
    async with await asyncio.start_server(relay.connected, "127.0.0.1", agi_port), asyncio.timeout(30):
        headers = {"Context": "caller", "Exten": scenario.caller, "Priority": "1", "Async": "true"}
        await ami.send("Originate", Channel="Local/s@line/n", **headers)
        if scenario.transfers:
            channel = await ami.channel("Local/stays@operator")
            await ami.send("BlindTransfer", Channel=channel, Context="hotline", Exten="s")
        await done.wait()
        await relay.closed.wait()
    await server.stop()
    relay.save(name)


async def main() -> None:
    """Record every scenario, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder that the Asterisk packages were unpacked into")
    parser.add_argument("--port-base", type=int, default=25_500, help="AMI port; FastAGI is the next")
    parser.add_argument("scenarios", nargs="*", help="of: " + " ".join(SCENARIOS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), options.root.resolve()
        configure(root, folder, options.port_base, options.port_base + 1)
        process = await start(root, folder)
        try:
            ami = await manager(options.port_base)
            for scenario in options.scenarios or SCENARIOS:
                await record(scenario, SCENARIOS[scenario], ami, options.port_base + 1)
            ami.close()
        except TimeoutError:
            print((folder / "var/messages").read_text())
            raise
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
