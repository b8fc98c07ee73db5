"""What a requester and an admin come for, by mouse, with scripts and without."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.pages.company import BOARD, Company
from tests.servers.visitors import visiting

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


@SCRIPTS
async def test_a_requester_asks_answers_and_sees_nothing_else(
    browser: Browser, company: Company, scripts: bool
) -> None:
    what = f"A map of our offices, {scripts}"
    async with visiting(browser, company.house, "rita", java_script_enabled=scripts) as page:
        await page.goto("/")
        await page.get_by_role("link", name="Pipes", exact=True).click()
        await page.get_by_role("link", name="Website requests").click()
        await page.get_by_role("link", name="New request").click()
        await page.get_by_label("Why").fill("People ring at the wrong door.")
        await page.get_by_role("button", name="Create the request").click()
        await expect(page.get_by_label("Why")).to_have_value("People ring at the wrong door.")
        await page.get_by_label("What do you need").fill(what)
        await page.get_by_role("button", name="Create the request").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(what)
        await page.get_by_label("Write a comment").fill("The one in Porto first.")
        await page.get_by_role("button", name="Comment").click()
        await expect(page.locator("#history")).to_contain_text("The one in Porto first.")
        await page.get_by_role("link", name="Website requests").click()
        await expect(page.locator(".card", has_text=what)).to_be_visible()
        await expect(page.locator(f"#card-{company.plain}")).to_have_count(0)
        await expect(page.get_by_text("Manage")).to_have_count(0)


@SCRIPTS
async def test_an_admin_looks_after_a_pipe(
    browser: Browser, company: Company, scripts: bool
) -> None:
    async with visiting(browser, company.house, "vera", java_script_enabled=scripts) as page:
        await page.goto(BOARD)
        await page.get_by_text("Manage", exact=True).click()
        await page.get_by_role("link", name="Roles").click()
        requester = page.locator("section", has=page.get_by_role("heading", name="Requester"))
        await requester.get_by_label("Who becomes requester").select_option("Mia Tanaka")
        await requester.get_by_role("button", name="Give").click()
        await expect(page.locator("#toasts")).to_contain_text("The roles are changed.")
        await page.get_by_role("button", name="Take the role requester from Mia Tanaka").click()
        await expect(requester.get_by_role("link", name="Mia Tanaka")).to_have_count(0)

        places = page.get_by_role("navigation", name="Screens of Website requests")
        await places.get_by_role("link", name="Webhooks").click()
        await page.get_by_text("Add a webhook").click()
        await page.get_by_label("Address").fill("http://127.0.0.1:9/nobody-listens")
        await page.get_by_label("card.cancelled").check()
        await page.get_by_role("button", name="Add the webhook").click()
        await expect(page.get_by_label("Shown only now")).to_have_value(re.compile("^whsec_"))
        await page.get_by_role("link", name="I have copied it").click()
        await page.get_by_role("button", name="Stop").click()
        await expect(page.get_by_text("What comes meanwhile waits")).to_be_visible()
        await page.get_by_text("Change it", exact=True).click()
        await page.get_by_role("button", name="Remove it").click()
        await page.get_by_role("link", name="Audit log").click()
        await expect(page.locator(".timeline")).to_contain_text("nobody-listens")
