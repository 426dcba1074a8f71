"""Puts the web together: the live page, its feed, the API. Nothing here decides anything."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from web.api import make_router
from web.errors import add_error_handlers
from web.metrics import make_registry
from web.pages import SafetyHeaders, add_pages
from web.ports import WebDeps
from web.stream import BoardStream


class _Events:
    """The feed as an ASGI app: it watches both ends of the connection itself."""

    def __init__(self, stream: BoardStream) -> None:
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream.serve(scope, receive, send)


def create_app(deps: WebDeps) -> FastAPI:
    """Return the web application. `app.state.board_stream` is its feed, which the server closes first."""
    # the framework's own API pages load scripts from elsewhere, so there are none; the schema is served
    app = FastAPI(title="hotline", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    stream = BoardStream(deps)
    app.state.board_stream = stream
    add_error_handlers(app)
    add_pages(app)
    app.include_router(make_router(deps, make_registry(deps.board, lambda: stream.viewers, deps.figures)))
    app.router.routes.append(Route("/events", _Events(stream), methods=["GET"]))
    app.add_middleware(SafetyHeaders)
    return app
