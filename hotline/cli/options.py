"""Settings as options of every command, and how errors become exit codes: 1 failed, 2 wrong use or configuration."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from calls.errors import ConfigurationError, HotlineError

StateDir = Annotated[
    Path | None, typer.Option("--state-dir", envvar="HOTLINE_STATE_DIR", help="Where everything is kept.")
]
PortBase = Annotated[
    int | None,
    typer.Option("--port-base", envvar="HOTLINE_PORT_BASE", help="First port: SIP; the others follow it."),
]
ConfigDir = Annotated[
    Path | None, typer.Option("--config", envvar="HOTLINE_CONFIG_DIR", help="Folder of the city's YAML files.")
]
Bind = Annotated[str | None, typer.Option("--bind", envvar="HOTLINE_BIND", help="Address to listen on.")]
Trunks = Annotated[
    list[str] | None,
    typer.Option("--trunk", help="Another address for a trunk of city.yaml: ID=HOST:PORT. May be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

PLAIN_WIDTH = 180
"""Columns where the output is no terminal: a table in a file must not be squeezed into 80."""

out = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
err = Console(stderr=True)


def trunk_addresses(values: list[str] | None) -> dict[str, str]:
    """Return trunk id to host:port from the options; raise ConfigurationError for one that is neither."""
    found: dict[str, str] = {}
    for value in values or []:
        name, separator, address = value.partition("=")
        host, colon, port = address.rpartition(":")
        if not (name and separator and host and colon and port.isdigit() and 0 < int(port) < 65536):
            raise ConfigurationError([f"--trunk {value}: must be ID=HOST:PORT, such as carrier=192.0.2.1:5060"])
        found[name] = address
    return found


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn the hotline's errors into a message and an exit code."""
    try:
        yield
    except ConfigurationError as error:
        for problem in error.problems:
            err.print(problem, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    except HotlineError as error:
        err.print(f"hotline: {error}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def print_json(value: Any) -> None:
    """Print a value as JSON; times in ISO 8601, UTC."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
