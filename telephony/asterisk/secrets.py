"""The passwords of one installation: made once, readable by its owner only, the same at every start."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from calls.errors import ConfigurationError

_BYTES = 24


@dataclass(frozen=True, slots=True)
class Secrets:
    """What Asterisk, the service and the operators' phones know of each other."""

    ami: str = field(repr=False)
    "Password of the service at Asterisk's manager interface."
    phones: dict[str, str] = field(repr=False)
    "Password of each phone: by operator id, a shared one's by its name (desk7)."


def load_secrets(path: Path, operator_ids: Iterable[str] = ()) -> Secrets:
    """Read the secrets, make those that are missing for these operators, and keep them with mode 0600."""
    kept = _read(path)
    phones = dict(kept.phones) if kept else {}
    missing = [operator_id for operator_id in operator_ids if operator_id not in phones]
    phones.update({operator_id: secrets.token_urlsafe(_BYTES) for operator_id in missing})
    loaded = Secrets(ami=kept.ami if kept else secrets.token_urlsafe(_BYTES), phones=phones)
    if kept is None or missing:
        _write(path, loaded)
    return loaded


def _read(path: Path) -> Secrets | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Secrets(ami=str(data["ami"]), phones={str(who): str(word) for who, word in data["phones"].items()})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        # making new ones silently would lock every phone out
        raise ConfigurationError(
            [f"{path}: does not hold secrets ({exc}); remove it to have new ones made, then set up every phone anew"]
        ) from exc


def _write(path: Path, loaded: Secrets) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"ami": loaded.ami, "phones": loaded.phones}, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
