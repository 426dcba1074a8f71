"""What Asterisk is given to write down of an attempt when it dials: enough for the ledger's row.

The journal is written some milliseconds after the dialling. Where the service dies in between, Asterisk's own record of
the leg still says whose attempt it was.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from calls.events import TransferDoor, TransferStarted, TransferWay

_FIELDS = ("transfer_id", "door", "initiator", "target_id", "number", "trunk", "way")


def note_of(started: TransferStarted) -> str:
    """Return the note: letters, digits, `-`, `_` and `=` only, whatever the initiator is called."""
    row = [str(getattr(started, name)) for name in _FIELDS]
    return base64.urlsafe_b64encode(json.dumps(row, ensure_ascii=False).encode()).decode()


def read_note(note: str, call_id: str, at: datetime) -> TransferStarted | None:
    """Return the attempt of a note that stands beside a leg of this call; None where it is none."""
    try:
        row = dict(zip(_FIELDS, json.loads(base64.urlsafe_b64decode(note)), strict=True))
        if not all(isinstance(value, str) for value in row.values()):
            return None
        return TransferStarted(
            at=at,
            call_id=call_id,
            transfer_id=row["transfer_id"],
            door=TransferDoor(row["door"]),
            initiator=row["initiator"],
            target_id=row["target_id"],
            number=row["number"],
            trunk=row["trunk"],
            way=TransferWay(row["way"]),
        )
    except (ValueError, TypeError, binascii.Error):
        return None
