"""Five doors, every outcome: what everybody hears next, the ledger's row, and what the hotline saw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from calls.events import (
    CallQueued,
    TransferAnswered,
    TransferEnded,
    TransferRang,
    TransferReturned,
    TransferStarted,
)
from hotline.actors.ears import Ear
from hotline.actors.phones import PhoneEventKind
from hotline.cli.main import app
from tests.e2e.hearing import comes_to_hear, hears_prompt, phone_heard, prompts_heard
from tests.e2e.town import CALLER_HZ, HOTLINE_HZ, MENU, VOICES_HZ, PressKey, Talk, Town
from tests.e2e.transfer_matrix.cases import BY_ID, CASES, OPERATORS, Case
from tests.e2e.transfer_matrix.conftest import OpenMatrix

Ask = Callable[[Town, Talk, Case], Awaitable[None]]
"""Asks for a transfer through one door."""


async def by_key(_place: Town, talk: Talk, case: Case) -> None:
    await talk.phone.press(f"*10{case.key}")


async def by_phone(_place: Town, talk: Talk, case: Case) -> None:
    await talk.phone.transfer(case.number)


async def by_api(place: Town, talk: Talk, case: Case) -> None:
    url = f"http://127.0.0.1:{place.settings.http_port}/api/calls/{talk.call_id}/transfer"
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, json={"target_id": case.hotline_id, "initiator": "console"})
    assert answer.status_code == 202, answer.text


async def by_command(place: Town, talk: Talk, case: Case) -> None:
    words = ["transfer", talk.call_id, case.hotline_id, "--state-dir", str(place.settings.state_dir)]
    # one after another: the runner takes the whole process's output
    async with _COMMANDS:
        result = await asyncio.to_thread(CliRunner().invoke, app, words)
    assert result.exit_code == 0, result.output


_COMMANDS = asyncio.Lock()
DOORS: dict[str, Ask] = {"operator_key": by_key, "refer": by_phone, "api": by_api, "command_line": by_command}
ROUNDS = (
    ("answers", "busy", "declines", "unknown", "broken"),
    ("silent", "hangs_up", "mute", "rings", "caller_leaves"),
)


@pytest.mark.parametrize("door", DOORS)
async def test_an_operator_passes_callers_on(matrix: OpenMatrix, door: str) -> None:
    async with matrix() as place:
        for operator_id in OPERATORS:
            await place.phone(operator_id, record=True)
        for names in ROUNDS:
            met = [await meet(place, operator_id) for operator_id in OPERATORS]
            asked = zip(names, met, OPERATORS, strict=True)
            await asyncio.gather(*(passed_on(place, door, name, *each, who) for name, each, who in asked))
        await asyncio.gather(operator_leaves(place, door), nobody_is_there(place, door))
        await each_number_rang_as_often_as_the_ledger_says(place)


async def meet(place: Town, operator_id: str) -> tuple[Talk, Ear]:
    """Have a citizen call the operator's own line and talk to them."""
    ear = await place.ear()
    citizen, call_id = await place.waiting(dialled=f"2{operator_id}", ear=ear)
    await place.picks_up(operator_id)
    return Talk(place.phones[operator_id], citizen, call_id), ear


async def passed_on(place: Town, door: str, name: str, talk: Talk, ear: Ear, operator_id: str) -> None:
    """Pass one caller on and follow them to their end."""
    folder = place.folder / name
    folder.mkdir()
    case = BY_ID["rings" if name == "caller_leaves" else name]
    await DOORS[door](place, talk, case)

    def mine(event: Any) -> bool:
        return bool(event.call_id == talk.call_id)

    asked_at = (await place.happened(TransferStarted, mine)).at
    if name == "answers":
        await both_hear(place, ear, case, folder)
        assert talk.phone.history[-1].kind is PhoneEventKind.CLOSED, "the operator is out of it"
        await place.talk(1.1)
        await talk.citizen.hang_up()
    elif name == "caller_leaves":
        await place.happened(TransferRang, mine)
        await hears_prompt(place, ear, f"connecting_{case.hotline_id}", asked_at)
        await talk.citizen.hang_up()
    else:
        ended = await place.happened(TransferEnded, mine)
        assert (await place.happened(TransferReturned, mine)).returned_to == operator_id
        await talk.phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=10)
        await hears_prompt(place, ear, case.says, ended.at)
        await hears_prompt(place, ear, "returning_to_operator", ended.at)
        await talk.phone.answer()
        await comes_to_hear(ear, VOICES_HZ[operator_id], folder)
        await place.talk(0.3)
        await talk.phone.hangup()
        assert (await talk.citizen.result()).ended_by == "far_end"
        await phone_heard(talk.phone, CALLER_HZ)
    assert (await place.ended(talk.call_id)).outcome == "answered"
    heard_the_right_prompts(place, ear, case, asked_at, went_well(name), "returning_to_operator")
    initiator = {"command_line": None, "api": "console"}.get(door, operator_id)
    left = name == "caller_leaves"
    await in_the_ledger(
        place, talk.call_id, case, door, initiator, None if left or name == "answers" else operator_id, left
    )


async def both_hear(place: Town, ear: Ear, case: Case, folder: Path) -> None:
    """Wait until caller and hotline hear each other."""
    await comes_to_hear(ear, HOTLINE_HZ, folder)
    await comes_to_hear(place.target.ears[case.number], CALLER_HZ, folder)


def went_well(name: str) -> bool:
    """Whether there is nothing to tell the caller."""
    return name in ("answers", "caller_leaves")


def heard_the_right_prompts(place: Town, ear: Ear, case: Case, since: datetime, went_well: bool, back: str) -> None:
    """Check that the caller heard where they are connected to, then how it went and where they go, and no more."""
    # the menu stops at the key; its last packets may come after
    heard = [prompt for prompt in prompts_heard(place, ear, since) if prompt != "main_menu"]
    connecting = f"connecting_{case.hotline_id}"
    if case.at_once and heard[0] == connecting:
        del heard[0]
    expected = [] if case.at_once else [connecting]
    assert heard == [*expected, *([] if went_well else [case.says, back])]


async def operator_leaves(place: Town, door: str) -> None:
    """The operator's phone is gone when the caller comes back: they wait at the head of the queue."""
    talk, ear = await meet(place, OPERATORS[-1])

    def mine(event: Any) -> bool:
        return bool(event.call_id == talk.call_id)

    case = BY_ID["rings"]
    await DOORS[door](place, talk, case)
    asked_at = (await place.happened(TransferStarted, mine)).at
    await place.happened(TransferRang, mine)
    await talk.phone.stop()
    returned = await place.happened(TransferReturned, mine)
    assert returned.returned_to == f"queue:q{OPERATORS[-1]}"
    again = await place.happened(CallQueued, mine, count=2)
    assert again.at_head
    await hears_prompt(place, ear, "returning_to_queue", returned.at)
    await talk.citizen.hang_up()
    await place.ended(talk.call_id)
    heard_the_right_prompts(place, ear, case, asked_at, False, "returning_to_queue")


async def nobody_is_there(place: Town, door: str) -> None:
    """The hotline's office is closed: the caller is back before any telephone rang."""
    talk, ear = await meet(place, OPERATORS[0])
    await passed_on(place, door, "closed", talk, ear, OPERATORS[0])


async def test_a_caller_chooses_in_the_menu(matrix: OpenMatrix) -> None:
    async with matrix() as place:
        names = [*(case.hotline_id for case in CASES), "caller_leaves"]
        await asyncio.gather(*(chosen(place, name) for name in names))
        await each_number_rang_as_often_as_the_ledger_says(place)


async def chosen(place: Town, name: str) -> None:
    """Choose a hotline by its key and follow the caller to their end."""
    folder = place.folder / name
    folder.mkdir()
    case = BY_ID["rings" if name == "caller_leaves" else name]
    ear = await place.ear()
    citizen = await place.citizen(MENU, PressKey(case.key), ear=ear)
    call_id = await place.call_of(citizen)

    def mine(event: Any) -> bool:
        return bool(event.call_id == call_id)

    left = name == "caller_leaves"
    asked_at = (await place.happened(TransferStarted, mine)).at
    if name == "answers":
        await both_hear(place, ear, case, folder)
        await place.talk(1.1)
    elif left:
        await place.happened(TransferRang, mine)
        await hears_prompt(place, ear, f"connecting_{case.hotline_id}", asked_at)
    else:
        ended = await place.happened(TransferEnded, mine)
        assert (await place.happened(TransferReturned, mine)).returned_to == "queue:general"
        assert (await place.happened(CallQueued, mine)).at_head
        await hears_prompt(place, ear, case.says, ended.at)
        await hears_prompt(place, ear, "returning_to_queue", ended.at)
    await citizen.hang_up()
    outcome = (await place.ended(call_id)).outcome
    assert (outcome == "answered") is (name == "answers"), "a dead line is nobody who answered"
    heard_the_right_prompts(place, ear, case, asked_at, went_well(name), "returning_to_queue")
    returned_to = None if left or name == "answers" else "queue:general"
    await in_the_ledger(place, call_id, case, "menu_key", "caller", returned_to, left)


async def in_the_ledger(
    place: Town, call_id: str, case: Case, door: str, initiator: str | None, returned_to: str | None, left: bool
) -> None:
    """Check that there is one row, and every word of it."""
    (row,) = (await place.record_of(call_id)).transfers
    assert (row["door"], row["target_id"], row["number"], row["trunk"]) == (
        door,
        case.hotline_id,
        case.number,
        "carrier",
    )
    assert initiator is None or row["initiator"] == initiator
    assert row["returned_to"] == returned_to
    if left:
        assert (row["outcome"], row["ended_by"]) == ("caller_left", "caller")
        return
    assert (row["outcome"], row["reason"], row["ended_by"]) == (case.outcome, case.reason, case.ended_by)
    assert row["sip_status"] == case.sip_status
    assert case.hangup_cause is None or row["hangup_cause"] == case.hangup_cause
    answered = [type(case.behaviour).__name__ == "Answers"]
    assert [bool(place.of_call(call_id, TransferAnswered))] == answered


async def each_number_rang_as_often_as_the_ledger_says(place: Town) -> None:
    """Attempts are INVITEs: nobody was dialled twice, and nobody behind the ledger's back."""
    await place.service.journal.flush()
    rows = {each.target_id: each.attempts for each in await place.service.queries.transfer_summary()}
    rang = {case.hotline_id: len(place.target.calls_to(case.number)) for case in CASES}
    assert rang.pop("closed") == 0
    assert rows.pop("closed") == 1
    assert rows == rang
