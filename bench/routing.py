"""What one routing decision costs: 1,000 operators × 10,000 waiting calls, and from 100 to 100,000 operators.

A decision is one of two things, in turn. An operator becomes free: the call whose turn it is among all that they may
take is found and taken out of the index. Or a call joins: it gets the operator whose turn it is, or a place. Both
include everything the index needs to be right for the next decision; each is timed alone. The index is the
production's (acd/matching.py); around it the dispatcher keeps operators' states and makes events of their changes:
what that costs for a whole call (five changes, two decisions) is `dispatcher`, measured for the same city.

Throughput is counted in processor time, the slowest hundredth by the clock on the wall.

The city has 40 skills in three languages, operators with two to four skills each in 60 different sets, calls with 50
different needs. The peer does as app_queue: whoever asks looks at every operator or at every waiting call.

python -m bench.routing [--decisions N]; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from acd.classes import Seat
from acd.dispatcher import Assignment, Dispatcher
from acd.matching import Matching
from acd.requirement import ANYONE, Requirement
from acd.routing import QueueRules, RoutingRules, WaitingCall
from bench.plots import plot_path
from bench.stage import note
from hotline.charts import Series, draw_lines

OPERATORS, WAITING = 1_000, 10_000
SMALLEST, LARGEST = 100, 100_000
SKILL_SETS, NEEDS, TOPICS = 60, 50, 37
LANGUAGES = ("zh", "en", "yue")


@dataclass(frozen=True, slots=True)
class Figures:
    """What decisions came to."""

    decisions_per_second: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class City:
    """Who there is and what they can do."""

    operators: dict[str, dict[str, int]]
    queues: dict[str, QueueRules]


def city_of(operators: int) -> City:
    """Return a city of so many operators; the same skill sets and needs at any size."""
    chance = random.Random(12345)
    topics = [f"topic{number}" for number in range(TOPICS)]
    sets = [
        {"zh": 5, chance.choice(LANGUAGES): 3, **{t: chance.randint(1, 5) for t in chance.sample(topics, 2)}}
        for _ in range(SKILL_SETS)
    ]
    queues = {"general": QueueRules(Requirement.parse("zh"))}
    for number in range(NEEDS - 1):
        known = chance.choice(sets)
        topic = next(skill for skill in known if skill.startswith("topic"))
        language = chance.choice([skill for skill in known if skill in LANGUAGES])
        level = chance.randint(1, known[topic])
        queues[f"queue{number}"] = QueueRules(Requirement.parse(f"{topic} >= {level} and {language}"))
    return City({f"{number}": sets[number % SKILL_SETS] for number in range(operators)}, queues)


class Crowd:
    """Calls that come one after another, each with the need of its queue; a half asks for no topic."""

    def __init__(self, city: City) -> None:
        self._chance = random.Random(54321)
        self._queues = list(city.queues)
        self.placed = 0

    def next(self) -> Seat:
        """Return the next call."""
        self.placed += 1
        queue_id = "general" if self._chance.random() < 0.5 else self._chance.choice(self._queues)
        return Seat(f"c{self.placed}", queue_id, ANYONE, float(self.placed))


class Stage:
    """The index in one of two hours: calls wait for every operator, or operators are idle and nobody waits."""

    def __init__(self, city: City, waiting: int, decisions: int) -> None:
        self.matching = Matching(city.operators, RoutingRules(city.queues))
        crowd, chance = Crowd(city), random.Random(7)
        everybody = list(self.matching.operators.values())
        for operator in everybody:
            if waiting:
                self.matching.busy(operator, 0.0)
            else:
                self.matching.free(operator, 0.0)
        for _ in range(waiting):
            self.matching.join(crowd.next(), 0.0)
        self.is_quiet = not waiting
        self.calls = [crowd.next() for _ in range(decisions // 2)]
        self.operators = chance.choices(everybody, k=decisions // 2)

    def decide(self) -> None:
        """Decide as often as was asked, call by call and operator by operator."""
        free, join, now = self.matching.free, self.matching.join, 0.0
        for call, operator in zip(self.calls, self.operators, strict=True):
            now += 0.01
            if self.is_quiet:
                taken = join(call, now)
                if taken is not None:
                    free(taken, now)
            else:
                free(operator, now)
                join(call, now)

    def decide_timed(self) -> list[int]:
        """Decide as often, and return the nanoseconds of each decision."""
        free, join, now, clock = self.matching.free, self.matching.join, 0.0, time.perf_counter_ns
        took = []
        for call, operator in zip(self.calls, self.operators, strict=True):
            now += 0.01
            first = clock()
            taken = join(call, now) if self.is_quiet else None
            second = clock()
            free(taken or operator, now)
            third = clock()
            if not self.is_quiet:
                join(call, now)
                took += [third - second, clock() - third]
            else:
                took += [second - first, third - second]
        return took


def measure(city: City, waiting: int, decisions: int) -> Figures:
    """Time decisions in the crowded hour and in the quiet one, which count alike."""
    seconds, each = 0.0, []
    for crowd in (waiting, 0):
        stage = Stage(city, crowd, decisions)
        seconds += timed(stage.decide)
        each += Stage(city, crowd, decisions).decide_timed()
    return Figures(round(2 * decisions / seconds), round(percentile_us(each, 0.99), 2))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of the processor that it took; what is there already is no longer looked at for rubbish."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    work()
    took = time.process_time() - began
    gc.unfreeze()
    return took


def percentile_us(nanoseconds: Sequence[int], share: float) -> float:
    """Return the value that this share of decisions does not exceed, in microseconds."""
    return sorted(nanoseconds)[int(share * (len(nanoseconds) - 1))] / 1000


def measure_scan(city: City, waiting: int, decisions: int) -> Figures:
    """Time the peer in the crowded hour: a free operator looks at every call, a call at every operator."""
    crowd, chance = Crowd(city), random.Random(7)
    calls = [crowd.next() for _ in range(waiting)]
    levels = {queue_id: levels_of(str(rules.needs)) for queue_id, rules in city.queues.items()}
    idle: set[str] = set()
    took: list[int] = []
    began = time.process_time()
    for _ in range(decisions // 2):
        skills = city.operators[chance.choice(list(city.operators))]
        first = time.perf_counter_ns()
        fitting = [c for c in calls if all(skills.get(s, 0) >= n for s, n in levels[c.queue_id])]
        if fitting:
            calls.remove(min(fitting, key=lambda call: call.clock))
        second = time.perf_counter_ns()
        call = crowd.next()
        need = levels[call.queue_id]
        able = (o for o, has in city.operators.items() if o in idle and all(has.get(s, 0) >= n for s, n in need))
        if next(able, None) is None:
            calls.append(call)
        took += [second - first, time.perf_counter_ns() - second]
    return Figures(round(len(took) / (time.process_time() - began)), round(percentile_us(took, 0.99), 2))


def levels_of(needs: str) -> list[tuple[str, int]]:
    """Return the skills of a need that is joined by `and`, with their levels."""
    parts = [part.split(" >= ") for part in needs.split(" and ")]
    return [(part[0], int(part[1]) if len(part) > 1 else 1) for part in parts]


def measure_dispatcher(city: City, waiting: int, calls: int) -> dict[str, float]:
    """Time the whole dispatcher: conversation over, next call assigned, answered, another call joins."""
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    dispatcher = Dispatcher(city.operators, queues=city.queues)
    crowd = Crowd(city)

    def join(now: datetime) -> None:
        seat = crowd.next()
        dispatcher.join(WaitingCall(seat.call_id, seat.queue_id, {}, 0, now), now)

    for number in range(waiting):
        join(zero + timedelta(milliseconds=number))
    for operator_id in city.operators:
        dispatcher.phone_reachable(operator_id, zero)
    talking: list[Assignment] = []

    def answer(now: datetime) -> None:
        for offer in dispatcher.drain().assignments:
            dispatcher.answered(offer.offer_id, now)
            talking.append(offer)

    answer(zero)
    chance, began = random.Random(7), time.process_time()
    for number in range(calls):
        now = zero + timedelta(seconds=1 + number)
        over = chance.randrange(len(talking))
        talking[over], last = talking[-1], talking[over]
        talking.pop()
        dispatcher.conversation_ended(last.offer_id, 0.0, now)
        join(now)
        answer(now)
    return {"calls_per_second": round(calls / (time.process_time() - began))}


def draw(decisions: int) -> None:
    """Draw the cost of a decision against the size of the city, as many waiting as there are operators."""
    sizes = (SMALLEST, 1_000, 10_000, LARGEST)
    ours = [1e6 / measure(city_of(size), size, decisions).decisions_per_second for size in sizes]
    scan = [1e6 / measure_scan(city_of(size), size, 100).decisions_per_second for size in sizes[:3]]
    series = [Series("this system", sizes, ours, marker="o"), Series("linear scan", sizes[:3], scan, marker="s")]
    title = "Cost of one routing decision"
    where = plot_path("routing")
    draw_lines(where, title, "operators, and as many calls waiting", "microseconds", series, log_x=True, log_y=True)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.routing", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--decisions", type=int, default=100_000, help="of each kind and size (100000)")
    parser.add_argument("--scans", type=int, default=400, help="decisions of the peer (400)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="the best of so many counts, a machine is never quiet (3)"
    )
    parser.add_argument("--plot", action="store_true", help="draw docs/plots/routing.svg as well")
    options = parser.parse_args(arguments)
    if options.plot:
        draw(options.decisions)
    city = city_of(OPERATORS)
    rounds = range(options.rounds)
    ours = [measure(city, WAITING, options.decisions) for _ in rounds]
    note(f"{OPERATORS} operators, {WAITING} waiting: {max(each.decisions_per_second for each in ours)}/s")
    at_size = {}
    for size in (SMALLEST, LARGEST):
        measured = [measure(city_of(size), size, options.decisions).decisions_per_second for _ in rounds]
        at_size[size] = max(measured)
        note(f"{size} operators, {size} waiting: {at_size[size]}/s")
    scan = measure_scan(city, WAITING, options.scans)
    whole = measure_dispatcher(city, WAITING, options.decisions // 5)
    print(
        json.dumps(
            {
                "decisions_per_second": max(each.decisions_per_second for each in ours),
                "p99_us": min(each.p99_us for each in ours),
                "cost_ratio_100_to_100000": round(at_size[SMALLEST] / at_size[LARGEST], 2),
                "linear_scan": asdict(scan),
                "dispatcher": whole,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
