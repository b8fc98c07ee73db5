"""What is done is taken back by one click, where it was done: with scripts and without."""

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.pages.accessibility import faults_of
from tests.pages.company import BOARD, Company, create
from tests.pages.test_board import drag, tile
from tests.servers.visitors import visiting


@pytest.fixture
async def key(company: Company) -> str:
    async with await company.program("nina") as program:
        return await create(program, "Ended too soon", size=2)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_an_end_is_taken_back_where_it_was_made(
    browser: Browser, company: Company, key: str, scripts: bool
) -> None:
    async with visiting(browser, company.house, "nina", java_script_enabled=scripts) as page:
        await page.goto(f"/cards/{key}")
        side = page.get_by_role("complementary")
        await side.get_by_text("Cancel this request").first.click()
        await side.get_by_label("Reason").last.fill("By mistake.")
        await side.get_by_role("button", name="Cancel this request").click()
        await expect(side).to_contain_text("cancelled")
        await expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert not scripts or await faults_of(page) == []
        await page.get_by_role("button", name="Undo").click()
        await expect(side).not_to_contain_text("cancelled")
        await expect(page.locator("#history")).to_contain_text("reopened it into New: Undone.")
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)


async def test_a_drop_that_ends_a_card_is_taken_back_on_the_board(
    browser: Browser, company: Company, key: str
) -> None:
    wide: ViewportSize = {"width": 1600, "height": 900}
    async with visiting(browser, company.house, "nina", viewport=wide) as page:
        await page.goto(BOARD)
        await drag(page, key, "dropped")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Comment (needed)").fill("By mistake.")
        await dialog.get_by_role("button", name="Drop").click()
        await expect(tile(page, key)).to_have_count(0)
        await expect(page.locator("#toasts")).to_contain_text(f"{key} is in Dropped now.")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("#history")).to_contain_text("reopened it into New: Undone.")
        await page.goto(BOARD)
        await expect(tile(page, key, "new")).to_be_visible()


async def test_who_may_not_reopen_is_offered_nothing(
    browser: Browser, company: Company, key: str
) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"/cards/{key}/moves/drop")
        await page.get_by_label("Comment").fill("Nobody wants it.")
        await page.get_by_role("button", name="Drop").click()
        await expect(page.get_by_role("complementary")).to_contain_text("cancelled")
        await expect(page.locator("#toasts")).to_contain_text("is in Dropped now.")
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
