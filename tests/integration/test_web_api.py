"""The HTTP API on a real socket: what it answers, how it errs, what it protects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from web_room import Room

from calls.board_formulas import FORMULAS
from calls.errors import LinkDown


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with Room.open() as room:
        yield room


@pytest.fixture
async def client(room: Room) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=room.server.url) as client:
        yield client


async def test_the_board_as_json_has_the_figures_and_their_formulas(room: Room, client: httpx.AsyncClient) -> None:
    room.queue_call("a")
    board = (await client.get("/api/board")).json()
    assert board["totals"]["waiting"] == 1
    assert board["totals"]["connect_rate_24h"] is None
    assert board["waiting"][0]["ani"] == "138******45"
    assert set(board["formulas"]) == set(FORMULAS)
    assert "15 s" in board["formulas"]["service_level"]["en"]


@pytest.mark.parametrize("part", ["queues", "operators", "hotlines", "waiting"])
async def test_parts_of_the_board_show_the_same_rows(room: Room, client: httpx.AsyncClient, part: str) -> None:
    room.queue_call("a")
    whole = (await client.get("/api/board")).json()[part]
    rows = (await client.get(f"/api/{part}")).json()[part]
    moving = {"wait_seconds", "longest_wait_seconds"}
    assert rows
    assert [_without(row, moving) for row in rows] == [_without(row, moving) for row in whole]


def _without(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}


async def test_calls_are_listed_and_shown(room: Room, client: httpx.AsyncClient) -> None:
    listed = await client.get("/api/calls", params={"limit": 3, "outcome": "answered"})
    assert listed.json() == {"calls": [{"call_id": "1.1", "limit": 3, "outcome": "answered"}]}
    assert (await client.get("/api/calls/1.1")).json()["call_id"] == "1.1"


@pytest.mark.parametrize(
    ("method", "path", "status", "error_id"),
    [
        ("GET", "/api/calls/nobody", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("GET", "/static/texts.py", 404, "not_found"),
        ("POST", "/api/board", 405, "method_not_allowed"),
        ("GET", "/api/calls?limit=0", 422, "invalid_request"),
        ("GET", "/api/calls?limit=100000", 422, "invalid_request"),
        ("GET", "/api/calls?outcome=nice", 422, "invalid_request"),
        ("POST", "/api/calls/1.1/transfer", 422, "invalid_request"),
    ],
)
async def test_errors_have_a_stable_id(
    client: httpx.AsyncClient, method: str, path: str, status: int, error_id: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["error_id"]) == (status, error_id)


async def test_a_transfer_is_started_or_says_why_not(room: Room, client: httpx.AsyncClient) -> None:
    body = {"target_id": "gas", "initiator": "1001"}
    answer = await client.post("/api/calls/1.1/transfer", json=body)
    assert (answer.status_code, answer.json()) == (202, {"transfer_id": "1.1-gas-1001"})
    room.transfer_error = LinkDown()
    answer = await client.post("/api/calls/1.1/transfer", json=body)
    assert (answer.status_code, answer.json()["error_id"]) == (503, "link_down")


async def test_an_unforeseen_error_tells_nothing_of_our_insides(room: Room, client: httpx.AsyncClient) -> None:
    room.transfer_error = ValueError("secret detail")
    answer = await client.post("/api/calls/1.1/transfer", json={"target_id": "gas", "initiator": "1001"})
    assert (answer.status_code, answer.json()["error_id"]) == (500, "internal_error")
    assert "secret" not in answer.text


async def test_transfers_are_absent_where_they_can_not_be_started() -> None:
    async with Room.open(transfers=False) as room, httpx.AsyncClient(base_url=room.server.url) as client:
        answer = await client.post("/api/calls/1.1/transfer", json={"target_id": "gas", "initiator": "1001"})
        assert (answer.status_code, answer.json()["error_id"]) == (404, "not_found")


async def test_health_is_503_when_a_check_fails(room: Room, client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    room.healthy = False
    answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "checks": {"asterisk": "down"}})


async def test_metrics_show_the_same_figures_and_no_undefined_ratio(room: Room, client: httpx.AsyncClient) -> None:
    room.queue_call("a")
    text = (await client.get("/metrics")).text
    assert 'hotline_queue_waiting{queue_id="general"} 1.0' in text
    assert "hotline_waiting 1.0" in text
    assert "\nhotline_connect_rate_24h_ratio " not in text
    assert 'hotline_operators{state="offline"} 2.0' in text


async def test_nothing_foreign_can_run_on_the_page(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert page.headers["x-content-type-options"] == "nosniff"
    assert (await client.get("/api/board")).headers["cache-control"] == "no-store"


async def test_files_of_the_page_are_sent_again_only_when_they_changed(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/board.js")
    assert first.headers["content-type"].startswith("text/javascript")
    again = await client.get("/static/board.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
