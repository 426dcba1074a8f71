"""Records what a real Asterisk 22 says on AMI in a few short calls, as raw bytes, for test_ami_replay.py.

    python tests/replay/record_ami.py --root ASTERISK_ROOT [--port-base 25400] [SCENARIO...]

Starts an Asterisk of its own from the folder that its packages were unpacked into, with one SIP endpoint that calls
back into the same Asterisk: every channel is a real PJSIP channel with real RTP, and nothing else is needed. Numbers
are invented.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from telephony.ami.translation import EVENT_NAMES

HERE = Path(__file__).parent
CUES = ("BridgeEnter",)
"""Events that this script waits for and the service does not ask for."""
MODULES = """
app_dial app_mixmonitor app_playback app_senddtmf app_userevent bridge_builtin_features bridge_native_rtp
bridge_simple chan_pjsip codec_alaw codec_ulaw format_pcm format_wav func_callerid func_channel pbx_config
res_pjproject res_pjsip res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_caller_id
res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_nat res_pjsip_pubsub
res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration res_pjsip_refer res_pjsip_registrar
res_pjsip_rfc3326 res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk res_sorcery_astdb res_sorcery_config
res_sorcery_memory res_timing_timerfd res_musiconhold res_manager_devicestate
"""
PJSIP = """
[global]
type=global
endpoint_identifier_order=username,ip
[udp]
type=transport
protocol=udp
bind=127.0.0.1:{sip}
[loop]
type=endpoint
context=calls
disallow=all
allow=alaw
aors=loop
direct_media=no
[loop]
type=aor
contact=sip:127.0.0.1:{sip}
[loop]
type=identify
endpoint=loop
match=127.0.0.1
[op1001]
type=endpoint
context=calls
disallow=all
allow=alaw
aors=op1001
[op1001]
type=aor
max_contacts=1
qualify_frequency=60
[op1001]
type=registration
client_uri=sip:op1001@127.0.0.1:{sip}
server_uri=sip:127.0.0.1:{sip}
max_retries=0
"""
EXTENSIONS = """
[calls]
exten => call-answered,1,Set(CALLERID(name)=王小明)
 same => n,Dial(PJSIP/answers@loop,5,g)
 same => n,Hangup(16)
exten => call-busy,1,Dial(PJSIP/is-busy@loop,5)
 same => n,Hangup(17)
exten => call-rings,1,Dial(PJSIP/rings@loop,20)
exten => call-talks,1,Dial(PJSIP/talks@loop,5)
exten => call-digit,1,Dial(PJSIP/presses@loop,5)
exten => call-recorded,1,Dial(PJSIP/records@loop,5)
exten => call-event,1,UserEvent(HotlineTransfer,Key: 02,Name: 王小明)
 same => n,Hangup(16)
exten => answers,1,Answer()
 same => n,Wait(0.2)
 same => n,Hangup(16)
exten => is-busy,1,Hangup(17)
exten => rings,1,Ringing()
 same => n,Wait(20)
exten => talks,1,Answer()
 same => n,Wait(20)
exten => presses,1,Answer()
 same => n,Wait(0.2)
 same => n,SendDTMF(5)
 same => n,Wait(0.2)
 same => n,Hangup(16)
exten => records,1,Answer()
 same => n,MixMonitor(recorded.wav)
 same => n,Wait(0.2)
 same => n,StopMixMonitor()
 same => n,Hangup(16)
[hotline]
exten => s,1,Answer()
 same => n,Wait(0.3)
 same => n,Hangup(16)
"""


class Asterisk:
    """One temporary Asterisk in a folder that goes away with it."""

    def __init__(self, root: Path, port_base: int, folder: Path) -> None:
        self.root, self.sip, self.ami, self.folder = root, port_base, port_base + 1, folder

    def configure(self) -> None:
        """Writes the whole configuration."""
        names = dict.fromkeys(("astvarlibdir", "astdbdir", "astkeydir", "astagidir"), self.folder / "lib") | {
            "astetcdir": self.folder,
            "astmoddir": self.root / "usr/lib/x86_64-linux-gnu/asterisk/modules",
            "astdatadir": self.root / "usr/share/asterisk",
            "astspooldir": self.folder / "spool",
            "astrundir": self.folder / "run",
            "astlogdir": self.folder / "log",
        }
        for name in ("lib", "spool", "run", "log"):
            (self.folder / name).mkdir()
        files = {
            "asterisk.conf": "[directories]\n" + "".join(f"{name} => {path}\n" for name, path in names.items()),
            "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES.split()),
            "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
            "manager.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nport={self.ami}\ntimestampevents=yes\n"
            "[recorder]\nsecret=recorder\nread=system,call,user,dtmf\nwritetimeout=5000\n"
            "write=system,call,command,originate,reporting,user\n"
            + "".join(f"eventfilter(action(include),name({name})) =\n" for name in (*EVENT_NAMES, *CUES)),
            "rtp.conf": f"[general]\nrtpstart={self.ami + 10}\nrtpend={self.ami + 90}\n",
            "pjsip.conf": PJSIP.format(sip=self.sip),
            "extensions.conf": EXTENSIONS,
            "features.conf": "[general]\n",
            "acl.conf": "",
            "ccss.conf": "",
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)

    async def start(self) -> asyncio.subprocess.Process:
        """Runs it through the folder's own dynamic loader."""
        lib = self.root / "usr/lib/x86_64-linux-gnu"
        return await asyncio.create_subprocess_exec(
            lib / "ld-linux-x86-64.so.2",
            "--library-path",
            f"{lib}:{self.root / 'usr/lib'}",
            self.root / "usr/sbin/asterisk",
            "-C",
            self.folder / "asterisk.conf",
            "-f",
            stdout=asyncio.subprocess.DEVNULL,
        )


class Tap:
    """An AMI connection that keeps every byte it reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.data = reader, writer, b""

    async def until(self, *needles: bytes, times: int = 1, after: int = 0) -> None:
        """Reads until every needle was seen that often."""
        async with asyncio.timeout(15):
            while any(self.data[after:].count(needle) < times for needle in needles):
                chunk = await self.reader.read(65536)
                if not chunk:
                    raise EOFError("Asterisk closed the connection")
                self.data += chunk

    async def send(self, action: str, *headers: str, until: bytes = b"Response: ") -> None:
        """Sends an action and reads its answer."""
        after = len(self.data)
        self.writer.write("\r\n".join([f"Action: {action}", *headers, "", ""]).encode())
        await self.until(until, after=after)

    async def call(self, exten: str) -> None:
        """Lets the endpoint call itself; the far end runs `exten`."""
        await self.send(
            "Originate", f"Channel: PJSIP/{exten}@loop", "Application: Wait", "Data: 30", "Async: true",
            "CallerID: 13800138000", f"ChannelId: rec-{exten}", "ActionID: rec/originate",
        )  # fmt: skip

    def nth_channel(self, number: int) -> str:
        """The name of the channel that was created as the `number`th."""
        frames = [frame for frame in self.data.decode().split("\r\n\r\n") if frame.startswith("Event: Newchannel")]
        return frames[number].split("Channel: ")[1].split("\r\n")[0]


async def login(tap: Tap) -> None:
    await tap.until(b"Event: FullyBooted")
    await tap.send("Command", "Command: core show uptime", "ActionID: rec/command", until=b"Output: ")
    await tap.send("Nonsense", "ActionID: rec/nonsense", until=b"Message: Invalid")


async def contacts(tap: Tap) -> None:
    await tap.send("PJSIPShowContacts", "ActionID: rec/contacts", until=b"No Contacts found")
    await tap.send("Command", "Command: pjsip send register op1001")
    await tap.until(b"ContactStatus: Reachable")
    await tap.send("PJSIPShowContacts", "ActionID: rec/contacts-2", until=b"EventList: Complete")
    await tap.send("Command", "Command: pjsip send unregister op1001")
    await tap.until(b"ContactStatus: Removed")


async def answered(tap: Tap) -> None:
    await tap.call("call-talks")
    await tap.until(b"Event: BridgeEnter", times=2)
    await tap.send("CoreShowChannels", "ActionID: rec/channels", until=b"EventList: Complete")
    await tap.send("Hangup", f"Channel: {tap.nth_channel(1)}", "Cause: 16")
    await tap.until(b"Event: Hangup", times=4)


async def talk(tap: Tap, exten: str) -> None:
    await tap.call(exten)
    await tap.until(b"Event: Hangup", times=2 if exten == "call-event" else 4)


async def cancelled(tap: Tap) -> None:
    await tap.call("call-rings")
    await tap.until(b"DialStatus: RINGING", times=1)
    await tap.send("Hangup", f"Channel: {tap.nth_channel(1)}", "Cause: 16")
    await tap.until(b"Event: Hangup", times=4)


async def blind(tap: Tap) -> None:
    await tap.call("call-talks")
    await tap.until(b"Event: BridgeEnter", times=2)
    await tap.send("BlindTransfer", f"Channel: {tap.nth_channel(2)}", "Context: hotline", "Exten: s")
    await tap.until(b"Event: Hangup", times=4)


SCENARIOS: dict[str, Callable[[Tap], Awaitable[None]]] = {
    "login": login,
    "contacts": contacts,
    "answered": answered,
    "chinese": lambda tap: talk(tap, "call-answered"),
    "busy": lambda tap: talk(tap, "call-busy"),
    "cancelled": cancelled,
    "digit": lambda tap: talk(tap, "call-digit"),
    "recorded": lambda tap: talk(tap, "call-recorded"),
    "user_event": lambda tap: talk(tap, "call-event"),
    "blind_transfer": blind,
}


def without_cues(data: bytes) -> bytes:
    """Return a recording without the events that the service does not ask for."""
    cues = "|".join(CUES).encode()
    return re.sub(rb"Event: (?:" + cues + rb")\r\n(?:[^\r\n]+\r\n)+\r\n", b"", data)


async def record(name: str, port: int) -> None:
    """Plays one scenario and writes what was read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tap = Tap(reader, writer)
    await tap.send("Login", "Username: recorder", "Secret: recorder", "ActionID: rec/login")
    try:
        await SCENARIOS[name](tap)
    except (TimeoutError, EOFError):
        print(tap.data.decode())
        raise
    # what was still on its way is in the recording too
    await tap.send("Ping", "ActionID: rec/ping", until=b"Ping: Pong")
    kept = without_cues(tap.data)
    (HERE / "ami" / f"{name}.ami").write_bytes(kept)
    print(f"{name}: {len(kept)} bytes")
    writer.close()
    await writer.wait_closed()


async def reachable(port: int) -> None:
    """Waits until AMI takes connections."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True, help="folder that the Asterisk packages were unpacked into")
    parser.add_argument("--port-base", type=int, default=25400, help="SIP port; AMI is the next, RTP follows")
    parser.add_argument("scenarios", nargs="*", help="of: " + " ".join(SCENARIOS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asterisk = Asterisk(options.root.resolve(), options.port_base, Path(folder))
        asterisk.configure()
        process = await asterisk.start()
        try:
            await reachable(asterisk.ami)
            for name in options.scenarios or SCENARIOS:
                await record(name, asterisk.ami)
        except (TimeoutError, EOFError):
            print((asterisk.folder / "log" / "messages").read_text())
            raise
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
