"""Workers of pytest keep out of each other's way."""

from __future__ import annotations

from hotline.actors.ports import keep_to
from tests.ports import SHARES, share


def pytest_configure() -> None:
    """Actors of this worker use its own ports."""
    keep_to(share(), SHARES)
