"""AMI events to typed messages: what is missing, what is optional, what can't be trusted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.errors import ProtocolError
from telephony.ami.frames import Frame
from telephony.ami.messages import (
    AttendedTransferred,
    ChannelHungUp,
    ContactChanged,
    DialBegun,
    DialStateChanged,
    Unknown,
    UserEventRaised,
)
from telephony.ami.translation import EVENT_NAMES, translate

REQUIRED = {
    "FullyBooted": "",
    "Newchannel": "Channel Uniqueid Linkedid",
    "Hangup": "Channel Uniqueid Linkedid",
    "DialBegin": "DestChannel DestUniqueid DestLinkedid",
    "DialState": "DestChannel DestUniqueid DestLinkedid DialStatus",
    "DialEnd": "DestChannel DestUniqueid DestLinkedid DialStatus",
    "DTMFEnd": "Channel Uniqueid Linkedid Digit Direction",
    "UserEvent": "UserEvent",
    "ContactStatus": "AOR ContactStatus",
    "AttendedTransfer": "Result OrigTransfererUniqueid OrigTransfererLinkedid SecondTransfererUniqueid",
    "OriginateResponse": "Response",
}


def frame(kind: str, **headers: str) -> Frame:
    return Frame("\r\n".join([f"Event: {kind}", *(f"{key}: {value}" for key, value in headers.items())]))


def test_every_event_is_listed_for_the_filter_and_here() -> None:
    assert set(EVENT_NAMES) == set(REQUIRED)


@pytest.mark.parametrize("kind", REQUIRED)
def test_each_required_header_is_required_and_no_other(kind: str) -> None:
    headers = dict.fromkeys(REQUIRED[kind].split(), "x")
    assert translate(frame(kind, **headers)).at is None
    for name in headers:
        with pytest.raises(ProtocolError, match=f"without {name.lower()}: Event: {kind}"):
            translate(frame(kind, **{**headers, name: ""}))


def test_asterisks_time_is_taken_to_the_microsecond() -> None:
    message = translate(frame("UserEvent", Timestamp="1795335628.329589", UserEvent="Any"))
    assert message.at == datetime(2026, 11, 22, 8, 20, 28, 329589, UTC)


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "1e300", "-1e18"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError, match="timestamp that is none"):
        translate(frame("FullyBooted", Timestamp=text))


def test_what_the_hotline_does_not_use_is_unknown() -> None:
    assert translate(frame("RTCPSent")) == Unknown("RTCPSent")


@pytest.mark.parametrize(
    ("text", "cause"), [("16", 16), ("0", None), ("", None), ("x", None), ("１６", None), ("-1", None)]
)
def test_a_cause_is_a_number_or_none(text: str, cause: int | None) -> None:
    message = translate(frame("Hangup", Channel="c", Uniqueid="1", Linkedid="2", Cause=text, TechCause="486"))
    assert message == ChannelHungUp(None, "c", "1", "2", cause, "", 486, {})


def test_an_originate_dials_without_a_caller() -> None:
    headers = {"DestChannel": "c", "DestUniqueid": "2", "DestLinkedid": "2", "DialString": "96777@trunk-gas"}
    assert translate(frame("DialBegin", **headers)) == DialBegun(None, None, "2", "c", "2", "2", "96777@trunk-gas")
    ringing = translate(frame("DialState", Uniqueid="1", Linkedid="1", DialStatus="RINGING", **headers))
    assert ringing == DialStateChanged(None, "1", "1", "c", "2", "2", "RINGING")


def test_a_contact_has_a_round_trip_only_when_it_answered() -> None:
    headers = {"AOR": "op1001", "ContactStatus": "Reachable", "URI": "sip:1001@127.0.0.1", "RoundtripUsec": "1074"}
    assert translate(frame("ContactStatus", **headers)) == ContactChanged(
        None, "op1001", "Reachable", "sip:1001@127.0.0.1", 1074
    )
    headers |= {"ContactStatus": "Unreachable", "RoundtripUsec": "N/A"}
    assert translate(frame("ContactStatus", **headers)) == ContactChanged(
        None, "op1001", "Unreachable", "sip:1001@127.0.0.1", None
    )


def test_an_attended_transfer_names_both_calls() -> None:
    message = translate(
        frame(
            "AttendedTransfer",
            Result="Success",
            OrigTransfererUniqueid="1",
            OrigTransfererLinkedid="0",
            OrigBridgeUniqueid="b1",
            SecondTransfererUniqueid="2",
            SecondBridgeUniqueid="b2",
            TransfereeUniqueid="0",
            TransferTargetUniqueid="3",
            DestType="Bridge",
            DestBridgeUniqueid="b2",
        )
    )
    assert message == AttendedTransferred(None, "Success", "1", "2", "0", "0", "3", "b2", "Bridge")


def test_a_user_events_fields_cannot_pass_for_its_channel() -> None:
    # a field of the dialplan can hold what a caller sent, line ends included
    forged = Frame(
        "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: HotlineTransfer\r\nKey: 02\r\nName: 王小明\r\n"
        "Key: 99\r\nChannel: PJSIP/somebody-else\r\nUniqueid: 9.9\r\nActionID: x"
    )
    assert translate(forged) == UserEventRaised(
        None,
        "HotlineTransfer",
        None,
        None,
        None,
        {"Key": "02", "Name": "王小明", "Channel": "PJSIP/somebody-else", "Uniqueid": "9.9"},
    )


@given(
    st.sampled_from(EVENT_NAMES),
    st.lists(
        st.tuples(
            st.sampled_from(["Channel", "Uniqueid", "Linkedid", "Timestamp", "Cause", "UserEvent", "RoundtripUsec"]),
            st.text(max_size=12),
        ),
        max_size=8,
    ),
)
def test_any_headers_give_a_message_or_a_protocol_error(kind: str, headers: list[tuple[str, str]]) -> None:
    text = "\r\n".join([f"Event: {kind}", *(f"{name}: {value}" for name, value in headers)])
    try:
        message = translate(Frame(text))
    except ProtocolError:
        return
    assert not isinstance(message, Unknown)
