"""Files that the configuration names: tables that menus look things up in, and lists of numbers."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calls.patterns import LIST_FILE_PATTERN, NUMBER_RANGE_PATTERN, TABLE_PATTERN
from hotline.config.positions import Document
from hotline.config.problems import Problems, listed, quoted
from ivr.lookup import MAX_ANSWER, Table

MAX_FILE_BYTES = 20_000_000
"Size of one table or list."


@dataclass(slots=True)
class Companions:
    """The files beside the YAML files, read."""

    tables: dict[str, Table] = field(default_factory=dict)
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)
    "File name to the SHA-256 of its bytes."


def read_companions(config_dir: Path, documents: Mapping[str, Document], problems: Problems) -> Companions:
    """Read every table and list that is named; add a problem for each that can't be used."""
    found = Companions()
    for keys, name in _named_tables(documents["flows"]):
        if name not in found.tables and re.fullmatch(TABLE_PATTERN, name):
            text = _read(config_dir / name, documents["flows"], keys, found, problems)
            if text is not None:
                found.tables[name] = _table(config_dir / name, text, problems)
    _check_columns(documents["flows"], found, problems)
    keys = ("callers", "enterprise_file")
    name = documents["city"].get(*keys)
    if isinstance(name, str) and re.fullmatch(LIST_FILE_PATTERN, name):
        text = _read(config_dir / name, documents["city"], keys, found, problems)
        if text is not None:
            found.numbers[name] = tuple(_numbers(config_dir / name, text, problems))
    return found


def _named_tables(document: Document) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for flow_id, node_id, node in nodes_of(document):
        if node.get("kind") == "look_up" and isinstance(node.get("table"), str):
            yield ("flows", flow_id, "nodes", node_id, "table"), node["table"]


def nodes_of(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the raw nodes of flows.yaml: flow, node id, node."""
    flows = document.get("flows")
    for flow_id, flow in flows.items() if isinstance(flows, dict) else ():
        nodes = flow.get("nodes") if isinstance(flow, dict) else None
        for node_id, node in nodes.items() if isinstance(nodes, dict) else ():
            if isinstance(node, dict):
                yield flow_id, node_id, node


def _read(
    path: Path, document: Document, keys: tuple[str | int, ...], found: Companions, problems: Problems
) -> str | None:
    place = document.place(keys)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            problems.add(
                document.file, place.line, place.column, f"{path.name} is larger than {MAX_FILE_BYTES // 1_000_000} MB"
            )
            return None
        raw = path.read_bytes()
    except OSError as error:
        others = [each.name for each in path.parent.glob(f"*{path.suffix}")]
        hint = problems.did_you_mean(path.name, others)
        text = f"the file {path.name} can't be read: {error.strerror}{hint}"
        problems.add(document.file, place.line, place.column, text)
        return None
    found.digests[path.name] = hashlib.sha256(raw).digest()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.add(str(path), line, 1, "this is not UTF-8; save the file as UTF-8")
        return None


def _table(path: Path, text: str, problems: Problems) -> Table:
    reader = csv.reader(text.splitlines(), strict=True)
    columns: tuple[str, ...] = ()
    rows: dict[str, tuple[str, ...]] = {}
    try:
        for cells in reader:
            row = tuple(cell.strip() for cell in cells)
            if not any(row):
                continue
            if not columns:
                columns = row
                if len(columns) < 2:
                    problems.add(str(path), reader.line_num, 1, "a table needs at least two columns: a key, an answer")
            elif problem := _wrong_row(row, columns, rows):
                problems.add(str(path), reader.line_num, 1, problem)
            else:
                rows[row[0]] = row
    except csv.Error as error:
        problems.add(str(path), reader.line_num, 1, f"this is no CSV: {error}")
    if not columns:
        problems.add(str(path), 1, 1, "the table is empty; its first line names the columns")
    return Table(columns, rows)


def _wrong_row(row: tuple[str, ...], columns: tuple[str, ...], rows: Mapping[str, tuple[str, ...]]) -> str | None:
    if len(row) != len(columns):
        return f"this line has {len(row)} columns, the first line has {len(columns)}"
    if row[0] in rows:
        return f"{quoted(row[0])} stands in an earlier line already; each key may stand once"
    if any(len(cell) > MAX_ANSWER or not cell.isprintable() for cell in row):
        return f"a cell must be at most {MAX_ANSWER} characters, without control characters"
    return None


def _check_columns(document: Document, found: Companions, problems: Problems) -> None:
    for flow_id, node_id, node in nodes_of(document):
        table, column = found.tables.get(str(node.get("table"))), node.get("column")
        if node.get("kind") != "look_up" or table is None or not table.columns or not isinstance(column, str):
            continue
        if column not in table.columns:
            place = document.place(("flows", flow_id, "nodes", node_id, "column"))
            hint = problems.did_you_mean(column, table.columns)
            text = f"{node['table']} has no column {quoted(column)}; allowed: {listed(table.columns)}{hint}"
            problems.add(document.file, place.line, place.column, text)


def _numbers(path: Path, text: str, problems: Problems) -> Iterator[str]:
    for index, line in enumerate(text.splitlines(), 1):
        number = line.partition("#")[0].strip()
        if not number:
            continue
        if re.fullmatch(NUMBER_RANGE_PATTERN, number):
            yield number
        else:
            problems.add(str(path), index, 1, f"{quoted(number)} is no number; write 2 to 20 digits on each line")
