"""A person is one key away from every menu that says nothing else, and no key at all is a person too."""

from __future__ import annotations

import pytest

from calls.events import CallQueued, LanguageChosen, MenuLeft, NodeEntered
from hotline.actors.scripts import PressKey, Step
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU


@pytest.mark.parametrize(("steps", "way"), [((), "no_input"), ((MENU, PressKey("0")), "key")], ids=["no key", "0"])
async def test_a_person_is_one_key_away(menu_town: OpenTown, steps: tuple[Step, ...], way: str) -> None:
    async with menu_town() as place:
        citizen, call_id = await place.waiting(*steps, dialled="12345")
        (left,) = place.of_call(call_id, MenuLeft)
        assert (left.flow_id, left.node_id, left.input, left.next_node_id) == ("menu", "main", way, "person")
        entered = [(e.node_id, e.kind) for e in place.of_call(call_id, NodeEntered)]
        assert entered == [("greeting", "say"), ("person", "queue")]
        await citizen.hang_up()


async def test_the_language_is_remembered(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        ani = "13800990001"
        first = await place.citizen(MENU, PressKey("8"), dialled="12345", ani=ani)
        await place.happened(LanguageChosen)
        await first.hang_up()
        await place.ended(await place.call_of(first))
        await place.service.journal.flush()
        second = await place.citizen(dialled="12345", ani=ani)
        chosen = await place.happened(LanguageChosen, count=2)
        assert chosen.language == "en"
        await place.happened(CallQueued)
        assert (await place.record_of(chosen.call_id)).call["language"] == "en"
        await second.hang_up()
