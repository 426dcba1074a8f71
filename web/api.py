"""The same figures as the page, as JSON; calls from first ring to last record; health and metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel, ConfigDict, Field

from calls.board_formulas import formulas_json
from calls.errors import NotFound
from calls.events import CallOutcome, TransferWay
from web.ports import OPERATOR_VERBS, Hotlines, Menus, OperatorVerbs, WebDeps

MAX_CALLS = 1000
"Most calls that one request lists."

WHO = r"^[A-Za-z0-9_.@-]+$"
"How whoever asks for something names themselves."

ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"

CallId = Annotated[str, Path(max_length=150)]
HotlineId = Annotated[str, Path(max_length=40)]
OperatorNumber = Annotated[str, Path(max_length=8)]
LineId = Annotated[str, Path(max_length=40)]
LanguageCode = Annotated[str, Query(max_length=3)]


class TransferRequest(BaseModel):
    """Which hotline a call is to be passed on to, and who asks for it."""

    model_config = ConfigDict(extra="forbid")

    target_id: str = Field(min_length=1, max_length=64, description="Id of a hotline; a number is none.")
    initiator: str = Field(min_length=1, max_length=64, pattern=WHO)
    way: TransferWay = Field(default=TransferWay.BLIND, description="attended: the operator speaks with it first.")


class MarkRequest(BaseModel):
    """Who marks a hotline's number, and why."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(min_length=1, max_length=64, pattern=WHO)
    reason: str = Field(default="", max_length=150, pattern=ONE_LINE)
    number: str = Field(default="", max_length=21, description="Which of its numbers; the first, or all of them.")


class OperatorRequest(BaseModel):
    """What a verb of an operator needs to know: where they log in, or why they pause."""

    model_config = ConfigDict(extra="forbid")

    phone: str | None = Field(default=None, min_length=1, max_length=64)
    "With log-in: the phone's name, op<id> or desk<id>; the operator's own where left out."
    reason: str | None = Field(default=None, min_length=1, max_length=64)
    "With pause: one of the city's reasons; the first one where left out."


def make_router(deps: WebDeps, registry: CollectorRegistry) -> APIRouter:
    """Return every route that answers with data."""
    router = APIRouter()
    _add_board_routes(router, deps)
    _add_call_routes(router, deps)
    if deps.hotlines is not None:
        _add_hotline_routes(router, deps.hotlines)
    if deps.operators is not None:
        _add_operator_routes(router, deps.operators)
    if deps.menus is not None:
        _add_menu_routes(router, deps.menus)

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        """Say whether the service can do its work."""
        health = deps.health()
        return JSONResponse({"ok": health.ok, "checks": dict(health.checks)}, 200 if health.ok else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        """Return the figures for Prometheus."""
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return router


def _add_board_routes(router: APIRouter, deps: WebDeps) -> None:
    @router.get("/api/board")
    async def board() -> JSONResponse:
        """Return everything on the board, with the formula of each figure."""
        return JSONResponse({**deps.board().as_dict(), **formulas_json(deps.figures)})

    @router.get("/api/formulas")
    async def formulas() -> JSONResponse:
        """Return how each figure is computed, in words."""
        return JSONResponse(formulas_json(deps.figures))

    def part(*names: str) -> JSONResponse:
        whole = deps.board().as_dict()
        return JSONResponse({name: whole[name] for name in ("at", "day", *names)})

    @router.get("/api/queues")
    async def queues() -> JSONResponse:
        """Return the figures of each call queue and of all together."""
        return part("totals", "queues")

    @router.get("/api/operators")
    async def operators() -> JSONResponse:
        """Return what each operator is doing."""
        return part("operators")

    @router.get("/api/hotlines")
    async def hotlines() -> JSONResponse:
        """Return the ledger of each hotline."""
        return part("hotlines")

    @router.get("/api/waiting")
    async def waiting() -> JSONResponse:
        """Return everyone who waits, numbers masked."""
        return part("waiting")


def _add_hotline_routes(router: APIRouter, hotlines: Hotlines) -> None:
    @router.get("/api/directory")
    async def directory(find: Annotated[str, Query(max_length=80)] = "") -> JSONResponse:
        """Return every hotline with its numbers, keys, words and marks, or those that citizens mean by `find`."""
        return JSONResponse({"hotlines": list(hotlines.rows(find))})

    @router.post("/api/hotlines/{hotline_id}/down")
    async def mark_down(hotline_id: HotlineId, request: MarkRequest) -> JSONResponse:
        """Mark a hotline's number down: others are tried first, callers are told."""
        row = hotlines.mark(hotline_id, down=True, by=request.by, reason=request.reason, number=request.number)
        return JSONResponse(dict(row))

    @router.post("/api/hotlines/{hotline_id}/up")
    async def mark_up(hotline_id: HotlineId, request: MarkRequest) -> JSONResponse:
        """Take the marks off a hotline's numbers, or off one of them."""
        row = hotlines.mark(hotline_id, down=False, by=request.by, reason=request.reason, number=request.number)
        return JSONResponse(dict(row))


def _add_operator_routes(router: APIRouter, operators: OperatorVerbs) -> None:
    def add(verb: str) -> None:
        @router.post(f"/api/operators/{{operator_id}}/{verb}", name=verb)
        async def ask(operator_id: OperatorNumber, request: OperatorRequest | None = None) -> JSONResponse:
            """Do what an operator asks for; answer with what they are after it."""
            given = request or OperatorRequest()
            return JSONResponse(dict(operators.ask(operator_id, verb, phone=given.phone, reason=given.reason)))

    for verb in OPERATOR_VERBS:
        add(verb)


def _add_menu_routes(router: APIRouter, menus: Menus) -> None:
    @router.get("/api/ivr")
    async def overview() -> JSONResponse:
        """Return what callers do in the menus today, the configuration that is live, and the notices."""
        return JSONResponse(dict(menus.overview()))

    @router.get("/api/ivr/{line}.svg")
    async def picture(line: LineId, language: LanguageCode = "zh") -> Response:
        """Return a line's drawn flow with the drop-off of each node."""
        svg = await menus.picture(line, language)
        return Response(svg, headers={"content-type": "image/svg+xml; charset=utf-8"})


def _add_call_routes(router: APIRouter, deps: WebDeps) -> None:
    @router.get("/api/calls")
    async def list_calls(
        limit: Annotated[int, Query(ge=1, le=MAX_CALLS)] = 50, outcome: CallOutcome | None = None
    ) -> JSONResponse:
        """Return the latest calls."""
        return JSONResponse({"calls": list(await deps.list_calls(limit, outcome))})

    @router.get("/api/calls/{call_id}")
    async def show_call(call_id: CallId) -> JSONResponse:
        """Return one call from first ring to last record."""
        call = await deps.show_call(call_id)
        if call is None:
            raise NotFound(f"There is no call {call_id}.")
        return JSONResponse(dict(call))

    @router.post("/api/calls/{call_id}/transfer")
    async def transfer(call_id: CallId, request: TransferRequest) -> JSONResponse:
        """Pass a call in progress on to a hotline."""
        if deps.transfer is None:
            raise NotFound("Transfers can't be started here.")
        return JSONResponse(dict(await deps.transfer(call_id, request.target_id, request.initiator, request.way)), 202)

    @router.post("/api/calls/{call_id}/transfer/{verb}")
    async def consulting(call_id: CallId, verb: Literal["complete", "swap", "join", "cancel"]) -> JSONResponse:
        """Do for an operator who asks a hotline first what their keys do."""
        if deps.consulting is None:
            raise NotFound("Transfers can't be started here.")
        return JSONResponse(dict(deps.consulting(call_id, verb)), 202)
