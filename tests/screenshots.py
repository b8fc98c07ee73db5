"""Takes the pictures of the README and the documentation: `make screenshots`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import BrowserContext

from tests.servers.browser import headless_browser
from tests.servers.installation import Installation, installation

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
BOARD = "/pipes/product-lifecycle"
PASSWORD = "for pictures only 1"


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with installation(Path(folder)) as house, headless_browser() as browser:
            assert house.command("seed").returncode == 0
            context = await browser.new_context(
                base_url=house.address, viewport={"width": 1280, "height": 720}
            )
            await sign_in(context, house)
            await take(context, BOARD, "board")
            await take(context, "/cards/FEAT-13", "card")
            kept = await context.storage_state()
            phone = await browser.new_context(
                base_url=house.address,
                viewport={"width": 360, "height": 720},
                color_scheme="dark",
                storage_state=kept,
            )
            await take(phone, "/cards/FEAT-13", "card-on-a-phone")


async def sign_in(context: BrowserContext, house: Installation) -> None:
    page = await context.new_page()
    await page.goto("/sign-in")
    await page.get_by_label("User").fill("owner")
    await page.get_by_label("Password").fill(house.one_time_password)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/profile/password")
    for box in await page.locator("input[type=password]").all():
        await box.fill(PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.close()


async def take(context: BrowserContext, address: str, name: str) -> None:
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_load_state("load")
    await page.screenshot(path=FOLDER / f"{name}.png")
    await page.close()


if __name__ == "__main__":
    asyncio.run(main())
