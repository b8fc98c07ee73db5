"""Of many people and cards one chooses by what they are called, with scripts and without."""

import pytest
from playwright.async_api import Browser, Page, expect

from api.pages.choosing import meant
from api.pages.words import Person
from tests.pages.company import Company, create, send
from tests.pages.press import PIPE as PRESS_KITS
from tests.servers.visitors import visiting

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
PEOPLE = (
    Person(id="mia", name="Mia Tanaka"),
    Person(id="otto", name="Otto Brandt"),
    Person(id="otto2", name="Otto Brandt"),
    Person(id="lea", name="Fischer, Lea"),
)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Mia Tanaka", ("mia",)),
        (" mia tanaka ", ("mia",)),
        ("MIA", ("mia",)),
        ("Otto Brandt (otto2)", ("otto2",)),
        ("mia, otto", ("mia", "otto")),
        ("Fischer, Lea", ("lea",)),
        ("", ()),
        ("Otto Brandt", ("Otto Brandt",)),
        ("Somebody Else, mia", ("Somebody Else", "mia")),
    ],
)
def test_whom_a_text_means(text: str, people: tuple[str, ...]) -> None:
    assert meant(PEOPLE, text) == people


async def save(page: Page) -> None:
    """Sends the form in which the focus is, as one does without scripts."""
    await page.keyboard.press("Enter")


@SCRIPTS
async def test_somebody_is_assigned_by_name(
    browser: Browser, company: Company, scripts: bool
) -> None:
    async with await company.program("max") as program:
        key = await create(program, f"Who does this? {scripts}")
    async with visiting(browser, company.house, "max", java_script_enabled=scripts) as page:
        await page.goto(f"/cards/{key}")
        side = page.get_by_role("complementary")
        await side.get_by_text("Change", exact=True).click()
        field = side.get_by_label("Assign somebody")
        await field.fill("Zed")
        await save(page)
        await expect(page.get_by_role("alert")).to_contain_text("nobody called “Zed”")
        await expect(field).to_have_value("Zed")
        await field.fill("zoë adler")
        await save(page)
        await expect(side.locator(".avatar[title='Zoë Adler']")).to_be_visible()
        if not scripts:
            await side.get_by_text("Change", exact=True).click()
        await expect(field).to_have_value("")
        await field.fill("Otto Brandt (otto2)")
        await save(page)
        await expect(side.locator(".avatar[title='Otto Brandt']")).to_be_visible()
        await expect(side.locator(".avatar[title='Zoë Adler']")).to_be_visible()
    async with await company.program("max") as program:
        assert (await program.get(f"/cards/{key}")).json()["assignees"] == ["zoe", "otto2"]


@SCRIPTS
async def test_a_field_takes_people_by_name_and_a_team(
    browser: Browser, company: Company, scripts: bool
) -> None:
    async with await company.program("max") as program:
        key = await create(program, f"Who reads this? {scripts}", size=1)
        await send(program, "POST", key, "/moves", transition="begin")
    async with visiting(browser, company.house, "max", java_script_enabled=scripts) as page:
        await page.goto(f"/cards/{key}")
        field = page.get_by_label("Readers: add somebody")
        for name in ("Mia Tanaka", "Paul Almeida"):
            await field.fill(name)
            await save(page)
            await expect(page.locator("#readers-field").get_by_label(name)).to_be_checked()
            await expect(field).to_have_value("")
        await page.get_by_label("Owning team").select_option("Legal")
        if not scripts:
            await page.get_by_role("button", name="Save").first.click()
        await field.fill("Nobody Of That Name")
        await save(page)
        await expect(page.locator("#readers-field")).to_contain_text("Nobody Of That Name")
        await expect(field).to_have_value("Nobody Of That Name")
    async with await company.program("max") as program:
        shown = (await program.get(f"/cards/{key}")).json()["fields"]
        assert (shown["readers"], shown["owner"]) == (["mia", "paul"], "legal")


async def test_several_cards_are_picked_before_the_form_is_sent(
    browser: Browser, company: Company
) -> None:
    async with await company.program("max") as program:
        keys = [await create(program, f"Picked {number} of two") for number in (1, 2)]
    async with visiting(browser, company.house, "vera") as page:
        await page.goto(f"/pipes/{PRESS_KITS}/new")
        await page.get_by_label("Paper").fill("The Weekly")
        field = page.get_by_label("Needed requests: add a card")
        for number, key in enumerate(keys, start=1):
            title = f"Picked {number} of two"
            await field.fill(title)
            await expect(page.locator(f"datalist option[value={key}]")).to_have_count(1)
            await field.fill(key)
            await field.blur()
            await expect(page.get_by_label(f"{key} {title}")).to_be_checked()
        await page.reload()
        for key in keys:
            await expect(page.get_by_label(key)).to_be_checked()
        await page.get_by_role("button", name="Create the press kit").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("The Weekly")
        for number in (1, 2):
            await expect(page.locator("#card-connections")).to_contain_text(f"Picked {number}")


async def test_cards_are_found_by_their_words_without_scripts(
    browser: Browser, company: Company
) -> None:
    async with await company.program("max") as program:
        only = await create(program, "Zebra crossings")
        for title in ("Quokka one", "Quokka two"):
            await create(program, title)
    async with visiting(browser, company.house, "vera", java_script_enabled=False) as page:
        await page.goto(f"/pipes/{PRESS_KITS}/new")
        await page.get_by_label("Paper").fill("The Monthly")
        field = page.get_by_label("Needed requests: add a card")
        await field.fill("quokka")
        await save(page)
        await expect(page.locator("#needs-field")).to_contain_text("several cards")
        await expect(page.locator("#needs-field")).to_contain_text("Quokka two")
        await expect(field).to_have_value("quokka")
        await field.fill("zebra")
        await save(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("The Monthly")
        await expect(page.locator("#card-connections")).to_contain_text(f"{only} Zebra crossings")
        await field.fill("nothing-like-this-anywhere")
        await save(page)
        await expect(page.locator("#needs-field .error")).to_be_visible()
        await expect(page.get_by_label(f"{only} Zebra crossings")).to_be_checked()
