"""Names of telephones: what Asterisk's endpoints are called, and which of them are whose."""

from __future__ import annotations

HOME_PREFIX = "op"
"""An operator's own phone is this and the operator's id."""

SHARED_PREFIX = "desk"
"""A phone that is nobody's own (hot desk) is this and its id."""


def home_phone(operator_id: str) -> str:
    """Return the name of an operator's own phone: op1001."""
    return f"{HOME_PREFIX}{operator_id}"


def shared_phone(phone_id: str) -> str:
    """Return the name of a shared phone: desk7."""
    return f"{SHARED_PREFIX}{phone_id}"


def home_operator(phone: str) -> str | None:
    """Return whose own phone this is; None for a shared one and for what is no phone."""
    operator_id = phone.removeprefix(HOME_PREFIX)
    return operator_id if phone.startswith(HOME_PREFIX) and _is_number(operator_id) else None


def is_phone(endpoint: str) -> bool:
    """Return whether an endpoint is a phone that operators work at."""
    return home_operator(endpoint) is not None or (
        endpoint.startswith(SHARED_PREFIX) and _is_number(endpoint.removeprefix(SHARED_PREFIX))
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
