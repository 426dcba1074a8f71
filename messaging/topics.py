"""Which topic holds what. The figures are those of the live board: one snapshot, the same numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from calls.board_model import BoardSnapshot, mask_number, without_clock
from calls.event_records import event_type, to_record
from calls.events import CallEvent

ONLINE = b"online"
OFFLINE = b"offline"

_LISTS = {"queues": "queue_id", "operators": "operator_id", "hotlines": "hotline_id"}
"List on the board to the field that ends the topic."
_SERVICE = ("day", "service_level_seconds", "short_abandon_seconds", "service_up", "link_up", "link_since", "gaps")


def level(name: str) -> str:
    """Return an id as one level of a topic: characters with a meaning in topics become `_`."""
    return re.sub(r"[+#/\x00]", "_", name) or "_"


def status_topic(base: str) -> str:
    """Return the topic of `online` and `offline`."""
    return f"{base}/status"


def row_topics(base: str) -> str:
    """Return the filter that matches every topic that can vanish with its id."""
    return f"{base}/+/+"


def is_row_topic(base: str, topic: str) -> bool:
    """Return whether it is one: amqtt sends a new client what others have subscribed to, and that is not ours."""
    own = topic.removeprefix(f"{base}/").split("/") if topic.startswith(f"{base}/") else []
    return len(own) == 2 and own[0] in _LISTS


def board_topics(base: str, board: BoardSnapshot) -> dict[str, dict[str, Any]]:
    """Return what each topic holds.

    Values that move by themselves are left out, since a retained message can't move: `wait_seconds` and
    `longest_wait_seconds` follow from `queued_at` and `longest_wait_since`.
    """
    whole = without_clock(board.as_dict())
    topics = {
        f"{base}/totals": {**whole["totals"], "stages": whole["stages"], **{name: whole[name] for name in _SERVICE}},
        f"{base}/transfers": whole["transfers"],
        f"{base}/alarms": {"count": len(whole["alarms"]), "raised": whole["alarms"]},
        f"{base}/waiting": {"count": len(whole["waiting"]), "callers": whole["waiting"]},
    }
    for name, id_field in _LISTS.items():
        for row in whole[name]:
            topics[f"{base}/{name}/{level(row[id_field])}"] = row
    return topics


def encode(value: Mapping[str, Any]) -> bytes:
    """Return a payload: UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def call_event(base: str, event: CallEvent) -> tuple[str, bytes]:
    """Return topic and payload of one fact about a call, the caller's number masked."""
    record = to_record(event)
    if "ani" in record:
        record["ani"] = mask_number(record["ani"])
    payload = {"type": event_type(event), "at": event.at.isoformat(timespec="milliseconds"), **record}
    return f"{base}/calls/{level(event.call_id)}/events", encode(payload)
