"""What cities, calls and their fates are made of where they are made up: few skills, so that fits are frequent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from acd.presence import OFFER_CAUSES
from acd.requirement import Requirement
from acd.routing import OperatorRules, QueueEntry, QueueRules, Step
from calls.events import OfferOutcome

NEEDS = [Requirement.parse(text) for text in ("anyone", "anyone", "a", "a >= 2", "b", "a and b", "not b")]
NAMED, UNNAMED = ("first", "second"), "unnamed"
QUEUES = (*NAMED, *NAMED, UNNAMED)
SKILLS: list[dict[str, int]] = [{"a": 1}, {"a": 1}, {"a": 3}, {"a": 2, "b": 1}, {"a": 1, "b": 3}]
STRATEGY_NAMES = ("longest_idle", "longest_idle", "least_occupied", "best_skilled", "fewest_calls")
OWN_NEEDS: list[dict[str, int]] = [{}, {}, {}, {"a": 2}, {"b": 1}]
SECONDS = (0.5, 3.0, 10.0, 40.0)
OPERATORS = ("1001", "1002", "1003", "1004")
MISSED_IN_A_ROW, RING_SECONDS = 2, 15.0
PREFER_SECONDS = 10.0

VERBS = ("phone_gone", "log_in", "log_out", "pause", "busy", "phone_reachable", "free", "resume", "finish_wrap_up")
ENDED = [OfferOutcome.MISSED, OfferOutcome.MISSED, *OFFER_CAUSES]

needs = st.sampled_from(NEEDS)
skills = st.sampled_from(SKILLS)
entries = st.builds(QueueEntry, st.sampled_from([0, 0, 1]), st.sampled_from([0.0, 0.0, 7.0]))
lists = st.dictionaries(st.sampled_from([*NAMED, UNNAMED]), entries, min_size=1)
operators = st.builds(OperatorRules, skills, st.none() | lists)
files = st.dictionaries(st.sampled_from(OPERATORS), operators, min_size=1, max_size=4)
steps = st.just(()) | st.builds(
    lambda need, seconds, last: (Step(need, seconds), Step(last)),
    needs,
    st.sampled_from([3.0, 11.0]),
    st.none() | needs,
)
strategies = st.sampled_from(STRATEGY_NAMES)
queue_rules = st.builds(QueueRules, needs, steps, strategies)
some_rules = st.dictionaries(st.sampled_from(NAMED), queue_rules)
which_one = st.integers(0, 11)

SPELL = {
    **{"join": 8, "leave": 2, "done": 11, "refused": 6, "time": 6, "ready": 5, "verb": 3},
    **{"back": 1, "late": 1, "edit operators": 2, "edit rules": 1},
}
"""What happens in a busy spell, and how often."""


@dataclass(frozen=True)
class Wish:
    """What a call that joins is like."""

    queue_id: str
    own: Mapping[str, int]
    priority: int
    older: float
    preferred: int | None


@dataclass(frozen=True)
class How:
    """How an offer ends, or how a conversation goes on: None for not now."""

    outcome: OfferOutcome | None = None
    wrap_up_seconds: float | None = 0.0


hows = st.builds(How, st.none() | st.sampled_from(ENDED), st.sampled_from([None, 0.0, 0.0, 4.0]))
wishes = st.builds(
    Wish,
    st.sampled_from(QUEUES),
    st.sampled_from(OWN_NEEDS),
    st.sampled_from([0, 0, 1]),
    st.sampled_from([0.0, 0.0, 30.0]),
    st.none() | st.none() | which_one,
)


def an_operator(dice: Random) -> OperatorRules:
    """Return an operator; every second one has a list of queues."""
    queues = {q: QueueEntry(dice.choice([0, 0, 1]), dice.choice([0.0, 0.0, 7.0])) for q in dice.sample(QUEUES, 3)}
    return OperatorRules(dice.choice(SKILLS), dice.choice([None, queues]))


def a_queue(dice: Random) -> QueueRules:
    """Return a queue's rules; every second queue has steps."""
    steps = (Step(dice.choice(NEEDS), dice.choice([3.0, 11.0])), Step(dice.choice([None, *NEEDS])))
    return QueueRules(dice.choice(NEEDS), dice.choice([(), steps]), dice.choice(STRATEGY_NAMES))
