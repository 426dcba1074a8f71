"""A phone sends the citizen to what stands in no directory: refused in every spelling, and the conversation goes on."""

from __future__ import annotations

from calls.events import ConversationEnded, TransferStarted
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import comes_to_hear
from tests.e2e.people import VOICES_HZ
from tests.e2e.raw_phone import RawPhone

STRANGERS = ("10010", "0", "1002", "12345", "gas", "**99", "**", "s", "t", "h", "external_replaces")
SPELLINGS = (
    "96777&PJSIP/op1002",
    "96777%26PJSIP%2Fop1002",
    "96777%0Aexten",
    "96777%0D%0AVia:%20x",
    "%00",
    "$%7BSHELL(id)%7D",
    "96777%2C1",
    "96777@citizen",
    "_X.",
    "9677X",
    "9" * 10_000,
)


async def test_refused_in_every_spelling(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers()}) as place:
        password = place.secrets.phones["1001"]
        folder = place.folder / "raw"
        async with RawPhone(
            "op1001", password, place.settings.sip_port, voice_hz=VOICES_HZ["1001"], folder=folder
        ) as phone:
            await place.until(lambda: place.state_of("1001") == "available", "1001 is ready")
            ear = await place.ear()
            citizen, call_id = await place.waiting(ear=ear)
            line = await phone.rings()
            phone.answer(line)
            await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
            place.announced.append("attempted blind transfer to")
            for stranger in (*STRANGERS, *SPELLINGS):
                line.notified.clear()
                reply = await phone.refer(line, f"<{phone.number_uri(stranger)}>")
                if not reply.startswith("SIP/2.0 4"):
                    await phone.until(lambda: "SIP/2.0 404 Not Found" in line.notified, f"refused: {stranger[:40]}")
            assert not place.all(ConversationEnded)
            assert not place.all(TransferStarted)
            await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)

            # a text ends at its first zero byte for Asterisk: what is left is a number of the directory, and no more
            await phone.refer(line, f"<{phone.number_uri('96777%00%26PJSIP%2Fop1002')}>")
            assert (await place.happened(TransferStarted)).number == "96777"
            await citizen.hang_up()
            await place.ended(call_id)
