"""Checks what queues need: that expressions name skills there are, and that somebody can serve each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from acd.expression import RequirementError, skill_places
from acd.model import CallQueue, OperatorProfile
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems, listed, quoted


def check_needs(document: Document, skills: list[str], problems: Problems) -> None:
    """Add a problem for each skill of an expression that there is not, at its very place."""
    for keys, text in _expressions(document):
        try:
            named = skill_places(text)
        except RequirementError:
            continue  # told with the file's other values
        for skill, position in named:
            if skill not in skills:
                place = document.place_inside(keys, position)
                hint = problems.did_you_mean(skill, skills)
                words = f"there is no skill {quoted(skill)}; allowed: {listed(skills)}{hint}"
                problems.add(document.file, place.line, place.column, words)


def check_steps(
    document: Document, queues: Iterable[CallQueue], operators: Mapping[str, OperatorProfile], problems: Problems
) -> None:
    """Warn of each step in which a call waits for nobody; of a queue that nobody serves at all others tell."""
    for index, queue in enumerate(queues):
        if not queue.steps or not any(queue.is_served_by(operator) for operator in operators.values()):
            continue
        for number, needs in enumerate(queue.needs_in_steps()):
            alone = queue.model_copy(update={"steps": queue.steps[number : number + 1]})
            if not any(alone.is_served_by(operator) for operator in operators.values()):
                place = document.place(("queues", index, "steps", number, "needs"))
                text = f"in this step nobody can take a call of the queue {queue.queue_id}: it needs {needs}"
                problems.warn(document.file, place.line, place.column, f"{text}; see skills in operators.yaml")


def _expressions(document: Document) -> Iterator[tuple[Keys, str]]:
    queues = document.get("queues")
    for index, queue in enumerate(queues if isinstance(queues, list) else ()):
        if not isinstance(queue, dict):
            continue
        steps = queue.get("steps")
        written: list[tuple[Keys, object]] = [(("needs",), queue.get("needs"))]
        for number, step in enumerate(steps if isinstance(steps, list) else ()):
            written.append((("steps", number, "needs"), step.get("needs") if isinstance(step, dict) else None))
        yield from ((("queues", index, *way), text) for way, text in written if isinstance(text, str))
