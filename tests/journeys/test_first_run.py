"""The first run: the owner chooses a password and loads the sample, which comes by itself."""

import re

from playwright.async_api import Browser, expect

from tests.pages.accessibility import faults_of, sticks_out
from tests.servers.installation import Installation
from tests.servers.visitors import visiting

PASSWORD = "a company moves in today"


async def test_the_owner_loads_the_sample_and_looks_around_meanwhile(
    browser: Browser, house: Installation
) -> None:
    async with visiting(browser, house, java_script_enabled=False) as page:
        await page.goto("/")
        await page.get_by_label("User").fill("owner")
        await page.get_by_label("Password").fill(house.one_time_password)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("New password").fill(PASSWORD)
        await page.get_by_label("The same again").fill(PASSWORD)
        await page.get_by_role("button", name="Save the password").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome to Phaseline")
        await expect(page.get_by_text("pipes are ready either way")).to_be_visible()
        async with visiting(browser, house, "owner") as looking:
            await looking.goto("/welcome")
            assert (await faults_of(looking), await sticks_out(looking)) == ([], [])
        await page.get_by_role("button", name="Load the sample").click()
        # The page draws itself anew until there is something to see.
        await expect(page.get_by_text(re.compile(r"[1-9]\d* cards are open"))).to_be_visible(
            timeout=30_000
        )
        await page.get_by_role("link", name="Look around meanwhile").click()
        await expect(page.get_by_text(re.compile(r"[1-9]\d* open")).first).to_be_visible()
