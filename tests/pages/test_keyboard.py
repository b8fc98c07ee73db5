"""From a request's form to its approval and its acceptance, by keyboard alone."""

from playwright.async_api import Browser, Page, expect

from tests.pages.company import BOARD, Company, create, send
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


async def test_a_requester_asks_and_answers(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "rita") as page:
        await page.goto("/pipes")
        await tab_to(page, "Website requests")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{BOARD}")
        await tab_to(page, "New request")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{BOARD}/new")
        await tab_to(page, "What do you need")
        await page.keyboard.type("A form that my mother can use")
        await tab_to(page, "Create the request")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "A form that my mother can use"
        )
        await tab_to(page, "Write a comment")
        await page.keyboard.type("She is eighty.")
        await tab_to(page, "Comment")
        await page.keyboard.press("Enter")
        await expect(page.locator("#history")).to_contain_text("She is eighty.")


async def test_a_lead_accepts_what_was_handed_over(browser: Browser, company: Company) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Handed over to the keyboard", size=1)
        await send(program, "POST", key, "/moves", transition="begin")
    async with visiting(browser, company.house, "lea") as page:
        await page.goto(f"/cards/{key}")
        await tab_to(page, "Read it")
        await page.keyboard.press("Space")
        await tab_to(page, "Accept for Web")
        await page.keyboard.press("Enter")
        await expect(page.locator("#history")).to_contain_text("accepted it for the team Web")


async def test_an_admin_gives_a_role(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "vera") as page:
        await page.goto(BOARD)
        await tab_to(page, "Manage")
        await page.keyboard.press("Enter")
        await tab_to(page, "Roles")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{BOARD}/roles")
        await tab_to(page, "Who becomes viewer")
        await page.keyboard.type("Mia")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#toasts")).to_contain_text("The roles are changed.")
        await expect(
            page.get_by_role("button", name="Take the role viewer from Mia Tanaka")
        ).to_be_visible()
        await page.get_by_role("button", name="Take the role viewer from Mia Tanaka").press("Enter")
        await expect(page.locator("#toasts")).to_contain_text("The roles are changed.")
