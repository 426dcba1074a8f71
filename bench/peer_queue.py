"""The peer of hand-over: app_queue on the same Asterisk, the same phones, its quickest settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.city import BenchCity, numbers
from bench.processes import put_first
from bench.stage import free_port_base
from hotline.prepare import prepare
from hotline.settings import Settings
from telephony.asterisk.process import AsteriskProcess

_QUEUES = """\
[general]
autofill = yes
persistentmembers = no

[general-queue]
strategy = rrmemory
autofill = yes
retry = 1
ringinuse = no
timeout = 15
wrapuptime = 0
joinempty = yes
leavewhenempty = no
announce-frequency = 0
periodic-announce-frequency = 0
"""

_DIALPLAN = """\
[general]
static = yes
writeprotect = yes

[from-trunk]
exten => _X.,1,Answer()
 same => n,Queue(general-queue)
 same => n,Hangup()

[from-phones]
exten => _X.,1,Hangup(21)
"""


@asynccontextmanager
async def open_queue(operators: int, phones_address: str, folder: Path) -> AsyncIterator[Settings]:
    """Start an Asterisk whose own queue gives out the calls."""
    settings = Settings(
        state_dir=folder / "state",
        config_dir=BenchCity(operators, phones_address).write(folder / "city"),
        port_base=free_port_base(),
    )
    prepared = await asyncio.to_thread(prepare, settings)
    etc = prepared.plan.folders.etc
    members = "".join(f"member => PJSIP/op{number}\n" for number in numbers(operators))
    (etc / "queues.conf").write_text(_QUEUES + members, encoding="utf-8")
    (etc / "extensions.conf").write_text(_DIALPLAN, encoding="utf-8")
    modules = (etc / "modules.conf").read_text(encoding="utf-8")
    (etc / "modules.conf").write_text(modules + "require = app_queue.so\n", encoding="utf-8")
    asterisk = AsteriskProcess(prepared.plan, prepared.binary)
    await asterisk.start()
    assert asterisk.pid is not None
    put_first(asterisk.pid, settings.nice)
    try:
        yield settings
    finally:
        await asterisk.stop()
