"""Events for the tests: whole calls as they happen, and sequences that no telephone exchange would send."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

from hypothesis import strategies as st

from calls import events as e
from calls.event_records import EventTypes

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def whole_call(number: int, at: datetime = NOON, calls_operator: str | None = None) -> Iterator[e.Event]:
    """Yield one call's events: answered, passed on to a hotline that is busy, taken back, ended."""
    call: dict[str, Any] = {"call_id": f"pbx-{number}.1"}
    operator = calls_operator or str(1001 + number % 8)
    offer: dict[str, Any] = {"offer_id": f"o{number}", "operator_id": operator}
    attempt: dict[str, Any] = {"transfer_id": f"t{number}"}

    def now(seconds: float) -> dict[str, Any]:
        return {"at": at + timedelta(seconds=seconds), **call}

    def is_now(seconds: float, state: e.OperatorState) -> e.Event:
        moment = at + timedelta(seconds=seconds)
        return e.OperatorStateChanged(at=moment, operator_id=operator, state=state, call_id=call["call_id"])

    yield e.CallStarted(**now(0), case_id=f"C{number}", ani="139", dnis="12345", line_id="main", language="zh")
    yield e.MenuEntered(**now(0.5), node_id="main")
    yield e.CallQueued(**now(2), queue_id="general", skills={"mandarin": 1})
    yield e.OperatorOffered(**now(3), **offer, queue_id="general")
    yield is_now(3, e.OperatorState.RINGING)
    yield e.RecordingStarted(**now(3), recording_id=f"r{number}", path=f"r{number}.wav", party=operator)
    yield e.OperatorRang(**now(3.2), **offer)
    yield e.OperatorAnswered(**now(5), **offer, ring_seconds=2.0)
    yield is_now(5, e.OperatorState.TALKING)
    yield e.TransferStarted(
        **now(9), **attempt, door=e.TransferDoor.OPERATOR_KEY, initiator=operator, target_id="gas", number="96777",
        trunk="city",
    )  # fmt: skip
    yield e.ConversationEnded(**now(9.5), **offer, talk_seconds=4.5, ended_by=e.EndedBy.SERVICE)
    yield e.TransferRang(**now(10), **attempt)
    yield e.TransferEnded(
        **now(11), **attempt, outcome=e.TransferOutcome.BUSY, ring_seconds=1.0, talk_seconds=0.0,
        ended_by=e.EndedBy.TARGET, sip_status=486, hangup_cause=17,
    )  # fmt: skip
    yield e.TransferReturned(**now(11), **attempt, returned_to=operator)
    back: dict[str, Any] = {"offer_id": f"o{number}b", "operator_id": operator}
    yield e.OperatorOffered(**now(11), **back, queue_id="general", returned=True)
    yield e.OperatorAnswered(**now(12), **back, ring_seconds=1.0)
    yield e.ConversationEnded(**now(15), **back, talk_seconds=3.0, ended_by=e.EndedBy.CALLER)
    yield is_now(15, e.OperatorState.WRAP_UP)
    yield e.CallEnded(**now(15), outcome=e.CallOutcome.ANSWERED, ended_by=e.EndedBy.CALLER, hangup_cause=16)
    yield e.RecordingCompleted(
        **now(16), recording_id=f"r{number}", path=f"r{number}.wav", duration_seconds=4.4, size_bytes=70_000,
        sha256="ab" * 32,
    )  # fmt: skip


def busy_hour(calls: int, at_once: int = 20, seed: int = 1) -> Iterator[e.Event]:
    """Yield the events of many calls, interleaved."""
    chance = random.Random(seed)
    under_way: list[Iterator[e.Event]] = []
    begun = 0
    while begun < calls or under_way:
        if begun < calls and len(under_way) < at_once:
            under_way.append(whole_call(begun, NOON + timedelta(seconds=begun)))
            begun += 1
            continue
        chosen = chance.randrange(len(under_way))
        event = next(under_way[chosen], None)
        if event is None:
            under_way.pop(chosen)
        else:
            yield event


_SMALL_WORLD = {
    "call_id": ["c1", "c2", "c3"],
    "offer_id": ["o1", "o2", "o3"],
    "transfer_id": ["t1", "t2"],
    "recording_id": ["r1", "r2"],
    "operator_id": ["1001", "1002"],
    "target_id": ["gas", "water"],
    "party": ["1001", "hotline:gas", "hotline:water"],
    "returned_to": ["1001", "queue:general"],
    "stage": ["in_menu", "queued", "ringing", "talking", "transferring", "ended", "unheard-of"],
    "reason": ["", "lunch", "transferred", "caller_left"],
}
"Few names, so that random events meet each other."

_moments = st.integers(0, 5_000_000).map(lambda us: NOON + timedelta(microseconds=us))
_texts = st.text(max_size=6)


def _values(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if name in _SMALL_WORLD and hint is str:
        return st.sampled_from(_SMALL_WORLD[name])
    if name == "call_id":
        return st.none() | st.sampled_from(_SMALL_WORLD[name])
    by_type: dict[Any, st.SearchStrategy[Any]] = {
        datetime: _moments,
        datetime | None: st.none() | _moments,
        str: _texts,
        str | None: st.none() | _texts,
        bool: st.booleans(),
        int: st.integers(),
        int | None: st.none() | st.integers(),
        float: st.floats(),
        float | None: st.none() | st.floats(),
        dict[str, int]: st.dictionaries(_texts, st.integers(), max_size=2),
    }
    return by_type[hint] if hint in by_type else st.sampled_from(list(hint))


def _events(*classes: type[e.Event]) -> st.SearchStrategy[e.Event]:
    return st.one_of(
        *(
            st.builds(cls, **{name: _values(name, hint) for name, hint in get_type_hints(cls).items()})
            for cls in classes
        )
    )


_OF_NO_CALL = (
    e.OperatorStateChanged,
    e.OperatorStateChanged,
    e.OperatorStateChanged,
    e.OperatorLoggedIn,
    e.OperatorLoggedOut,
    e.PauseLimitExceeded,
    e.PauseWanted,
    e.WrapUpExtended,
    e.ServiceStarted,
    e.ServiceStopped,
)
_OF_A_CALL = [cls for cls in EventTypes.by_name.values() if issubclass(cls, e.CallEvent) and cls is not e.CallEvent]

any_events: st.SearchStrategy[list[e.Event]] = st.one_of(
    st.lists(_events(*_OF_NO_CALL), min_size=5, max_size=30),
    st.lists(_events(e.ServiceStarted, e.ServiceStopped), min_size=2, max_size=9),
    st.lists(_events(*_OF_A_CALL), min_size=20, max_size=60),
    # what depends on several rows of a call
    st.lists(_events(e.ConversationEnded, e.TransferStarted, e.RecordingStarted), min_size=20, max_size=60),
    st.lists(_events(*_OF_A_CALL, *_OF_NO_CALL, e.LinkChanged), max_size=60),
)
"Any events with any values that their types allow, in any order."


@st.composite
def any_batches(draw: st.DrawFn) -> list[list[e.Event]]:
    """Return any events, in batches of one size."""
    events = draw(any_events)
    size = draw(st.integers(1, 8))
    return [events[begin : begin + size] for begin in range(0, len(events), size)]
