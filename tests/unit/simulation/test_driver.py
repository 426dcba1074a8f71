"""A run, step by step: times that can be worked out by hand."""

from __future__ import annotations

import heapq
import itertools

import pytest
from scenes import exact, plain

from hotline.simulation.draws import arrival_times, draws, stream
from hotline.simulation.driver import Run
from hotline.simulation.experiment import play
from hotline.simulation.observer import Watcher
from hotline.simulation.scenario import Scenario

BUSY = ((0.0, 100.0), (10.0, 100.0), (20.0, 100.0))
"Three calls of 100 seconds for one operator."


def test_calls_wait_for_the_one_operator() -> None:
    total = Run(exact(*BUSY)).play().total()
    assert (total.offered, total.answered, total.delayed) == (3, 3, 2)
    assert total.wait_seconds == pytest.approx(0 + 90 + 180)
    assert total.within == [1]
    assert total.busy_seconds == pytest.approx(300.0)


def test_wrap_up_and_ringing_take_the_operator_s_time() -> None:
    more = {"ring": {"kind": "constant", "seconds": 5}, "call_type": {"wrap_up": {"kind": "constant", "seconds": 20}}}
    total = Run(exact(*BUSY, **more)).play().total()
    assert total.wait_seconds == pytest.approx(5 + (125 + 5 - 10) + (250 + 5 - 20))
    assert total.busy_seconds == pytest.approx(3 * 125)


def test_a_caller_without_patience_leaves() -> None:
    total = Run(exact(*BUSY, call_type={"patience": {"kind": "constant", "seconds": 95}})).play().total()
    assert (total.answered, total.abandoned, total.short_abandons) == (2, 1, 0)
    assert total.wait_seconds == pytest.approx(90 + 95)


def test_a_caller_leaves_while_the_phone_rings() -> None:
    ring, hasty = {"kind": "constant", "seconds": 9}, {"patience": {"kind": "constant", "seconds": 7}}
    total = Run(exact((0.0, 100.0), ring=ring, call_type=hasty, short_abandon_seconds=7)).play().total()
    assert (total.answered, total.abandoned, total.short_abandons) == (0, 1, 1)
    assert total.busy_seconds == pytest.approx(7.0)


def test_who_finds_no_place_is_blocked() -> None:
    total = Run(exact(*BUSY, waiting_places=1)).play().total()
    assert (total.answered, total.blocked) == (2, 1)
    assert Run(exact(*BUSY, waiting_places=0)).play().total().blocked == 2


def test_only_the_counted_hours_count() -> None:
    calls = ((600.0, 10.0), (3700.0, 10.0), (7199.0, 10.0), (7300.0, 10.0))
    total = Run(exact(*calls, warm_up_hours=1)).play().total()
    assert total.offered == 2
    assert total.busy_seconds == pytest.approx(11.0)  # the last ten seconds of it lie after the end, but for one


def test_the_last_call_of_a_shift_is_served_to_its_end() -> None:
    group = {"id": "all", "count": 1, "skills": {"general": 1}, "shifts": ["00:00-00:01"]}
    tally = Run(exact((50.0, 100.0), (55.0, 100.0), operators=[group])).play()
    total = tally.total()
    assert (total.answered, total.unresolved) == (1, 1)
    assert tally.groups["all"].present_seconds == pytest.approx(150.0)
    assert tally.groups["all"].busy_seconds == pytest.approx(100.0)


def test_the_next_shift_finds_the_call_waiting() -> None:
    group = {"id": "all", "count": 1, "skills": {"general": 1}, "shifts": ["00:00-00:01", "00:02-00:03"]}
    total = Run(exact((50.0, 30.0), (61.0, 30.0), operators=[group])).play().total()
    assert total.answered == 2
    assert total.wait_seconds == pytest.approx(120 - 61)


def test_the_same_seed_the_same_figures() -> None:
    first, again, other = (
        Run(plain(14, 200, 180, duration_hours=2, seed=seed)).play().total().wait_seconds for seed in (5, 5, 6)
    )
    assert first == again != other


def test_an_observer_sees_every_step() -> None:
    seen: list[tuple[object, ...]] = []

    class Notes(Watcher):
        def began(self, run: Run) -> None:
            seen.append(("began", len(run.dispatcher.presences)))

        def joined(self, at: float, call_id: str, type_id: str, waiting: int) -> None:
            seen.append(("joined", at, call_id, type_id, waiting))

        def assigned(self, at: float, call_id: str, operator_id: str, waiting: int) -> None:
            seen.append(("assigned", at, call_id, operator_id, waiting))

        def ended(self, at: float, call_id: str, operator_id: str, service_seconds: float) -> None:
            seen.append(("ended", at, call_id, operator_id, service_seconds))

        def left(self, at: float, call_id: str, waiting: int, blocked: bool) -> None:
            seen.append(("left", at, call_id, waiting, blocked))

    patience = {"patience": {"kind": "constant", "seconds": 95}}
    Run(exact(*BUSY, (30.0, 100.0), waiting_places=2, call_type=patience), observer=Notes()).play()
    assert seen == [
        ("began", 1),
        ("joined", 0.0, "c1", "general", 0),
        ("assigned", 0.0, "c1", "all-1", 0),
        ("joined", 10.0, "c2", "general", 0),
        ("joined", 20.0, "c3", "general", 1),
        ("joined", 30.0, "c4", "general", 2),
        ("left", 30.0, "c4", 2, True),
        ("ended", 100.0, "c1", "all-1", 100.0),
        ("assigned", 100.0, "c2", "all-1", 1),
        ("left", 115.0, "c3", 0, False),
        ("ended", 200.0, "c2", "all-1", 100.0),
    ]


def test_progress_comes_to_its_end() -> None:
    told: list[float] = []
    play(plain(14, 2000, 10, duration_hours=2, replications=2), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_waits_are_those_of_first_come_first_served_to_the_last_digit() -> None:
    """Kiefer and Wolfowitz: a call's wait follows from when each operator is free next. No engine, the same chance."""
    scenario = plain(50, 2880, 60, duration_hours=1, replications=1)
    arrivals = arrival_times(scenario.call_types[0].arrivals, stream(scenario.seed, 0, "general", "arrivals"), 0.0)
    service = draws(scenario.call_types[0].service, stream(scenario.seed, 0, "general", "service"))
    free, waits = [0.0] * 50, []
    for at in itertools.takewhile(lambda at: at < scenario.window[1], arrivals):
        begins = max(at, free[0])
        heapq.heapreplace(free, begins + service())
        if at >= scenario.window[0]:
            waits.append(begins - at)
    total = Run(scenario).play().total()
    assert (total.answered, total.delayed) == (len(waits), sum(wait > 0.0 for wait in waits))
    assert total.wait_seconds == pytest.approx(sum(waits), rel=1e-9)


def test_steps_of_the_queue_widen_while_a_call_waits() -> None:
    """The beginner may take the call after 20 s; the expert talks until 100."""
    queue = {"id": "general", "steps": [{"for_seconds": 20, "needs": "general >= 4"}, {"needs": "anyone"}]}
    operators = [
        {"id": "expert", "count": 1, "skills": {"general": 5}},
        {"id": "beginner", "count": 1, "skills": {"general": 1}},
    ]
    more = {"queues": [queue], "operators": operators, "call_type": {"queue": "general"}}
    tally = Run(exact((0.0, 100.0), (10.0, 100.0), **more)).play()
    assert tally.total().wait_seconds == pytest.approx(20.0)
    assert tally.groups["beginner"].busy_seconds == pytest.approx(100.0)


def test_the_strategy_and_an_operator_s_own_queues_count() -> None:
    operators = [
        {"id": "beginner", "count": 1, "skills": {"general": 1}},
        {"id": "expert", "count": 1, "skills": {"general": 5}},
        {"id": "elsewhere", "count": 1, "skills": {"general": 5}, "queues": ["other"]},
    ]
    more = {"operators": operators, "queues": [{"id": "other"}], "policy": {"strategy": "best_skilled"}}
    tally = Run(exact((0.0, 100.0), **more)).play()
    assert [tally.groups[group].busy_seconds for group in ("beginner", "expert", "elsewhere")] == [0.0, 100.0, 0.0]


@pytest.mark.parametrize(("point_seconds", "waited"), [(3.0, 11.0), (5.0, 1.0)])
def test_priority_is_worth_seconds_of_waiting(point_seconds: float, waited: float) -> None:
    """A call of one point more comes 4 s after a plain one; the operator is free at 10."""

    def kind(name: str, at: float, priority: int = 0) -> dict[str, object]:
        arrivals, service = {"kind": "recorded", "values": [at]}, {"kind": "constant", "seconds": 10}
        return {"id": name, "arrivals": arrivals, "service": service, "priority": priority, "skills": {"zh": 1}}

    scenario = {
        "call_types": [kind("running", 0.0), kind("plain", 5.0), kind("urgent", 9.0, 1)],
        "operators": [{"id": "all", "count": 1, "skills": {"zh": 1}}],
        "duration_hours": 1,
        "policy": {"priority_point_seconds": point_seconds},
    }
    tally = Run(Scenario.model_validate(scenario, by_alias=True, by_name=False)).play()
    assert tally.types["urgent"].wait_seconds == pytest.approx(waited)


def test_who_is_at_home_in_a_topic() -> None:
    operators = [{"id": "other", "count": 1, "skills": {"zh": 3, "gas": 1}}]
    scenario = exact((0.0, 10.0), operators=operators, call_type={"skills": {"gas": 1, "zh": 1}})
    assert scenario.topics_of(scenario.call_types[0]) == {"gas", "zh"}
    about_gas = exact((0.0, 10.0), operators=operators, call_type={"skills": {"gas": 1, "zh": 1}, "topic": "gas"})
    assert about_gas.topics_of(about_gas.call_types[0]) == {"gas"}
    assert Run(scenario).play().total().by_first == 1
    assert Run(about_gas).play().total().by_first == 0
