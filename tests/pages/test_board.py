"""The board in the browser: dragged, carried by keyboard, filtered, shared by two at once."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.pages.company import BOARD, Company, create, send
from tests.servers.visitors import visiting


@pytest.fixture
async def max_(browser: Browser, company: Company) -> AsyncIterator[Page]:
    size: Any = {"width": 1600, "height": 900}
    async with visiting(browser, company.house, "max", viewport=size) as page:
        yield page


@pytest.fixture
async def key(company: Company) -> str:
    async with await company.program("max") as program:
        return await create(program, "To be carried about", size=2)


def column(page: Page, phase: str) -> Locator:
    return page.locator(f'[data-column="{phase}"]')


def tile(page: Page, key: str, phase: str | None = None) -> Locator:
    within = column(page, phase) if phase else page
    return within.locator(f"#card-{key}")


async def lift_by_mouse(page: Page, key: str) -> None:
    await tile(page, key).hover()
    await page.mouse.down()
    box = await tile(page, key).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x + 6, y + 6, steps=3)
    await expect(page.locator(".column.may-drop")).not_to_have_count(0)


async def drag(page: Page, key: str, phase: str) -> None:
    """Drags as people do: the card begins to move, then its target comes into sight."""
    await lift_by_mouse(page, key)
    await column(page, phase).hover()
    await expect(column(page, phase)).to_have_class(re.compile("may-drop"))
    await column(page, phase).hover()
    await page.mouse.up()


async def test_columns_say_how_full_they_are(max_: Page, company: Company) -> None:
    await max_.goto(BOARD)
    count = column(max_, "doing").locator("[data-count]")
    await expect(count).to_have_text(re.compile(r"^\d+ / 30$"))
    await expect(count).to_have_attribute("title", re.compile("of at most 30 cards"))
    await expect(tile(max_, company.handed)).to_contain_text("Waits for Web")
    await expect(tile(max_, company.asked)).to_contain_text("Waits for approval")
    await expect(tile(max_, company.long)).to_contain_text("Overdue since 1 Feb 2020")


async def test_while_a_card_is_dragged_columns_say_whether_it_may_come(
    max_: Page, key: str
) -> None:
    await max_.goto(BOARD)
    await tile(max_, key).hover()
    await max_.mouse.down()
    await column(max_, "done").hover()
    await expect(column(max_, "doing")).to_have_class(re.compile("may-drop"))
    await expect(column(max_, "done")).to_have_class(re.compile("no-drop"))
    await expect(column(max_, "done").locator("[data-note]")).to_contain_text("No way leads here")
    await expect(column(max_, "new").locator("[data-note]")).to_be_empty()
    await column(max_, "new").hover()
    await max_.mouse.up()
    await expect(tile(max_, key, "new")).to_be_visible()


async def test_a_drop_that_needs_more_opens_the_form_right_there(max_: Page, key: str) -> None:
    await max_.goto(BOARD)
    await drag(max_, key, "dropped")
    dialog = max_.get_by_role("dialog")
    await expect(dialog.get_by_label("Comment (needed)")).to_be_focused()
    await dialog.get_by_label("Comment (needed)").fill("Nobody wants it.")
    await dialog.get_by_role("button", name="Drop").click()
    await expect(dialog).to_be_hidden()
    await expect(tile(max_, key)).to_have_count(0)


async def test_the_card_that_was_pressed_is_dragged_or_none(max_: Page, key: str) -> None:
    await max_.set_viewport_size({"width": 1280, "height": 720})
    await max_.goto(BOARD)
    await drag(max_, key, "dropped")
    dialog = max_.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", name=f"Drop: {key}")).to_be_visible()
    await max_.keyboard.press("Escape")

    # The wheel is turned before the mouse goes anywhere: another card, or none, is below it now.
    cards = column(max_, "new").locator("[data-cards]")
    await tile(max_, key).hover()
    await max_.mouse.down()
    await cards.evaluate("(list) => { list.scrollTop += 120; }")
    box = await column(max_, "doing").bounding_box()
    assert box is not None
    await max_.mouse.move(box["x"] + 60, box["y"] + 60, steps=5)
    await max_.mouse.move(box["x"] + 80, box["y"] + 80, steps=5)
    await expect(max_.locator(".card.is-dragged")).to_have_count(0)
    await max_.mouse.up()
    await expect(tile(max_, key, "new")).to_have_count(1)


async def test_the_keyboard_alone_carries_a_card(max_: Page, key: str) -> None:
    await max_.goto(BOARD)
    said, handle = max_.locator("[data-announce]"), tile(max_, key).locator("[data-lift]")
    await handle.focus()
    await max_.keyboard.press("Enter")
    await expect(said).to_contain_text(f"Picked up {key} To be carried about")
    for _ in range(3):
        await max_.keyboard.press("ArrowRight")
    await expect(said).to_contain_text("Done. Cannot be dropped here.")
    await max_.keyboard.press("ArrowLeft")
    await expect(said).to_contain_text("Checking. May be dropped here.")
    await max_.keyboard.press("Enter")
    await expect(max_.locator("[data-announce]")).to_contain_text("Approval was asked for")
    await expect(tile(max_, key, "new")).to_contain_text("Waits for approval")


async def test_the_arrow_keys_go_from_card_to_card(max_: Page, company: Company) -> None:
    await max_.goto(BOARD)
    handles = column(max_, "new").locator("[data-lift]")
    await handles.first.focus()
    await max_.keyboard.press("ArrowDown")
    await expect(handles.nth(1)).to_be_focused()
    await max_.keyboard.press("ArrowUp")
    await max_.keyboard.press("ArrowRight")
    await expect(column(max_, "doing").locator("[data-lift]").first).to_be_focused()


async def test_the_menu_moves_a_card(max_: Page, key: str) -> None:
    await max_.goto(BOARD)
    await tile(max_, key).get_by_role("link", name=f"Move {key}").click()
    dialog = max_.get_by_role("dialog")
    await expect(dialog).to_contain_text("Asks for approval: Head of web.")
    await dialog.get_by_role("button", name="Begin").click()
    await expect(tile(max_, key, "doing")).to_contain_text("Waits for Web")


async def test_filters_stand_in_the_address_of_every_view(max_: Page, company: Company) -> None:
    await max_.goto(BOARD)
    await max_.get_by_label("Text").fill("press")
    await expect(tile(max_, company.plain)).to_have_count(0)
    await expect(tile(max_, company.asked)).to_be_visible()
    await expect(max_.get_by_label("Text")).to_be_focused()
    await expect(max_).to_have_url(re.compile(r"\?q=press$"))
    await max_.get_by_label("Assignee").select_option("me")
    await expect(tile(max_, company.asked)).to_have_count(0)
    await max_.get_by_role("link", name="Clear").click()
    await max_.get_by_label("Assignee").select_option("me")
    await expect(tile(max_, company.plain)).to_be_visible()
    await expect(max_).to_have_url(re.compile(r"\?assignee=me$"))
    await max_.get_by_role("link", name="List").click()
    await expect(max_).to_have_url(re.compile(r"/list\?assignee=me$"))
    await expect(max_.locator("tbody")).to_contain_text(company.plain)
    await expect(max_.locator("tbody")).not_to_contain_text(company.asked)
    await max_.get_by_label("Label").select_option("design")
    await expect(max_).to_have_url(re.compile("label=design"))
    await max_.get_by_text("Late", exact=True).click()
    await expect(max_.get_by_role("heading", name="Nothing matches")).to_be_visible()


async def test_what_is_chosen_before_the_scripts_are_there_counts(max_: Page) -> None:
    chosen = asyncio.Event()

    async def held_up(route: Route) -> None:
        await chosen.wait()
        await route.continue_()

    await max_.goto(BOARD)  # The very first page is loaded twice, as it tells the time zone.
    await max_.route("**/views*.js", held_up)
    await max_.goto(f"{BOARD}/list", wait_until="commit")
    await max_.get_by_label("Label").select_option("design")
    chosen.set()
    await expect(max_).to_have_url(re.compile(r"/list\?status=open&.*label=design$"))


async def test_two_work_on_one_board(max_: Page, browser: Browser, company: Company) -> None:
    async with await company.program("max") as program:
        key = await create(program, "Wanted by two", size=1)
        async with visiting(browser, company.house, "lea") as lea:
            await max_.goto(BOARD)
            await lea.goto(BOARD)
            await lea.get_by_label("Text").fill("Wanted by two")
            await drag(max_, key, "doing")
            await expect(tile(lea, key, "doing")).to_contain_text("Waits for Web")
            # Where a card's owner is, is no matter for whoever looks at something else.
            await expect(lea.get_by_label("Text")).to_be_focused()
            await send(program, "POST", key, "/handoff", decision="accept", checklist=["Read it"])
            await expect(tile(max_, key)).not_to_contain_text("Waits for Web")
            await send(program, "POST", key, "/moves", transition="hand-in")
            await expect(tile(lea, key, "checking")).to_be_visible()


async def test_a_card_opens_over_the_board_and_has_an_address_of_its_own(
    max_: Page, key: str
) -> None:
    await max_.goto(BOARD)
    link = tile(max_, key).get_by_role("link", name="To be carried about", exact=True)
    await link.click()
    dialog = max_.get_by_role("dialog")
    await expect(dialog.get_by_role("heading", level=1)).to_have_text("To be carried about")
    await expect(max_).to_have_url(re.compile(f"/cards/{key}$"))
    await dialog.get_by_label("Why").fill("Said over the board.")
    await dialog.get_by_label("Why").blur()
    await expect(dialog.locator("[data-saved]")).to_have_text("Saved")
    await dialog.get_by_role("button", name="Begin").click()
    await expect(tile(max_, key, "doing")).to_have_count(1)
    await max_.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(max_).to_have_url(re.compile(f"{BOARD}$"))

    await tile(max_, key).get_by_role("link", name="To be carried about", exact=True).click()
    await expect(dialog).to_be_visible()
    await max_.go_back()
    await expect(dialog).to_be_hidden()
    await expect(max_).to_have_url(re.compile(f"{BOARD}$"))


async def test_without_scripts_the_board_is_filtered_and_moved_by_forms(
    browser: Browser, company: Company, key: str
) -> None:
    async with visiting(browser, company.house, "max", java_script_enabled=False) as page:
        await page.goto(BOARD)
        await page.get_by_label("Text").fill("carried")
        await page.get_by_role("button", name="Filter").click()
        await expect(tile(page, company.plain)).to_have_count(0)
        await tile(page, key).get_by_role("link", name=f"Move {key}").click()
        await page.get_by_role("button", name="Begin").click()
        await expect(page.locator("[aria-current=step]")).to_have_text("In progress")


async def test_who_may_only_ask_sees_their_own_cards(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "rita") as page:
        await page.goto(f"{BOARD}/new")
        await page.get_by_label("What do you need").fill("Rita's own request")
        await page.get_by_role("button", name="Create the request").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Rita's own request")
        own = page.url.rsplit("/", 1)[-1]
        await page.goto(BOARD)
        await expect(page.locator(f"#card-{own}")).to_be_visible()
        for others in (company.plain, company.asked, company.handed, company.long):
            await expect(page.locator(f"#card-{others}")).to_have_count(0)
