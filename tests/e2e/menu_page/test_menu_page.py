"""The page of the menus in Debian's Chromium, of a real service that a citizen calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from calls.events import ConfigurationLoaded
from hotline.actors.scripts import PressKey
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def test_the_drawn_flow_the_figures_and_a_refused_edit(tmp_path: Path, town: OpenTown, browser: Browser) -> None:
    async with town(changes={"limits": {"max_wait_seconds": 60}}) as place:
        citizen = await place.citizen(MENU, PressKey("9"))
        await place.ended(await place.call_of(citizen))
        complaints: list[str] = []
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.goto(f"{place.service.web.url}ivr")
        await expect(page.locator("#menus")).to_have_attribute("data-state", "live")
        await expect(page.locator("#lines button[aria-pressed=true]")).to_contain_text("市民热线 · 1 个来电")
        row = page.locator("#nodes tbody tr", has_text="main")
        await expect(row).to_contain_text("9:1")
        await expect(row.locator("td").last).to_have_text("0%")
        await expect(page.locator("#picture")).to_have_js_property("complete", True)
        assert await page.locator("#picture").evaluate("picture => picture.naturalWidth") > 300
        await page.locator("#language").click()
        await expect(page.locator("#h-nodes")).to_have_text("Nodes")
        flows = tmp_path / "city" / "flows.yaml"
        text = flows.read_text(encoding="utf-8")
        flows.write_text(text.replace('"1": person', '"1": persn'), encoding="utf-8")
        await place.happened(ConfigurationLoaded, lambda e: e.result == "refused")
        await expect(page.locator("#problems li")).to_contain_text('there is no node "persn"', timeout=10_000)
        await page.goto(place.service.web.url)
        await expect(page.locator(".banner.bad")).to_contain_text("1 errors: refused", timeout=10_000)
        flows.write_text(text, encoding="utf-8")
        await expect(page.locator(".banner.bad")).to_have_count(0, timeout=10_000)
        await page.close()
        assert complaints == []
