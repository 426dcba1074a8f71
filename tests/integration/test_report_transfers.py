"""`hotline report transfers` as people use it: on a terminal, for Excel, for machines, as a drawing."""

from __future__ import annotations

import asyncio
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from calls import events as e
from hotline.cli.main import app
from hotline.config import load_city
from storage.database import open_database, sqlite_url
from storage.encoding import entry_of
from storage.writer import BatchWriter

BEIJING = Path(__file__).parents[2] / "examples" / "beijing"
EVENING = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
"23:30 in Beijing."
CITY = load_city(BEIJING)
GAS, WATER = CITY.hotlines.by_id("gas").name, CITY.hotlines.by_id("water").name
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def attempt(number: int, target: str, outcome: e.TransferOutcome, short: bool = False) -> list[e.CallEvent]:
    at = EVENING + timedelta(minutes=10 * number)
    fact: dict[str, Any] = {"call_id": f"c{number}", "transfer_id": "t1"}
    started = e.TransferStarted(
        at=at, **fact, door=e.TransferDoor.MENU_KEY, initiator="caller", target_id=target, number="1", trunk="city"
    )
    ended = e.TransferEnded(
        at=at,
        **fact,
        outcome=outcome,
        ring_seconds=4.0,
        talk_seconds=61.5 if outcome is e.TransferOutcome.ANSWERED else 0.0,
        ended_by=e.EndedBy.TARGET,
        short=short,
    )
    return [started, ended]


LEDGER = [
    *attempt(0, "gas", e.TransferOutcome.ANSWERED),
    *attempt(1, "gas", e.TransferOutcome.BUSY),
    *attempt(2, "gas", e.TransferOutcome.CALLER_LEFT, short=True),
    *attempt(3, "gas", e.TransferOutcome.OUT_OF_HOURS),
    *attempt(4, "water", e.TransferOutcome.ANSWERED),
    *attempt(5, "gas", e.TransferOutcome.ANSWERED)[:1],
]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return a state folder whose ledger has six attempts, one under way, around midnight in Beijing."""

    async def fill() -> None:
        database = await open_database(sqlite_url(tmp_path / "hotline.db"))
        entries = [entry_of(event) for event in LEDGER]
        writer = BatchWriter(database.dialect)
        await database.write(lambda connection: writer.write(connection, entries, check_known=False))
        await database.close()

    asyncio.run(fill())
    return tmp_path


def report(state: Path, *words: object, code: int = 0) -> Result:
    command = ["report", "transfers", "--state-dir", str(state), "--config", str(BEIJING), *map(str, words)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    return result


def test_both_connect_rates_stand_beside_their_formulas(state: Path) -> None:
    said = report(state).stdout
    assert "50.00%" in said
    assert "25.00%" in said
    assert "接通 ÷（转接次数 − 5 秒内放弃 − 非服务时间 − 进行中）" in said
    assert "1 in progress" in said
    english = report(state, "--language", "en").stdout
    assert "answered ÷ (attempts − given up within 5 s − out of hours − in progress)" in english
    assert GAS["en"] in english


def test_machines_get_numbers_and_the_citys_days(state: Path) -> None:
    figures = json.loads(report(state, "--by", "day", "--json").stdout)
    assert figures["by"] == "day"
    assert [(row["day"], row["attempts"]) for row in figures["groups"]] == [("2026-03-02", 3), ("2026-03-03", 2)]
    assert figures["total"]["connect_rate"] == pytest.approx(2 / 3, abs=1e-6)
    assert figures["total"]["connect_rate_all"] == 0.4
    assert figures["total"]["mean_talk_seconds"] == 61.5
    hours = json.loads(report(state, "--by", "hour", "--target", "gas", "--json").stdout)["groups"]
    assert [(row["hour"], row["attempts"]) for row in hours] == [
        ("2026-03-02T23:00+08:00", 3),
        ("2026-03-03T00:00+08:00", 1),
    ]
    doors = json.loads(report(state, "--by", "door", "--from", "2026-03-03", "--json").stdout)["groups"]
    assert [(row["door"], row["attempts"]) for row in doors] == [("menu_key", 2)]


@pytest.mark.parametrize("by", ["hour", "day", "target", "door"])
def test_rows_say_what_sums_say(state: Path, by: str) -> None:
    of_sums, of_rows = (json.loads(report(state, "--by", by, "--json", *raw).stdout) for raw in ((), ("--raw",)))
    assert (of_sums.pop("counted_from"), of_rows.pop("counted_from")) == ("sums", "rows")
    assert of_sums == of_rows


def test_a_csv_file_opens_in_excel_and_a_pipe_gets_no_mark(state: Path) -> None:
    said = report(state, "--format", "csv").stdout
    assert said.splitlines()[0].startswith("target,name,attempts,answered,busy,")
    gas = next(line for line in said.splitlines() if line.startswith("gas,"))
    assert gas.startswith(f"gas,{GAS['zh']},4,1,1,")
    report(state, "--format", "csv", "--output", state / "r.csv")
    content = (state / "r.csv").read_bytes()
    assert content == b"\xef\xbb\xbf" + said.encode()


def test_a_workbook_holds_numbers_names_and_formulas(state: Path) -> None:
    report(state, "--format", "xlsx", "--output", state / "r.xlsx")
    with zipfile.ZipFile(state / "r.xlsx") as book:
        assert book.testzip() is None
        texts = ["".join(item.itertext()) for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = [list(row.iter(f"{SHEET}c")) for row in sheet.iter(f"{SHEET}row")]
    values = {cell.get("r"): (cell.get("t"), cell.findtext(f"{SHEET}v")) for row in rows for cell in row}
    kind, place = values["B2"]
    assert (kind, texts[int(place or "")]) in {("s", GAS["zh"]), ("s", WATER["zh"])}
    assert values["C4"] == (None, "5"), "the last row is the total"
    assert any("接通 ÷（转接次数 − 5 秒内放弃" in text for text in texts)
    assert not list(sheet.iter(f"{SHEET}f")), "no cell is a formula"


@pytest.mark.parametrize("by", ["hour", "day", "target", "door"])
def test_a_drawing_keeps_its_texts(state: Path, by: str) -> None:
    report(state, "--by", by, "--plot", state / "r.svg")
    drawing = ElementTree.parse(state / "r.svg").getroot()
    texts = " ".join("".join(node.itertext()) for node in drawing.iter("{http://www.w3.org/2000/svg}text"))
    assert "北京市民服务热线：一键转接接通率" in texts
    assert "接通 ÷（转接次数 − 5 秒内放弃 − 非服务时间 − 进行中）" in texts
    assert "90 %" in texts
    if by == "target":
        assert GAS["zh"] in texts


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "week"], "--by week: must be one of hour, day, target, door"),
        (["--format", "pdf"], "--format pdf: must be one of table, csv, json, xlsx"),
        (["--format", "xlsx"], "name the file with --output"),
        (["--from", "yesterday"], "must be like 2026-11-22"),
        (["--language", "fr"], "--language fr: must be one of zh, en"),
    ],
)
def test_wrong_use_is_told(state: Path, words: list[str], said: str) -> None:
    assert said in report(state, *words, code=2).stderr


def test_a_file_that_cannot_be_written_is_told(state: Path) -> None:
    said = report(state, "--format", "csv", "--output", state / "no" / "r.csv", code=1).stderr
    assert "cannot be written" in said
