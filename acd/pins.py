"""Operators' PINs: kept as a salted hash, compared in constant time, refused for a while after wrong tries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

PIN_PATTERN = r"^([0-9]{4,12}|scrypt\$[A-Za-z0-9_=-]{8,64}\$[A-Za-z0-9_=-]{16,128})$"
"""A PIN as written in operators.yaml: 4 to 12 digits, or what `hotline operators pin` made of them."""

WRONG_TRIES = 3
"""Wrong tries in a row after which a phone is refused."""

REFUSED_SECONDS = 300.0
"""How long a phone is refused."""

_SCHEME = "scrypt"
_COST, _BLOCK, _SALT_BYTES, _KEY_BYTES = 2**13, 8, 12, 24


def hash_pin(pin: str, salt: bytes | None = None) -> str:
    """Return a PIN as it is best kept. Takes tens of milliseconds: call it from a thread where an event loop runs."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    key = hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=_KEY_BYTES)
    return "$".join((_SCHEME, *(base64.urlsafe_b64encode(part).decode() for part in (salt, key))))


def is_pin(kept: str | None, pin: str) -> bool:
    """Return whether this is the PIN that is kept, as a hash or as digits; never where none is kept."""
    if not kept or not pin:
        return False
    scheme, _, rest = kept.partition("$")
    if scheme != _SCHEME:
        return hmac.compare_digest(kept.encode(), pin.encode())
    salt = base64.urlsafe_b64decode(rest.partition("$")[0])
    return hmac.compare_digest(hash_pin(pin, salt).encode(), kept.encode())


@dataclass(slots=True)
class PinGuard:
    """Counts wrong tries for each phone. There are as many as phones."""

    _wrong: dict[str, int] = field(default_factory=dict)
    _refused_until: dict[str, datetime] = field(default_factory=dict)

    def is_refused(self, phone: str, now: datetime) -> bool:
        """Return whether no PIN of this phone is looked at now."""
        until = self._refused_until.get(phone)
        if until is None or now >= until:
            self._refused_until.pop(phone, None)
            return False
        return True

    def tried(self, phone: str, now: datetime, *, right: bool) -> int:
        """Count a try; return how many wrong ones there were in a row."""
        if right:
            self._wrong.pop(phone, None)
            return 0
        wrong = self._wrong[phone] = self._wrong.get(phone, 0) + 1
        if wrong >= WRONG_TRIES:
            del self._wrong[phone]
            self._refused_until[phone] = now + timedelta(seconds=REFUSED_SECONDS)
        return wrong
