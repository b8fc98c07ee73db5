"""The server dies while people type: what they typed arrives, once."""

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.servers.installation import Installation
from tests.servers.visitors import Somebody, add_people, visiting

NOTES = {
    "id": "notes",
    "name": "Notes",
    "card": {"noun": "note", "key": "NOTE", "title": "what"},
    "fields": {
        "what": {"type": "short_text", "label": "What"},
        "why": {"type": "long_text", "label": "Why"},
    },
    "start": {"phase": "open", "form": ["what"]},
    "phases": [
        {"id": "open", "name": "Open", "form": ["why"]},
        {"id": "done", "name": "Done", "final": "done"},
    ],
    "transitions": [{"id": "end", "from": "open", "to": "done", "label": "End"}],
}


@pytest.fixture(scope="module")
async def office(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with a small pipe, and with somebody who types."""
    path: Path = tmp_path_factory.mktemp("pipes") / "notes.json"
    path.write_text(json.dumps(NOTES))
    published = house.command("publish", str(path))
    assert published.returncode == 0, published.stderr
    await add_people(house, [Somebody(id="tessa", name="Tessa")])
    return house


async def fill_in(page: Page, what: str) -> None:
    await page.goto("/pipes/notes/new")
    await page.get_by_label("What", exact=True).fill(what)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_form_that_was_filled_in_meanwhile_makes_one_card(
    browser: Browser, office: Installation, scripts: bool
) -> None:
    what = f"Kept, {scripts}"
    async with visiting(browser, office, "tessa", java_script_enabled=scripts) as page:
        await fill_in(page, what)
        office.kill("api")
        await page.get_by_role("button", name="Create the note").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(what)
        await page.goto("/pipes/notes/list")
        await expect(page.get_by_role("link", name=what)).to_have_count(1)


async def test_an_entry_of_a_card_is_saved_when_it_is_back(
    browser: Browser, office: Installation
) -> None:
    async with visiting(browser, office, "tessa") as page:
        await fill_in(page, "A long text")
        await page.get_by_role("button", name="Create the note").click()
        why = page.get_by_label("Why")
        await why.fill("Begun before")
        office.kill("api")
        await why.fill("Begun before, ended after")
        await why.blur()
        await expect(page.locator("[data-saved]")).to_have_text("Saved")
        await page.reload()
        await expect(why).to_have_value("Begun before, ended after")
