"""The browser that page tests drive: a Chromium found on this machine, without its own network."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright, expect

# A busy machine shows a page late, and that is no fault of the page.
SHOWN_WITHIN = 20_000.0  # milliseconds

LAUNCH_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextlib.asynccontextmanager
async def headless_browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=SHOWN_WITHIN)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(playwright), args=LAUNCH_ARGUMENTS
        )
        try:
            yield browser
        finally:
            await browser.close()


def chromium(playwright: Playwright) -> str:
    """The path of a Chromium: the one chosen by PHASELINE_TEST_CHROMIUM, or the first installed."""
    candidates = (
        os.environ.get("PHASELINE_TEST_CHROMIUM"),
        shutil.which("chromium-headless-shell"),
        playwright.chromium.executable_path,
        shutil.which("chromium"),
        shutil.which("google-chrome"),
    )
    for candidate in candidates:
        if candidate and Path(candidate).is_file():
            return candidate
    raise RuntimeError(
        "No Chromium found: install chromium-headless-shell (Debian), run `playwright install "
        "chromium`, or name one with PHASELINE_TEST_CHROMIUM."
    )
