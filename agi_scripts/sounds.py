"""What callers hear while something happens elsewhere: an announcement first, then music, cut the moment it is over.

Each is a music class of Asterisk, so that hearing it costs no round trip and can never delay a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acd.model import CallQueue
from calls.events import TransferOutcome
from ivr.model import SystemPrompt, connecting_prompt
from transfer.directory import Hotline, HotlineDirectory

MUSIC = "music"
"""Stands for the music of a class in a list of prompts."""

_FAILURES = {
    TransferOutcome.BUSY: SystemPrompt.TRANSFER_BUSY,
    TransferOutcome.LIMIT: SystemPrompt.TRANSFER_BUSY,
    TransferOutcome.NO_ANSWER: SystemPrompt.TRANSFER_NO_ANSWER,
    TransferOutcome.OUT_OF_HOURS: SystemPrompt.TRANSFER_OUT_OF_HOURS,
}


def waiting(queue_id: str, language: str) -> str:
    """Return the class for a caller who waits in a queue."""
    return f"waiting_{queue_id}_{language}"


def holding(queue_id: str) -> str:
    """Return the class for a caller who waits in a queue and was spoken to: its music alone."""
    return f"holding_{queue_id}"


def failure(outcome: TransferOutcome) -> SystemPrompt:
    """Return the prompt that says why a hotline was not reached."""
    return _FAILURES.get(outcome, SystemPrompt.TRANSFER_FAILED)


def connecting(hotline_id: str, language: str, *, after: TransferOutcome | None = None, is_down: bool = False) -> str:
    """Return the class for a caller who is being connected to a hotline.

    `after` is how another of its numbers failed; `is_down` says that it has been hard to reach.
    """
    if after is not None:
        return f"{failure(after)}_then_{hotline_id}_{language}"
    return f"{'hard_to_reach' if is_down else 'connecting'}_{hotline_id}_{language}"


def returning(outcome: TransferOutcome, to: str, language: str) -> str:
    """Return the class for a caller whose transfer failed; `to` is operator or queue."""
    return f"{failure(outcome)}_{to}_{language}"


def music_classes(
    queues: Iterable[CallQueue], hotlines: HotlineDirectory, languages: Iterable[str]
) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Return every class: its language and what it plays in turn, names of prompts and MUSIC."""
    classes: dict[str, tuple[str, tuple[str, ...]]] = {}
    queues, failures = tuple(queues), {*_FAILURES.values(), SystemPrompt.TRANSFER_FAILED}
    for language in languages:
        for hotline in hotlines:
            classes.update(_of_hotline(hotline, language))
        for queue in queues:
            announced = (queue.announcement, MUSIC, queue.comfort or SystemPrompt.ALL_BUSY_WAIT, MUSIC)
            classes[waiting(queue.queue_id, language)] = (language, announced)
            if queue.announces:
                classes[holding(queue.queue_id)] = (language, (MUSIC,))
        for failure in failures:
            back = {"operator": SystemPrompt.RETURNING_TO_OPERATOR, "queue": SystemPrompt.RETURNING_TO_QUEUE}
            for to, prompt in back.items():
                classes[f"{failure}_{to}_{language}"] = (language, (failure, prompt, MUSIC))
    return classes


def _of_hotline(hotline: Hotline, language: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what callers hear while a hotline is dialled: at first, while it is down, after another number failed."""
    hotline_id, dialling = hotline.hotline_id, (connecting_prompt(hotline.hotline_id), MUSIC)
    found = {
        connecting(hotline_id, language): (language, dialling),
        connecting(hotline_id, language, is_down=True): (language, (SystemPrompt.HOTLINE_HARD_TO_REACH, *dialling)),
    }
    if len(hotline.lines) > 1:
        for outcome in (*_FAILURES, TransferOutcome.FAILED):
            found[connecting(hotline_id, language, after=outcome)] = (language, (failure(outcome), *dialling))
    return found
