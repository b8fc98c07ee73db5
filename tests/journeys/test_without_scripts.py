"""Every page works without scripts: forms are sent whole, and answers are pages."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.servers.browser import SHOWN_WITHIN
from tests.servers.installation import Installation

PASSWORD = "no scripts at all 7"


@pytest.fixture
async def page(browser: Browser, house: Installation) -> AsyncIterator[Page]:
    context = await browser.new_context(base_url=house.address, java_script_enabled=False)
    context.set_default_timeout(SHOWN_WITHIN)
    yield await context.new_page()
    await context.close()


async def test_a_card_is_created_filled_in_and_given_up(page: Page, house: Installation) -> None:
    await page.goto("/sign-in")
    await page.get_by_label("User").fill("owner")
    await page.get_by_label("Password").fill(house.one_time_password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/profile/password")
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_label("The same again").fill(PASSWORD)
    await page.get_by_role("button").last.click()

    await page.goto("/pipes/product-lifecycle/new")
    await page.get_by_label("Feature name").fill("Offline mode")
    await page.get_by_role("button", name="Create the feature").click()
    await expect(page.get_by_label("Feature name")).to_have_value("Offline mode")
    await page.get_by_label("Problem to solve").fill("Notes are lost.")
    await page.get_by_label("Target market").select_option("enterprise")
    await page.get_by_role("button", name="Create the feature").click()

    await page.get_by_label("Value for the customer").fill("It works offline.")
    await page.get_by_label("Kind, row 1").select_option("quantitative")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_label("Value for the customer")).to_have_value("It works offline.")
    await expect(page.get_by_label("Kind, row 1")).to_have_value("quantitative")
    await expect(page.locator("#history")).to_contain_text("It works offline.")

    await page.get_by_label("Write a comment").fill("Done *by hand*.")
    await page.get_by_role("button", name="Comment").click()
    await expect(page.locator("#history em")).to_have_text("by hand")

    await page.get_by_role("link", name="Reject").click()
    await page.get_by_label("Comment").fill("Too dear.")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.get_by_role("complementary")).to_contain_text("cancelled")

    await page.goto("/pipes/product-lifecycle")
    await expect(page.locator("[data-card]")).to_have_count(0)


async def test_what_is_not_there_is_a_page_that_says_so(page: Page) -> None:
    answer = await page.goto("/cards/NONE-1")

    assert answer is not None
    assert answer.status in (200, 404)
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
