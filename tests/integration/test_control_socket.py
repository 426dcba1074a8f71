"""Commands to the running service over its socket, with real sockets and threads."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from calls.errors import ConfigurationError, HotlineError, LinkDown
from hotline.control_socket import MAX_LINE, ControlSocket, ServiceAway, ask_service, short_address


async def echo(request: Mapping[str, Any], who: str) -> dict[str, Any]:
    return {**request, "who": who}


async def refuse(_request: Mapping[str, Any], _who: str) -> None:
    raise ConfigurationError(["flows.yaml:1:1: wrong", "city.yaml:2:2: as well"])


async def fail(_request: Mapping[str, Any], _who: str) -> None:
    raise ValueError("a defect")


@pytest.fixture
async def path(tmp_path: Path) -> Any:
    deep = tmp_path / ("a folder that is deeper than the address of a socket may be long " * 2)
    deep.mkdir()
    control = ControlSocket(deep / "control.sock", {"echo": echo, "refuse": refuse, "fail": fail})
    await control.start()
    yield deep / "control.sock"
    await control.stop()
    assert not list(deep.iterdir())


async def test_the_kernel_says_who_asks(path: Path) -> None:
    answer = await asyncio.to_thread(ask_service, path, "echo", note="中文", who="the mayor")
    assert answer == {"verb": "echo", "note": "中文", "who": getpass.getuser()}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


async def test_errors_come_back_as_they_were(path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        await asyncio.to_thread(ask_service, path, "refuse")
    assert refused.value.problems == ["flows.yaml:1:1: wrong", "city.yaml:2:2: as well"]
    with pytest.raises(HotlineError, match="Something went wrong"):
        await asyncio.to_thread(ask_service, path, "fail")
    with pytest.raises(HotlineError, match="no such command"):
        await asyncio.to_thread(ask_service, path, "nonsense")


async def test_nonsense_ends_nothing(path: Path) -> None:
    def send(data: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection, short_address(path) as address:
            connection.settimeout(10)
            connection.connect(address)
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                return connection.recv(1000)
            except OSError:
                return b""  # it was not read to its end

    for data in (b"", b"\n", b"{", b"[]\n", b'{"verb": []}\n', b"\xff\xfe\n", b"x" * (MAX_LINE * 3)):
        answer = await asyncio.to_thread(send, data)
        assert answer == b"" or b"no such command" in answer
    assert (await asyncio.to_thread(ask_service, path, "echo"))["verb"] == "echo"


async def test_a_service_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(ServiceAway, match="not running"):
        await asyncio.to_thread(ask_service, tmp_path / "control.sock", "echo")
    with pytest.raises(ServiceAway, match="not running"):
        await asyncio.to_thread(ask_service, tmp_path / "no folder" / "control.sock", "echo")


async def test_a_service_that_stops_meanwhile(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def forever(_request: Mapping[str, Any], _who: str) -> None:
        asked.set()
        await asyncio.Event().wait()

    control = ControlSocket(tmp_path / "control.sock", {"forever": forever})
    await control.start()
    asking = asyncio.create_task(asyncio.to_thread(ask_service, tmp_path / "control.sock", "forever"))
    async with asyncio.timeout(10):
        await asked.wait()
    await control.stop()
    with pytest.raises(LinkDown, match="middle of its answer"):
        await asking
