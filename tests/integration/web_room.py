"""A board behind a real web server on a free port, for the tests of the web."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from calls.board import LiveBoard
from calls.board_changes import BoardChanges
from calls.board_model import BoardDirectory, DirectoryHotline, DirectoryOperator, DirectoryQueue
from calls.events import CallQueued, CallStarted, Event, LinkChanged, ServiceStarted, TransferWay
from web.app import create_app
from web.ports import Health, WebDeps
from web.server import WebServer

DIRECTORY = BoardDirectory(
    city_id="beijing",
    city_name={"zh": "北京市民热线", "en": "Beijing citizen hotline"},
    queues=(DirectoryQueue("general", {"zh": "综合受理", "en": "General"}, {"general": 1}),),
    operators=(
        DirectoryOperator("1001", "王小明", {"general": 3}),
        DirectoryOperator("1002", "李娜", {"general": 2}),
    ),
    hotlines=(DirectoryHotline("gas", {"zh": "燃气", "en": "Gas"}, "96777"),),
)


class Room:
    """What the web shows, with the events told by hand."""

    def __init__(self, *, transfers: bool = True, directory: BoardDirectory = DIRECTORY) -> None:
        self.board = LiveBoard(directory)
        self.changes = BoardChanges()
        self.healthy = True
        self.transfer_error: Exception | None = None
        self.board_error: Exception | None = None
        self.deps = WebDeps(
            board=self.snapshot,
            subscribe=self.changes.subscribe,
            list_calls=self.list_calls,
            show_call=self.show_call,
            health=self.health,
            transfer=self.transfer if transfers else None,
        )
        self.server = self.new_server(0)

    @classmethod
    @asynccontextmanager
    async def open(cls, **values: Any) -> AsyncIterator[Room]:
        """Serve until the block is left."""
        room = cls(**values)
        room.tell(ServiceStarted, version="test")
        room.tell(LinkChanged, up=True)
        await room.server.start()
        try:
            yield room
        finally:
            await room.server.stop()

    def new_server(self, port: int) -> WebServer:
        """Return a server of a new app on the same board."""
        return WebServer(create_app(self.deps), "127.0.0.1", port)

    def tell(self, cls: type[Event], **values: Any) -> None:
        """Apply an event that happens now."""
        self.tell_event(cls(at=datetime.now(UTC), **values))

    def tell_event(self, event: Event) -> None:
        """Apply an event."""
        self.board.apply(event)
        self.changes.notify()

    def queue_call(self, call_id: str, ani: str = "13812345645") -> None:
        """Let a caller come in and wait."""
        self.tell(CallStarted, call_id=call_id, case_id="c", ani=ani, dnis="12345", line_id="main", language="zh")
        self.tell(CallQueued, call_id=call_id, queue_id="general", skills={"general": 1})

    def snapshot(self) -> Any:
        if self.board_error is not None:
            raise self.board_error
        return self.board.snapshot(datetime.now(UTC))

    async def list_calls(self, limit: int, outcome: str | None) -> Sequence[dict[str, Any]]:
        return [{"call_id": "1.1", "limit": limit, "outcome": outcome}]

    async def show_call(self, call_id: str) -> dict[str, Any] | None:
        return {"call_id": call_id} if call_id == "1.1" else None

    async def transfer(self, call_id: str, target_id: str, initiator: str, way: TransferWay) -> dict[str, Any]:
        if self.transfer_error is not None:
            raise self.transfer_error
        return {"transfer_id": f"{call_id}-{target_id}-{initiator}"}

    def health(self) -> Health:
        return Health(self.healthy, {"asterisk": "up" if self.healthy else "down"})
