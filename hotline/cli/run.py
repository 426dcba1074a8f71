"""`hotline run` and `hotline asterisk render`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from typing import Annotated

import typer
import uvloop

from calls.errors import HotlineError
from calls.phones import home_phone
from hotline.cli.options import (
    AsJson,
    Bind,
    ConfigDir,
    PortBase,
    StateDir,
    Trunks,
    err,
    exit_codes,
    out,
    print_json,
    trunk_addresses,
)
from hotline.logs import configure_logs
from hotline.precedence import take_precedence
from hotline.prepare import Prepared, check_ports, prepare
from hotline.service import Service
from hotline.settings import Settings

asterisk_app = typer.Typer(no_args_is_help=True, help="The Asterisk that carries the calls.")

GIVE_WAY_SECONDS = 0.0005
"""How long another thread may go on computing when a call needs the interpreter."""

SHOWN_PHONES = 2
"""Softphones whose settings `run` prints."""


@asterisk_app.command("render")
def asterisk_render(
    as_json: AsJson = False,
    state_dir: StateDir = None,
    port_base: PortBase = None,
    config: ConfigDir = None,
    bind: Bind = None,
) -> None:
    """Write a complete Asterisk configuration for the city and say where it is."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, port_base=port_base, config_dir=config, bind=bind)
        folder = prepare(settings).plan.folders.etc
        if as_json:
            print_json({"folder": folder, "files": sorted(path.name for path in folder.iterdir())})
        else:
            out.print(str(folder), highlight=False, soft_wrap=True)


def run(
    state_dir: StateDir = None,
    port_base: PortBase = None,
    config: ConfigDir = None,
    bind: Bind = None,
    trunk: Trunks = None,
    keep_asterisk: Annotated[
        bool, typer.Option("--keep-asterisk", help="Leave Asterisk and its conversations up when the service stops.")
    ] = False,
) -> None:
    """Run the service in the foreground until Ctrl-C."""
    with exit_codes():
        settings = Settings.from_options(
            state_dir=state_dir,
            port_base=port_base,
            config_dir=config,
            bind=bind,
            trunk_addresses=trunk_addresses(trunk),
        )
        configure_logs()
        check_ports(settings)
        prepared = prepare(
            settings, lambda step: err.print(f"hotline: {step}", highlight=False, soft_wrap=True), last_good=True
        )
        take_precedence(settings.nice)
        failure = uvloop.run(_serve(prepared, keep_asterisk))
        if failure:
            raise HotlineError(failure)


async def _serve(prepared: Prepared, keep_asterisk: bool) -> str:
    """Serve until a signal or a failure; return the failure, or an empty text."""
    service = Service(prepared, keep_asterisk=keep_asterisk)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await service.start()
    _put_calls_first()
    _print_addresses(prepared)
    try:
        await _first_of(stopping, service.failed)
    finally:
        err.print("hotline: stopping", highlight=False)
        await service.stop()
    return service.failure


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait(), name="stop signal") for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


def _put_calls_first() -> None:
    """Keep Python from holding up the thread that all calls are served in."""
    # the collector leaves alone what stands after the start: walking it takes 0.15 s
    gc.collect()
    gc.freeze()
    # a thread that writes the journal or a recording gives way after this, not after 5 ms
    sys.setswitchinterval(GIVE_WAY_SECONDS)


def _print_addresses(prepared: Prepared) -> None:
    settings, city = prepared.settings, prepared.city
    lines = [
        f"live page   http://{settings.bind}:{settings.http_port}/",
        f"MQTT        {_without_password(settings.effective_mqtt_url)}  (topics hotline/{city.city_id}/#)",
        f"calls in    sip:{next(iter(city.lines.values())).dnis[0]}@{settings.bind}:{settings.sip_port} (UDP)"
        f" from {', '.join(sorted({ip for trunk in city.trunks.values() for ip in trunk.inbound_from}))}",
        f"records     {settings.state_dir}",
        "",
        "softphones (SIP over UDP, codec PCMA, DTMF RFC 4733):",
    ]
    server = f"{settings.bind}:{settings.sip_port}"
    for operator in list(city.operators.values())[:SHOWN_PHONES]:
        user, password = home_phone(operator.operator_id), prepared.secrets.phones[operator.operator_id]
        lines.append(f"  {operator.name}  user {user}  password {password}  server {server}")
    for name, phone in list(city.shared_phones.items())[:SHOWN_PHONES]:
        password = prepared.secrets.phones[name]
        lines.append(f"  {phone.name}  user {name}  password {password}  server {server}")
    lines.append("")
    lines.append("Ctrl-C stops.")
    for line in lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def _without_password(url: str) -> str:
    """Return the address without the user and password in it: what is printed ends in logs."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
