"""Calls that outlived the service learn from Asterisk's record what they missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agi_scripts.orphans import OpenCall, OpenOffer, OpenTransfer
from calls.events import (
    ConversationEnded,
    EndedBy,
    OfferEnded,
    OperatorAnswered,
    TransferAnswered,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferStarted,
)
from calls.legs import LegEnded
from calls.model import Call
from telephony.asterisk.legs import LegRecord
from transfer.note import note_of

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def open_call(*, offer: OpenOffer | None = None, transfer: OpenTransfer | None = None) -> OpenCall:
    return OpenCall(Call("h-1", "1", "138", "12345", "citizen", "zh", T0), offer=offer, transfer=transfer)


def operator_leg(*, answered: float | None = 4, ended: float | None = 64) -> LegRecord:
    return LegRecord(
        "h-2",
        "PJSIP/op1001-00000002",
        at(2),
        at(answered) if answered is not None else None,
        at(ended) if ended is not None else None,
        16,
    )


def test_conversation_is_ended_when_it_ended_and_not_when_the_service_came_back() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(2), at(4)))
    assert call.learn([operator_leg()]) == []
    (ended,) = call.endings(at(600))
    assert isinstance(ended, ConversationEnded)
    assert (ended.at, ended.talk_seconds, ended.hangup_cause) == (at(64), 60, 16)


def test_answer_that_nobody_saw_is_told() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(2), None))
    (answered,) = call.learn([operator_leg()])
    assert isinstance(answered, OperatorAnswered)
    assert (answered.at, answered.ring_seconds) == (at(4), 2)
    assert call.is_talking
    assert call.call.answered_at == at(4)


def test_ring_that_came_to_nothing() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(2), None))
    assert call.learn([operator_leg(answered=None, ended=17)]) == []
    (ended,) = call.endings(at(600))
    assert isinstance(ended, OfferEnded)
    assert ended.ring_seconds == 15


def test_other_legs_are_not_taken_for_it() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(100), None))
    other = LegRecord("h-3", "PJSIP/op1002-00000003", at(101), at(102), at(103))
    assert call.learn([operator_leg(), other]) == []


def test_the_callers_own_leg_is_no_hotlines_answer() -> None:
    call = open_call(transfer=OpenTransfer("t", at(1), None))
    own = LegRecord(call.call.call_id, "PJSIP/trunk-carrier-00000001", at(0), at(0), at(9), 16)
    assert call.learn([own]) == []
    (ended,) = call.endings(at(9))
    assert isinstance(ended, TransferEnded)
    assert ended.outcome is TransferOutcome.FAILED


def test_transfer_learns_as_well() -> None:
    call = open_call(transfer=OpenTransfer("t", at(5), None))
    leg = LegRecord("h-4", "PJSIP/trunk-carrier-00000004", at(5), at(8), at(20), 16)
    (answered,) = call.learn([leg])
    assert isinstance(answered, TransferAnswered)
    (ended,) = call.endings(at(600))
    assert isinstance(ended, TransferEnded)
    assert (ended.outcome, ended.talk_seconds, ended.at) == (TransferOutcome.ANSWERED, 12, at(20))


def test_without_a_record_the_end_is_now() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(2), at(4)))
    (ended,) = call.endings(at(10))
    assert isinstance(ended, ConversationEnded)
    assert (ended.at, ended.talk_seconds) == (at(10), 6)


def left(channel: str, seconds: float) -> LegEnded:
    return LegEnded(at=at(seconds), call_id="h-1", leg_id="h-9", channel=channel, hangup_cause=16)


OPERATOR, HOTLINE = "PJSIP/op1001-00000002", "PJSIP/trunk-carrier-00000003"


def test_an_operator_who_put_the_caller_through_is_out_of_it_while_the_call_goes_on() -> None:
    call = open_call(
        offer=OpenOffer("o", "1001", "op1001", at(2), at(4)),
        transfer=OpenTransfer("t", at(10), at(12), target_id="gas"),
    )
    assert not call.is_with_operator, "a hotline is asked"
    (ended,) = call.leg_ended(left(OPERATOR, 20))
    assert isinstance(ended, ConversationEnded)
    assert (ended.at, ended.talk_seconds) == (at(20), 16)
    assert call.leg_ended(left(OPERATOR, 21)) == [], "told once"
    assert (call.is_talking, call.is_with_operator, call.last_party) == (True, False, EndedBy.TARGET)
    (later,) = call.endings(at(60))
    assert isinstance(later, TransferEnded)
    assert later.at == at(60)


def test_an_operator_whose_hotline_hung_up_may_pass_the_caller_on_again() -> None:
    call = open_call(
        offer=OpenOffer("o", "1001", "op1001", at(2), at(4)),
        transfer=OpenTransfer("t", at(10), at(12), target_id="gas"),
    )
    (ended,) = call.leg_ended(left(HOTLINE, 20))
    assert isinstance(ended, TransferEnded)
    assert (ended.outcome, ended.talk_seconds) == (TransferOutcome.ANSWERED, 8)
    assert (call.is_with_operator, call.last_party) == (True, EndedBy.OPERATOR)
    (later,) = call.endings(at(60))
    assert isinstance(later, ConversationEnded)


def test_legs_that_nobody_waits_for_end_nothing() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(2), None))
    assert call.leg_ended(left(OPERATOR, 20)) == [], "a phone that only rang"
    assert call.leg_ended(left("Local/s@consult-00000001;1", 21)) == []
    assert call.leg_ended(left("PJSIP/op1003-00000004", 22)) == []


def test_what_ended_while_nobody_looked_is_told_as_soon_as_it_is_known() -> None:
    call = open_call(
        offer=OpenOffer("o", "1001", "op1001", at(2), at(4)), transfer=OpenTransfer("t", at(10), None, target_id="gas")
    )
    call.learn([LegRecord("h-3", HOTLINE, at(10), None, at(13), 19)])
    (ended,) = call.overdue()
    assert isinstance(ended, TransferEnded)
    assert (ended.at, ended.outcome) == (at(13), TransferOutcome.FAILED)
    assert call.overdue() == []
    assert call.is_with_operator


def at_home(phone: str) -> str | None:
    return phone.removeprefix("op")


def test_a_phone_that_was_dialled_after_the_journals_last_word_is_an_offer() -> None:
    call = open_call()
    call.known_until = at(1)
    offered = call.lost_offer([operator_leg()], at_home)
    assert offered is not None
    assert (offered.operator_id, offered.at, offered.offer_id) == ("1001", at(2), "h-1-ol")
    (answered,) = call.learn([operator_leg()])
    assert isinstance(answered, OperatorAnswered)
    assert call.lost_offer([operator_leg()], at_home) is None, "once"


def test_phones_that_the_journal_knows_of_are_no_lost_offers() -> None:
    legs = [operator_leg()]
    assert open_call().lost_offer(legs, at_home) is None, "a call of this very service"
    later = open_call()
    later.known_until = at(3)
    assert later.lost_offer(legs, at_home) is None, "an offer whose end is known"
    offered = open_call(offer=OpenOffer("o", "1003", "op1003", at(1), None))
    offered.known_until = at(1)
    assert offered.lost_offer(legs, at_home) is None
    trunk = open_call()
    trunk.known_until = at(1)
    assert trunk.lost_offer([LegRecord("h-3", HOTLINE, at(2))], at_home) is None


def noted(number: int, seconds: float, *, ended: float | None = None) -> LegRecord:
    started = TransferStarted(
        at=at(0),
        call_id="h-1",
        transfer_id=f"h-1-t{number}",
        door=TransferDoor.OPERATOR_KEY,
        initiator="1001",
        target_id="gas",
        number="96777",
        trunk="carrier",
    )
    return LegRecord(f"h-{number}", HOTLINE, at(seconds), None, at(ended) if ended else None, note=note_of(started))


def test_attempts_that_the_journal_lacks_are_rows_of_the_ledger() -> None:
    call = open_call(offer=OpenOffer("o", "1001", "op1001", at(2), at(4)))
    call.call.transfers = 1
    legs = [operator_leg(ended=9), noted(1, 5, ended=6), noted(2, 10, ended=11), noted(3, 11)]
    first, gone, second = call.lost_transfers(legs)
    assert isinstance(first, TransferStarted)
    assert isinstance(gone, TransferEnded)
    assert isinstance(second, TransferStarted)
    assert (first.transfer_id, first.at, gone.transfer_id, second.transfer_id) == ("h-1-t2", at(10), "h-1-t2", "h-1-t3")
    assert (first.door, first.initiator, first.target_id) == ("operator_key", "1001", "gas")
    assert call.transfer is not None
    assert call.transfer.transfer_id == "h-1-t3"
    assert call.lost_transfers(legs) == [], "once"
    call.learn(legs)
    assert not call.is_talking, "who comes back now waits for an operator"


def test_a_leg_without_a_note_is_no_attempt() -> None:
    call = open_call()
    assert (
        call.lost_transfers([LegRecord("h-3", HOTLINE, at(2)), LegRecord("h-4", HOTLINE, at(3), note="garbage")]) == []
    )
