"""What the link sends to a peer on a real socket, what it refuses to send, and how it reads the answers."""

from __future__ import annotations

import asyncio

import pytest
from ami_peer import Diary, FakeAsterisk, channel_row, event, fake_asterisk, linked, until

from calls.errors import LinkDown, NotFound, ProtocolError
from telephony.ami import ActionRefused, AmiLimits, BadAction, TooManyActions
from telephony.ami.messages import OriginateEnded, UserEventRaised


@pytest.mark.parametrize("value", ["x\r\nAction: Originate", "x\ny", "x\ry", "x\0y", "x\ud800"])
async def test_a_value_that_would_begin_another_header_is_refused(value: str) -> None:
    async with fake_asterisk() as peer, linked(peer) as link:
        asked = len(peer.received)
        with pytest.raises(BadAction, match="the AMI header Channel"):
            await link.action("Hangup", {"Channel": value})
        with pytest.raises(BadAction, match="header name"):
            await link.action("Hangup", {value: "1"})
        await link.ping()
        assert len(peer.received) == asked + 1


async def test_what_asterisk_would_cut_off_is_refused_before_it_is_sent() -> None:
    async with fake_asterisk() as peer, linked(peer) as link:
        with pytest.raises(BadAction, match="more than 1000 bytes"):
            await link.command("x" * 1000)
        with pytest.raises(BadAction, match="more than 120 headers"):
            await link.action("Originate", [("Variable", f"v{number}=1") for number in range(130)])
        with pytest.raises(BadAction, match="link's own"):
            await link.action("Ping", {"ActionID": "mine"})
        with pytest.raises(BadAction, match="empty or a pattern"):
            await link.hangup("/^PJSIP/")
        with pytest.raises(BadAction, match="comma"):
            await link.originate("a", channel_id="b", context="c", exten="s", variables={"n": "1,EVIL=2"})
        assert {action["Action"] for action in peer.received} == {"Login", "CoreShowChannels", "PJSIPShowContacts"}


async def test_actions_that_wait_are_bounded_and_fail_when_the_link_stops() -> None:
    async with fake_asterisk() as peer:
        peer.silent.add("Hangup")
        async with linked(peer, limits=AmiLimits(pending_actions=10)) as link:
            waiting = [asyncio.ensure_future(link.hangup(f"PJSIP/op-{number}")) for number in range(10)]
            await until(lambda: peer.seen("Hangup") == 10)
            with pytest.raises(TooManyActions):
                await link.hangup("PJSIP/op-11")
            # one that is given up makes room
            waiting[0].cancel()
            await asyncio.wait([waiting[0]])
            await link.ping()
        results = await asyncio.gather(*waiting[1:], return_exceptions=True)
        assert [type(result) for result in results] == [LinkDown] * 9


async def test_a_list_is_collected_by_its_action_among_other_events() -> None:
    diary = Diary()
    async with fake_asterisk() as peer, linked(peer, diary) as link:

        def answer(peer: FakeAsterisk, action: dict[str, str]) -> bytes:
            parts = peer.list(action, "CoreShowChannel", [channel_row(1), channel_row(2)]).split(b"\r\n\r\n")
            told = event("UserEvent", UserEvent="Note", ActionID="somebody/else", Key="02")
            return (b"\r\n\r\n" + told).join(parts)

        peer.answers["CoreShowChannels"] = answer
        assert [row.channel for row in await link.core_show_channels()] == ["PJSIP/op-1", "PJSIP/op-2"]
        await until(lambda: diary.kinds().count("UserEventRaised") == 4)
        assert diary.entries[-1] == UserEventRaised(None, "Note", None, None, None, {"Key": "02"})


async def test_a_list_has_a_bound() -> None:
    async with fake_asterisk() as peer, linked(peer, limits=AmiLimits(list_events=5)) as link:
        peer.channels = [channel_row(number) for number in range(6)]
        with pytest.raises(ProtocolError, match="more than 5 events"):
            await link.core_show_channels()
        await link.ping()


async def test_an_event_that_carries_an_actions_id_is_still_an_event() -> None:
    diary = Diary()

    def answer(peer: FakeAsterisk, action: dict[str, str]) -> bytes:
        # Asterisk tells the end of an Originate with the id of the action, before or after the answer
        ended = event("OriginateResponse", ActionID=action["ActionID"], Response="Failure", Uniqueid="c-1", Reason=5)
        return ended + peer.reply(action, Message="Originate successfully queued")

    async with fake_asterisk() as peer, linked(peer, diary) as link:
        peer.answers["Originate"] = answer
        await link.originate("PJSIP/1@t", channel_id="c-1", context="c", exten="s", variables={"a": "1", "b": "王"})
        sent = peer.received[-1]
        assert (sent["ChannelId"], sent["Async"], sent["Timeout"], sent["Variable"]) == ("c-1", "true", "30000", "b=王")
        await until(lambda: diary.entries[-1] == OriginateEnded(None, "c-1", False, 5))


async def test_the_verbs_tell_what_is_gone_from_what_is_refused() -> None:
    async with fake_asterisk() as peer, linked(peer) as link:
        peer.answers["Hangup"] = lambda peer, action: peer.reply(action, "Error", Message="No such channel")
        assert await link.hangup("PJSIP/op-1", 16) is False
        assert peer.received[-1]["Cause"] == "16"
        peer.answers["Getvar"] = peer.answers["Hangup"]
        with pytest.raises(NotFound):
            await link.get_var("PJSIP/op-1", "x")
        peer.answers["Redirect"] = lambda peer, action: peer.reply(
            action, "Error", Message="Channel does not exist: PJSIP/op-1"
        )
        assert await link.redirect("PJSIP/op-1", "c", "s", 1) is False
        peer.answers["Hangup"] = lambda peer, action: peer.reply(action, "Error", Message="Permission denied")
        with pytest.raises(ActionRefused, match="refused Hangup: Permission denied"):
            await link.hangup("PJSIP/op-1")
        peer.answers["Command"] = lambda peer, action: (
            f"Response: Success\r\nActionID: {action['ActionID']}\r\nOutput: one\r\nOutput: \r\nOutput: two\r\n\r\n"
        ).encode()
        assert await link.command("core show version") == ("one", "", "two")
        peer.answers["Command"] = lambda peer, action: (
            f"Response: Follows\r\nPrivilege: Command\r\nActionID: {action['ActionID']}\r\n"
            "one: 1\ntwo\n--END COMMAND--\r\n\r\n"
        ).encode()
        assert await link.command("core show version") == ("one: 1", "two")
        peer.answers["Reload"] = lambda peer, action: peer.reply(action, "Error", Message="No such module")
        with pytest.raises(ActionRefused, match="No such module"):
            await link.module_reload("app_nothing.so")
