"""The command line starts quickly: a command loads what it needs, and a list of commands loads none of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hotline.cli.lazy import LazyCommands, Place
from hotline.cli.main import Commands
from hotline.cli.report import Reports

NOT_TO_READ_SUMS = {
    "alembic",
    "amqtt",
    "aiomqtt",
    "asyncpg",
    "chinese_calendar",
    "fastapi",
    "hotline.config",
    "hotline.service",
    "jinja2",
    "matplotlib",
    "panoramisk",
    "ruamel.yaml",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.ext.asyncio",
    "sqlalchemy.orm",
    "structlog",
    "uvicorn",
    "xlsxwriter",
}
NO_DATABASE = NOT_TO_READ_SUMS | {"sqlalchemy", "asyncio", "storage"}
PROGRAM = """
import sys
from hotline.cli import main
sys.argv[0] = "hotline"
try:
    main()
finally:
    print("", "loaded:", *sys.modules, sep="\\n")
"""


def loaded_by(*words: str) -> set[str]:
    command = [sys.executable, "-c", PROGRAM, *words]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return set(said.partition("\nloaded:\n")[2].split())


@pytest.mark.parametrize(
    ("words", "not_wanted"),
    [
        (["--help"], NO_DATABASE),
        (["report", "--help"], NO_DATABASE),
        (["hotlines", "--help"], NO_DATABASE - {"asyncio", "structlog"}),
        (["report", "transfers", "--help"], NOT_TO_READ_SUMS),
        (["report", "waits", "--help"], NOT_TO_READ_SUMS),
        (["missed", "list", "--help"], NOT_TO_READ_SUMS - {"structlog"}),
        (["calls", "list", "--help"], {"hotline.config", "alembic", "uvicorn", "sqlalchemy.ext.asyncio"}),
        (["operators", "log-in", "--help"], {"hotline.config", "alembic", "uvicorn", "sqlalchemy.ext.asyncio"}),
    ],
)
def test_a_command_loads_only_what_it_needs(words: list[str], not_wanted: set[str]) -> None:
    loaded = loaded_by(*words)
    assert "typer" in loaded
    assert not loaded & not_wanted


def test_the_garbage_collector_works_again_once_a_command_is_loaded() -> None:
    program = "import gc; from hotline.cli.main import Commands; Commands(name='hotline').get_command(None, 'hotlines')"
    check = "; assert gc.isenabled() and gc.get_freeze_count() > 10_000"
    subprocess.run([sys.executable, "-c", program + check], check=True, timeout=60)


@pytest.mark.parametrize(
    ("group", "name", "place"),
    [(group, name, place) for group in (Commands, Reports) for name, place in group.places.items()],
)
def test_a_command_is_listed_with_the_words_of_its_own_help(group: type[LazyCommands], name: str, place: Place) -> None:
    command = group(name="group").get_command(None, name)
    own = command.help.partition("\n\n")[0]
    assert " ".join(own.split()) == place.help
