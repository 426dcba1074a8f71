"""Only an event that can never be written is given up; whatever else fails is tried again."""

from __future__ import annotations

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError, TimeoutError

from storage.failures import is_refusal
from storage.writer import UnfitEvent


class FromServer(Exception):
    """What asyncpg raises for an answer of the server."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    "error",
    [
        UnfitEvent(7),
        DataError("INSERT", {}, Exception("wrong")),
        IntegrityError("INSERT", {}, Exception("twice")),
        DBAPIError("INSERT", {}, FromServer("22001")),
        StatementError("cannot bind", "INSERT", {}, TypeError("not a datetime")),
        OverflowError("Python int too large to convert to SQLite INTEGER"),
    ],
)
def test_refused(error: Exception) -> None:
    assert is_refusal(error)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("INSERT", {}, Exception("database or disk is full")),
        OperationalError("INSERT", {}, Exception("database is locked")),
        DBAPIError("INSERT", {}, FromServer("53100")),  # disk full
        DBAPIError("INSERT", {}, FromServer("25006")),  # read-only: a standby, during a failover
        DBAPIError("INSERT", {}, FromServer("42P01")),  # no such table
        DataError("INSERT", {}, Exception("server closed the connection"), connection_invalidated=True),
        TimeoutError("QueuePool limit reached"),
        ConnectionRefusedError(111, "Connection refused"),
        asyncpg.InvalidPasswordError("wrong password"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        RuntimeError("cannot schedule new futures after shutdown"),
    ],
)
def test_tried_again(error: Exception) -> None:
    assert not is_refusal(error)
