"""Telling an event that the database will never take from a database that will take it later."""

from __future__ import annotations

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError, StatementError

_REFUSED_SQLSTATES = ("22", "23")
"SQL's classes for data that is out of range and for broken constraints."


def is_refusal(error: Exception) -> bool:
    """Return True when the same write would fail again however healthy the database is.

    Everything unknown counts as a failure of the database: it is tried again and loses nothing.
    """
    if type(error).__module__.startswith("asyncpg"):
        return False
    if not isinstance(error, DBAPIError):
        # raised before the driver: a value without a column type, or a defect in a projection
        return isinstance(
            error, StatementError | TypeError | ValueError | LookupError | AttributeError | ArithmeticError
        )
    if error.connection_invalidated:
        return False
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate:
        return str(sqlstate)[:2] in _REFUSED_SQLSTATES
    # asyncpg says ValueError, through SQLAlchemy's own error, for an argument it cannot encode
    unfit = isinstance(getattr(error.orig, "__cause__", None), ValueError)
    return unfit or isinstance(error, IntegrityError | DataError | ProgrammingError | InterfaceError)
