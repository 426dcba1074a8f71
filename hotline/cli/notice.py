"""`hotline ivr notice`: a text before or instead of a menu, switched on in seconds, with an end."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from calls.errors import ConfigurationError, HotlineError
from hotline.cli.options import AsJson, ConfigDir, StateDir, err, exit_codes, out, print_json
from hotline.control_socket import ServiceAway, ask_service
from hotline.settings import Settings
from hotline.versions import this_user

# what only a service that is away needs is imported where it is needed: the command itself must be quick

notice_app = typer.Typer(no_args_is_help=True, help="Notices before or instead of a menu, switched on in seconds.")

Texts = list[str] | None


@notice_app.command("on")
def notice_on(
    until: Annotated[str, typer.Option("--until", help="When it ends: 18:00, +2h or 2026-10-01 18:00.")],
    line: Annotated[
        list[str] | None, typer.Option("--line", help="Line; every line where left out. May be repeated.")
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="before: then the menu. instead: of everything else.")] = "before",
    text_zh: Annotated[str | None, typer.Option("--text-zh", help="What is said in Mandarin.")] = None,
    text_en: Annotated[str | None, typer.Option("--text-en", help="What is said in English.")] = None,
    text: Annotated[Texts, typer.Option("--text", help="Another language: ug=... May be repeated.")] = None,
    recorded: Annotated[
        list[str] | None, typer.Option("--recorded", help="Recording instead of a voice: zh=file.wav.")
    ] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", help="A prompt of prompts.yaml instead of texts.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="When it begins; at once where left out.")] = None,
    then: Annotated[str | None, typer.Option("--then", help="With --mode instead: flow after it.")] = None,
    notice_id: Annotated[str | None, typer.Option("--id", help="Id; one is made where left out.")] = None,
    as_json: AsJson = False,
    state_dir: StateDir = None,
    config: ConfigDir = None,
) -> None:
    """Switch a notice on. New calls hear it within two seconds, until its end."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, config_dir=config)
        texts = {
            **({"zh": text_zh} if text_zh else {}),
            **({"en": text_en} if text_en else {}),
            **_pairs(text, "--text"),
        }
        files = {language: str(Path(file).absolute()) for language, file in _pairs(recorded, "--recorded").items()}
        values = {
            "id": notice_id,
            "lines": line or None,
            "mode": mode,
            "text": texts or None,
            "prompt": prompt,
            "from": since,
            "then": then,
            "until": until,
        }
        values = {key: value for key, value in values.items() if value is not None}
        try:
            row = ask_service(settings.control_socket, "notice_on", recorded=files, **values)
        except ServiceAway:
            row = _store_notice(settings, values, files)
            err.print("hotline: the service is not running; it speaks the notice when it starts", highlight=False)
        if as_json:
            print_json(row)
        else:
            _print_notices([row])


@notice_app.command("off")
def notice_off(
    notice_id: Annotated[str, typer.Argument(help="Id, as `hotline ivr notice list` shows it.")],
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Switch a notice off, at once."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        try:
            row = ask_service(settings.control_socket, "notice_off", id=notice_id)
        except ServiceAway:
            from hotline.notices import NoticeStore

            row = NoticeStore(settings.notices_path).remove(notice_id).as_dict()
        if as_json:
            print_json(row)
        else:
            out.print(f"{notice_id} is off", highlight=False)


@notice_app.command("list")
def notice_list(as_json: AsJson = False, state_dir: StateDir = None, config: ConfigDir = None) -> None:
    """The notices that are on or will be: by command, and from notices.yaml."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, config_dir=config)
        try:
            rows = ask_service(settings.control_socket, "notice_list")
        except ServiceAway:
            from hotline.config import load_city
            from hotline.notices import NoticeStore

            city = load_city(settings.config_dir)
            stored = NoticeStore(settings.notices_path).rows(datetime.now(UTC), city.zone)
            rows = [{**row.as_dict(), "source": "command"} for row in stored]
        if as_json:
            print_json(rows)
        else:
            _print_notices(rows)


def _store_notice(settings: Settings, values: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    if files:
        raise HotlineError("A recording can be given to a running service only; `hotline run` starts it.")
    from hotline.config import load_city
    from hotline.notices import NoticeStore, notice_of, until_of

    city, now = load_city(settings.config_dir), datetime.now(UTC)
    store = NoticeStore(settings.notices_path)
    until = until_of(str(values["until"]), now, city.zone).isoformat(" ", "seconds")
    notice = notice_of({"id": store.free_id(), **values, "until": until}, city, now)
    return store.put(notice, this_user(), now, city.zone).as_dict()


def _pairs(values: list[str] | None, option: str) -> dict[str, str]:
    found = {}
    for value in values or []:
        language, separator, rest = value.partition("=")
        if not (language and separator and rest):
            raise ConfigurationError([f"{option} {value}: must be LANGUAGE=..., such as zh=..."])
        found[language] = rest
    return found


def _print_notices(rows: list[dict[str, Any]]) -> None:
    table = Table("notice", "lines", "mode", "until", "by", "says")
    for row in rows:
        until = str(row["until"])
        with contextlib.suppress(ValueError):
            until = datetime.fromisoformat(until).strftime("%Y-%m-%d %H:%M")
        lines = ", ".join(row.get("lines") or ()) or "every line"
        says = row.get("prompt") or " / ".join((row.get("text") or {}).values())
        table.add_row(row["id"], lines, row["mode"], until, row.get("by", row.get("source", "")), says)
    out.print(table)
