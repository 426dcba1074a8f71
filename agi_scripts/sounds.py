"""What callers hear while something happens elsewhere: an announcement first, then music, cut the moment it is over.

Each is a music class of Asterisk, so that hearing it costs no round trip and can never delay a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acd.model import CallQueue
from calls.events import TransferOutcome
from ivr.model import SystemPrompt, connecting_prompt
from transfer.directory import HotlineDirectory

MUSIC = "music"
"""Stands for the music of a class in a list of prompts."""

_FAILURES = {
    TransferOutcome.BUSY: SystemPrompt.TRANSFER_BUSY,
    TransferOutcome.NO_ANSWER: SystemPrompt.TRANSFER_NO_ANSWER,
}


def waiting(queue_id: str, language: str) -> str:
    """Return the class for a caller who waits in a queue."""
    return f"waiting_{queue_id}_{language}"


def holding(queue_id: str) -> str:
    """Return the class for a caller who waits in a queue and was spoken to: its music alone."""
    return f"holding_{queue_id}"


def connecting(hotline_id: str, language: str) -> str:
    """Return the class for a caller who is being connected to a hotline."""
    return f"connecting_{hotline_id}_{language}"


def returning(outcome: TransferOutcome, to: str, language: str) -> str:
    """Return the class for a caller whose transfer failed; `to` is operator or queue."""
    return f"{_FAILURES.get(outcome, SystemPrompt.TRANSFER_FAILED)}_{to}_{language}"


def music_classes(
    queues: Iterable[CallQueue], hotlines: HotlineDirectory, languages: Iterable[str]
) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Return every class: its language and what it plays in turn, names of prompts and MUSIC."""
    classes: dict[str, tuple[str, tuple[str, ...]]] = {}
    queues, failures = tuple(queues), {*_FAILURES.values(), SystemPrompt.TRANSFER_FAILED}
    for language in languages:
        for queue in queues:
            announced = (queue.announcement, MUSIC, queue.comfort or SystemPrompt.ALL_BUSY_WAIT, MUSIC)
            classes[waiting(queue.queue_id, language)] = (language, announced)
            if queue.announces:
                classes[holding(queue.queue_id)] = (language, (MUSIC,))
        for hotline in hotlines:
            sounds = (connecting_prompt(hotline.hotline_id), MUSIC)
            classes[connecting(hotline.hotline_id, language)] = (language, sounds)
        for failure in failures:
            back = {"operator": SystemPrompt.RETURNING_TO_OPERATOR, "queue": SystemPrompt.RETURNING_TO_QUEUE}
            for to, prompt in back.items():
                classes[f"{failure}_{to}_{language}"] = (language, (failure, prompt, MUSIC))
    return classes
