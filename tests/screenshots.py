"""Takes pictures of every page, light and dark, wide and narrow: `make screenshots`.

They go to `test-results/pages`, to be looked at; those that the README shows are kept in `docs`.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, ViewportSize

from tests.pages.company import Company, found
from tests.pages.press import answers
from tests.pages.test_accessibility import PAGES, PHONE, Shown
from tests.servers.browser import headless_browser
from tests.servers.installation import Installation, installation
from tests.servers.receiver import a_receiver
from tests.servers.visitors import visiting

ROOT = Path(__file__).parents[1]
ALL = ROOT / "test-results" / "pages"
KEPT = ROOT / "docs" / "screenshots"
BOARD = "/pipes/product-lifecycle"
DESK = ViewportSize(width=1280, height=800)
VARIANTS: tuple[tuple[str, ViewportSize, Literal["light", "dark"]], ...] = (
    ("wide-light", DESK, "light"),
    ("wide-dark", DESK, "dark"),
    ("narrow-light", PHONE, "light"),
    ("narrow-dark", PHONE, "dark"),
)


async def main() -> None:
    """Pictures of the pages in all their states, then those of the README."""
    ALL.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            a_receiver(answers) as receiver,
            installation(Path(folder)) as house,
            headless_browser() as browser,
        ):
            company = await found(house, receiver)
            for shown in PAGES:
                await take(browser, company, shown)
            seeded = house.command("seed")
            assert seeded.returncode == 0, seeded.stderr
            await take_kept(browser, house)


async def take(browser: Browser, company: Company, shown: Shown) -> None:
    """One page in its state, in every variant."""
    async with visiting(browser, company.house, shown.user, viewport=DESK) as page:
        await page.goto(company.address(shown.address))
        await shown.reaches(page)
        for variant, viewport, scheme in VARIANTS:
            await page.set_viewport_size(viewport)
            await page.emulate_media(color_scheme=scheme)
            await page.screenshot(
                path=ALL / f"{shown.name.replace(' ', '-')}.{variant}.png", full_page=True
            )


async def take_kept(browser: Browser, house: Installation) -> None:
    """The pictures of the README, of the sample company."""
    kept: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("board", BOARD, {"viewport": DESK}),
        ("card", "/cards/FEAT-13", {"viewport": DESK}),
        ("card-on-a-phone", "/cards/FEAT-13", {"viewport": PHONE, "color_scheme": "dark"}),
        ("roadmap", f"{BOARD}/roadmap", {"viewport": DESK, "color_scheme": "dark"}),
    )
    for name, address, options in kept:
        async with visiting(browser, house, "ana", **options) as page:
            await page.goto(address)
            await page.screenshot(path=KEPT / f"{name}.png")


if __name__ == "__main__":
    shutil.rmtree(ALL, ignore_errors=True)
    asyncio.run(main())
