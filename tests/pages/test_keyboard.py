"""A request from its form to its approval, by keyboard alone."""

from playwright.async_api import Browser, Page, expect

from tests.pages.company import BOARD, Company
from tests.servers.visitors import visiting


async def tab_to(page: Page, name: str) -> None:
    """Presses Tab until something of that name is focused."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "() => (document.activeElement.labels?.[0] ?? document.activeElement)"
            ".textContent.replace(/\\s+/g, ' ').trim()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"Nothing called {name!r} can be reached")


async def test_a_member_asks_and_an_approver_approves(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(BOARD)
        await tab_to(page, "New request")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("New request")
        await tab_to(page, "What do you need")
        await page.keyboard.type("No mouse at hand")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("No mouse at hand")
        await tab_to(page, "Size")
        await page.keyboard.type("4")
        await page.keyboard.press("Tab")
        await expect(page.locator("[data-saved]")).to_have_text("Saved")
        await tab_to(page, "Have it checked")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Comment", exact=True)).to_be_focused()
        await page.keyboard.type("By keyboard.")
        await tab_to(page, "Have it checked")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("complementary")).to_contain_text("waits for 1 approval")
    async with visiting(browser, company.house, "paul") as page:
        await page.goto("/")
        asked = page.locator("li", has_text="No mouse at hand")
        await expect(asked).to_be_visible()
        while await asked.get_by_role("button", name="Approve").evaluate(
            "(button) => document.activeElement !== button"
        ):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("You approved REQ-")).to_be_visible()
        await expect(page.locator(".said")).to_be_focused()
