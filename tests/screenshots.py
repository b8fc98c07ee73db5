"""Takes pictures of every page, light and dark, wide and narrow: `make screenshots`.

They go to `test-results/pages`, to be looked at; those that the README shows are kept in `docs`.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.pages.company import Company, found
from tests.pages.test_accessibility import PAGES, Shown
from tests.servers.browser import headless_browser
from tests.servers.installation import Installation, installation
from tests.servers.visitors import visiting

ROOT = Path(__file__).parents[1]
ALL = ROOT / "test-results" / "pages"
KEPT = ROOT / "docs" / "screenshots"
BOARD = "/pipes/product-lifecycle"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
VARIANTS: dict[str, dict[str, Any]] = {
    "wide-light": {"viewport": WIDE},
    "wide-dark": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow-light": {"viewport": NARROW},
    "narrow-dark": {"viewport": NARROW, "color_scheme": "dark"},
}


async def main() -> None:
    """Pictures of the pages in all their states, then those of the README."""
    ALL.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with installation(Path(folder)) as house, headless_browser() as browser:
            company = await found(house)
            for variant, options in VARIANTS.items():
                for shown in PAGES:
                    await take(browser, company, shown, variant, options)
            assert house.command("seed").returncode == 0
            await take_kept(browser, house)


async def take(
    browser: Browser, company: Company, shown: Shown, variant: str, options: dict[str, Any]
) -> None:
    """One page in its state."""
    path = ALL / f"{shown.name.replace(' ', '-')}.{variant}.png"
    async with visiting(browser, company.house, shown.user, **options) as page:
        await page.goto(company.address(shown.address))
        await shown.reaches(page)
        await page.screenshot(path=path, full_page=variant.startswith("narrow"))


async def take_kept(browser: Browser, house: Installation) -> None:
    """The pictures of the README, of the sample company."""
    for name, address, options in (
        ("board", BOARD, VARIANTS["wide-light"]),
        ("card", "/cards/FEAT-13", VARIANTS["wide-light"]),
        ("card-on-a-phone", "/cards/FEAT-13", VARIANTS["narrow-dark"]),
        ("roadmap", f"{BOARD}/roadmap", VARIANTS["wide-dark"]),
    ):
        async with visiting(browser, house, "ana", **options) as page:
            await page.goto(address)
            await page.screenshot(path=KEPT / f"{name}.png")


if __name__ == "__main__":
    shutil.rmtree(ALL, ignore_errors=True)
    asyncio.run(main())
