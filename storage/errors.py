"""What can be wrong with the database, in words that say what to do."""

from __future__ import annotations

from calls.errors import HotlineError


class DatabaseUnusable(HotlineError):
    """The database cannot be used."""

    error_id = "database_unusable"
