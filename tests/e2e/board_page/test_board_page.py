"""The live page in Debian's Chromium: what a supervisor sees, within a second, and when the line to us is cut."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

sys.path.append(str(Path(__file__).parents[2] / "integration"))
from web_room import Room

from calls.events import (
    EndedBy,
    HotlineMarkedDown,
    LinkChanged,
    OperatorState,
    OperatorStateChanged,
    ServiceStarted,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferStarted,
)
from hotline.rate_alarms import RateAlarmWatch

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOON_MS = 4000
"From event to page at most, on a machine that other scenarios keep busy."


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with Room.open() as room:
        yield room


@pytest.fixture
async def page(browser: Browser, room: Room) -> AsyncIterator[Page]:
    async with opened(browser, room) as page:
        yield page


@asynccontextmanager
async def opened(browser: Browser, room: Room, **options: object) -> AsyncIterator[Page]:
    """Open the page and fail on anything that it complains about, policy violations included."""
    complaints: list[str] = []
    page = await browser.new_page(**options)  # type: ignore[arg-type]
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(room.server.url)
    await expect(page.locator("#board")).to_have_attribute("data-state", "live")
    yield page
    await page.close()
    # a lost connection is told to the console by the browser itself
    assert [text for text in complaints if "ERR_" not in text] == []


async def test_a_queued_call_shows_soon_and_its_timer_counts(page: Page, room: Room) -> None:
    waiting = page.locator("#figure-waiting")
    await expect(waiting).to_have_text("0")
    room.queue_call("a")
    await expect(waiting).to_have_text("1", timeout=SOON_MS)
    row = page.locator(".waiting-row")
    await expect(row.locator(".ani")).to_have_text("138******45")
    await expect(row.locator(".facts")).to_contain_text("综合受理")
    await expect(row.locator(".timer")).to_have_text(re.compile("0:0[2-9]"), timeout=10_000)
    await expect(page.locator("#figure-longest")).to_have_text(re.compile("0:0[3-9]"), timeout=10_000)
    await expect(page).to_have_title("(1) 北京市民热线 · 12345")


async def test_an_operators_state_is_told_in_words_and_colour(page: Page, room: Room) -> None:
    tile = page.locator(".operator", has_text="1001")
    await expect(tile.locator(".state")).to_have_text("离线")
    room.tell(OperatorStateChanged, operator_id="1001", state=OperatorState.AVAILABLE)
    await expect(tile.locator(".state")).to_have_text("空闲", timeout=SOON_MS)
    await expect(tile).to_have_attribute("data-state", "available")
    room.tell(OperatorStateChanged, operator_id="1001", state=OperatorState.PAUSED, reason="午餐")
    await expect(tile.locator(".state")).to_have_text("暂停 · 午餐", timeout=SOON_MS)
    await page.locator("#filters .chip[data-state=paused]").click()
    await expect(page.locator(".operator")).to_have_count(1)


async def test_undefined_ratios_are_a_dash(page: Page) -> None:
    for figure in ("service_level", "connect_rate", "longest"):
        await expect(page.locator(f"#figure-{figure}")).to_have_text("—")
    await expect(page.locator(".hotline-rate")).to_have_text("—")


async def test_the_page_loses_and_regains_the_connection(page: Page, room: Room) -> None:
    room.queue_call("a")
    await expect(page.locator("#figure-waiting")).to_have_text("1")
    await room.server.stop()
    await expect(page.locator(".banner.bad")).to_contain_text("连接已断开", timeout=10_000)
    await expect(page.locator("#board")).to_have_attribute("data-state", "stale")
    room.queue_call("b")
    room.server = room.new_server(room.server.port)
    await room.server.start()
    await expect(page.locator("#board")).to_have_attribute("data-state", "live", timeout=10_000)
    await expect(page.locator("#figure-waiting")).to_have_text("2")
    await expect(page.locator(".banner")).to_have_count(0)


async def test_a_link_that_is_down_and_a_gap_are_told(page: Page, room: Room) -> None:
    snapshot = room.snapshot()
    room.tell(ServiceStarted, version="test", gap_from=snapshot.at)
    room.tell(LinkChanged, up=False, detail="connection refused")
    await expect(page.locator(".banner.bad")).to_contain_text("connection refused", timeout=SOON_MS)
    await expect(page.locator(".banner.warn")).to_contain_text("统计有缺口")
    room.tell(LinkChanged, up=True)
    await expect(page.locator(".banner.bad")).to_have_count(0, timeout=SOON_MS)


async def test_every_big_figure_has_its_formula_in_both_languages(page: Page) -> None:
    formula = page.locator(".tile:has(#figure-service_level) .tile-formula")
    await expect(formula).to_contain_text("15 秒内接听 ÷")
    await page.locator("#language").click()
    await expect(formula).to_contain_text("answered within 15 s ÷")
    await expect(page.locator("#h-queues")).to_have_text("Call queues")
    await page.locator("thead button[data-formula=abandon_rate]").hover()
    await expect(page.locator("#tip")).to_contain_text("abandoned ÷")
    assert await page.evaluate("[...document.querySelectorAll('#formulas dd')].filter(n => !n.textContent).length") == 0
    assert not await page.evaluate("document.body.innerText.includes('undefined')")


def try_gas(room: Room, outcome: TransferOutcome, times: int) -> None:
    """Let callers be passed on to the gas hotline, all with one outcome."""
    for number in range(times):
        attempt = {"call_id": f"{outcome}{number}", "transfer_id": f"t-{outcome}{number}"}
        to_gas = {"door": TransferDoor.MENU_KEY, "initiator": "caller", "target_id": "gas", "number": "96777"}
        room.tell(TransferStarted, **attempt, **to_gas, trunk="city")
        end = {"outcome": outcome, "ring_seconds": 9, "talk_seconds": 0, "ended_by": EndedBy.TARGET}
        room.tell(TransferEnded, **attempt, **end)


async def test_a_hotline_shows_both_rates_its_alarm_and_what_is_marked_down(page: Page, room: Room) -> None:
    try_gas(room, TransferOutcome.ANSWERED, 17)
    try_gas(room, TransferOutcome.BUSY, 3)
    try_gas(room, TransferOutcome.OUT_OF_HOURS, 5)
    RateAlarmWatch(room.snapshot, room.tell_event, lambda: datetime.now(UTC)).look()
    room.tell(HotlineMarkedDown, target_id="gas", number="96777", reason="no_answer")
    card = page.locator(".hotline")
    await expect(card.locator(".hotline-rate")).to_have_text("85.0%", timeout=SOON_MS)
    await expect(card.locator(".hotline-rate-all")).to_have_text("全 68.0%")
    await expect(card.locator(".verdict")).to_have_text("已标记不通 · 低于 90%")
    await expect(card).to_have_attribute("data-tone", "bad")
    await expect(page.locator(".banner.bad")).to_contain_text("低于 90%，近 24 小时为 85.0%")
    await card.locator(".hotline-counts").hover()
    await expect(page.locator("#tip")).to_contain_text("接通 17，按规则计 20 次，共 25 次")
    await expect(page.locator("#tip")).to_contain_text("已标记不通 96777: no_answer")
    for width in (1920, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await page.evaluate(CONTRAST) == []


async def test_nothing_is_cut_off_at_the_side(page: Page, room: Room) -> None:
    room.queue_call("a")
    await expect(page.locator(".waiting-row")).to_have_count(1)
    for width, height in ((1920, 1080), (1280, 900), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility()) continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${node.className || node.tagName}: ${node.textContent.trim()} ${ratio.toFixed(2)}`);
  }
  return weak;
}"""


async def test_all_text_has_contrast_aa_in_light_and_dark(page: Page, room: Room) -> None:
    room.queue_call("a")
    for state in OperatorState:
        room.tell(OperatorStateChanged, operator_id="1001", state=state)
        await expect(page.locator(".operator").first).to_have_attribute("data-state", state.value)
        for _ in ("light", "dark"):
            assert await page.evaluate(CONTRAST) == []
            await page.locator("#theme").click()
