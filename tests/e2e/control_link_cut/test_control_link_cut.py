"""The control link to Asterisk is cut: conversations go on, each call is counted, each operator is free afterwards."""

from __future__ import annotations

import pytest

from calls.events import ConversationEnded, LinkChanged, OperatorAnswered, OperatorRang
from hotline.actors.phones import PhoneEventKind
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, WITHIN, Town


def cut(place: Town) -> None:
    """Cut the link's TCP connection, as a network does."""
    protocol = place.service.link._manager.protocol
    assert protocol is not None
    protocol.transport.abort()


async def back_up(place: Town) -> float:
    """Wait until the link is up again; return how many seconds it was down."""
    down = await place.happened(LinkChanged, lambda e: not e.up)
    up = await place.happened(LinkChanged, lambda e: e.up and e.at > down.at)
    return (up.at - down.at).total_seconds()


async def test_in_the_middle_of_a_conversation(town: OpenTown) -> None:
    async with town() as place:
        await place.phone("1001")
        talk = await place.talking("1001")
        await place.talk(0.7)
        cut(place)
        assert await back_up(place) < AT_ONCE
        assert place.state_of("1001") == "talking"
        await place.talk(0.7)
        await talk.citizen.hang_up()
        assert (await talk.citizen.result()).ended_by == "caller"
        assert (await place.ended(talk.call_id)).outcome == "answered"
        (conversation,) = place.of_call(talk.call_id, ConversationEnded)
        assert 1.4 < conversation.talk_seconds < 2.4 + AT_ONCE
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")


@pytest.mark.parametrize("who", ["caller", "operator"])
async def test_the_conversation_ends_while_it_is_down(town: OpenTown, who: str) -> None:
    async with town() as place:
        await place.phone("1001")
        talk = await place.talking("1001")
        await place.talk(1)
        cut(place)
        await (talk.citizen.hang_up() if who == "caller" else talk.phone.hangup())
        ended = await place.ended(talk.call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", who)
        (conversation,) = place.of_call(talk.call_id, ConversationEnded)
        assert 1 < conversation.talk_seconds < 1 + AT_ONCE
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        await back_up(place)
        again = await place.talking("1001")
        await again.phone.hangup()
        assert (await place.ended(again.call_id)).outcome == "answered"


async def test_the_operator_picks_up_while_it_is_down(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        citizen, call_id = await place.waiting()
        await place.rings("1001")
        await place.happened(OperatorRang)
        await place.talk(1)  # it rings for a while
        cut(place)
        await phone.answer()
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=WITHIN)
        await place.happened(OperatorAnswered)
        await place.until(lambda: place.state_of("1001") == "talking", "the state is mended when the link is back")
        await place.talk(1)
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered"
        (conversation,) = place.of_call(call_id, ConversationEnded)
        assert 0.5 < conversation.talk_seconds < 1 + AT_ONCE
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")


async def test_it_stays_down_for_long(town: OpenTown) -> None:
    async with town(changes={"limits": {"ring_seconds": 3}}) as place:
        phone = await place.phone("1001")
        _, call_id = await place.waiting()
        await place.rings("1001")
        await place.service.link.stop()
        await phone.answer()
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=WITHIN)
        await place.happened(OperatorAnswered)  # it rang for longer than it may: somebody must have picked up
        assert place.state_of("1001") == "talking", "nobody else is put through to this phone"
        await phone.hangup()
        assert (await place.ended(call_id)).outcome == "answered"
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        await place.service.link.start()
