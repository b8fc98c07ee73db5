"""A newcomer's first hour: sign in, fill in the start form, move the card to the end, look back."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.servers.installation import Installation, all_pages
from tests.servers.visitors import Somebody, add_people, sign_in, visiting

PASSWORD = "seventeen words of one's own"
BOARD = "/pipes/product-lifecycle"


@pytest.fixture
async def page(browser: Browser, house: Installation) -> AsyncIterator[Page]:
    async with visiting(browser, house) as page:
        yield page


async def test_from_the_first_start_to_a_finished_card(page: Page, house: Installation) -> None:
    await sign_in_for_the_first_time(page, house)
    await page.get_by_role("link", name="Pipes").click()
    await page.get_by_role("link", name="Product lifecycle", exact=True).click()

    key = await create_feature(page)
    await fill_in_concept(page, key)
    await drag(page, key, "design")
    await expect(column(page, "concept").locator(f"#card-{key}")).to_contain_text(
        "Waits for approval"
    )
    await a_colleague_approves(page, house, key)
    # The board that stood open shows what the colleague's approval did.
    tile = column(page, "design").locator(f"#card-{key}")
    await expect(tile).to_contain_text("Waits for Design")

    await accept_for_design(page, key)
    await fill_in_design(page)
    await page.goto(BOARD)
    await carry_by_keyboard(page, key)
    await reject_with_a_comment(page, key)
    await look_back(key, house)


async def sign_in_for_the_first_time(page: Page, house: Installation) -> None:
    await page.goto("/")
    await page.get_by_label("User").fill("owner")
    await page.get_by_label("Password").fill("not the one")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Password").fill(house.one_time_password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(re.compile("/profile/password"))
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_label("The same again").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await (
        page.get_by_role("button", name="Begin empty")
        .or_(page.get_by_role("link", name="Begin empty"))
        .click()
    )
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def a_colleague_approves(page: Page, house: Installation, key: str) -> None:
    """Somebody else of the team, who is a director as well, decides in place, twice."""
    added = house.command("user", "add", "bea", "--name", "Bea Lima")
    password = added.stdout.split()[-1]
    for line in (
        ("team", "add", "product", "--name", "Product"),
        ("team", "join", "product", "bea"),
        ("user", "role", "bea", "director", "--pipe", "product-lifecycle"),
    ):
        done = house.command(*line)
        assert done.returncode == 0, done.stderr
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(base_url=house.address)
    hers = await context.new_page()
    await hers.goto(f"/cards/{key}")
    await hers.get_by_label("User").fill("bea")
    await hers.get_by_label("Password").fill(password)
    await hers.get_by_role("button", name="Sign in").click()
    await expect(hers).to_have_url(re.compile("/profile/password"))
    await hers.get_by_label("New password").fill(PASSWORD)
    await hers.get_by_label("The same again").fill(PASSWORD)
    await hers.keyboard.press("Enter")
    await expect(hers).not_to_have_url(re.compile("/profile/password"))
    await hers.goto(f"/cards/{key}")
    side = hers.get_by_role("complementary")
    await side.get_by_role("button", name="Reject").click()
    await expect(hers.locator("#card-problem")).to_contain_text("a rejection needs a comment")
    await side.get_by_role("button", name="Approve").click()
    await expect(side).to_contain_text("Directors")
    await side.get_by_label("Comment").fill("The numbers hold.")
    await side.get_by_role("button", name="Approve").click()
    await expect(side).to_contain_text("Nobody is in the team Design: a pipe admin has to")
    await expect(hers.locator("#history")).to_contain_text("approved “Directors”")
    await context.close()


async def accept_for_design(page: Page, key: str) -> None:
    """Every point of the checklist has to be ticked; those that were stay so."""
    await page.locator(f"#card-{key}").get_by_role("link", name="Offline mode", exact=True).click()
    side = page.get_by_role("complementary")
    await side.get_by_label("Research read").check()
    await side.get_by_role("button", name="Accept for Design").click()
    await expect(page.locator("#card-problem")).to_contain_text("Not ticked yet: Open questions")
    await expect(side.get_by_label("Research read")).to_be_checked()
    await side.get_by_label("Problem statement read").check()
    await side.get_by_label("Open questions listed").check()
    await side.get_by_role("button", name="Accept for Design").click()
    await expect(side.get_by_role("link", name="Hand over to engineering")).to_be_visible()


async def create_feature(page: Page) -> str:
    """The start form keeps what was typed when something is missing; the new card's key."""
    await page.get_by_role("link", name="New feature").click()
    await page.get_by_label("Feature name").fill("Offline mode")
    await page.get_by_role("button", name="Create the feature").click()
    await expect(page.locator("#problem-about")).to_contain_text("Problem to solve is needed.")
    await expect(page.get_by_label("Feature name")).to_have_value("Offline mode")
    await page.get_by_label("Problem to solve").fill("Notes are lost in lift shafts.")
    await page.get_by_label("Target market").select_option("enterprise")
    await page.get_by_role("button", name="Create the feature").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Offline mode")
    found = re.search(r"/cards/([A-Z]+-\d+)", page.url)
    assert found, page.url
    return found[1]


async def fill_in_concept(page: Page, key: str) -> None:
    """Each entry is saved as one goes; the reasons on the right grow fewer."""
    side = page.get_by_role("complementary")
    await expect(side).to_contain_text("The RICE score must reach 40.")
    await save(page, page.get_by_label("Field worker"), None)
    await save(page, page.get_by_label("Value for the customer"), "Every form works offline.")
    await save(page, page.locator("#expected_revenue"), "2400000")
    await save(page, page.get_by_label("Expected margin"), "62")
    await save(page, page.get_by_label("Reach"), "900")
    await save(page, page.get_by_label("High (2)"), None)
    await save(page, page.get_by_label("Confidence"), "80")
    await save(page, page.get_by_label("Effort"), "4")
    await expect(side).not_to_contain_text("The RICE score must reach 40.")
    await expect(page.locator("#rice-entry")).to_contain_text("360")
    await save(page, page.get_by_label("Metric, row 1"), "Customers who use it weekly")
    await add_research(page, 1, "quantitative", "Usage data")
    await add_research(page, 2, "qualitative", "Eight interviews")
    await expect(side.get_by_role("link", name="Send to design")).to_have_class(
        re.compile("primary")
    )
    await page.reload()
    await expect(page.get_by_label("Value for the customer")).to_have_value(
        "Every form works offline."
    )
    await page.get_by_label("Write a comment").fill("Numbers are *in*.")
    await page.get_by_role("button", name="Comment").click()
    await expect(page.locator("#history em")).to_have_text("in")
    await page.goto(BOARD)
    await expect(column(page, "concept").locator(f"#card-{key}")).to_be_visible()


async def add_research(page: Page, row: int, kind: str, source: str) -> None:
    entry = page.locator("#research-entry")
    await entry.get_by_label(f"Kind, row {row}").select_option(kind)
    await save(page, entry.get_by_label(f"Source, row {row}"), source)


async def drag(page: Page, key: str, phase: str) -> None:
    await page.locator(f"#card-{key}").drag_to(column(page, phase))


async def carry_by_keyboard(page: Page, key: str) -> None:
    """A lifted card tells where it may be dropped; Escape leaves it, Enter drops it."""
    handle = page.locator(f"#card-{key} [data-lift]")
    said = page.locator("[data-announce]")
    await handle.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(said).to_contain_text("Launch. Cannot be dropped here.")
    await page.keyboard.press("Escape")
    await expect(said).to_contain_text("stays where it is")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowRight")
    await expect(said).to_contain_text("Develop. May be dropped here.")
    await page.keyboard.press("Enter")
    await expect(column(page, "develop").locator(f"#card-{key}")).to_be_visible()
    await expect(said).to_contain_text(f"{key} is in Develop now.")
    await expect(handle).to_be_focused()


async def fill_in_design(page: Page) -> None:
    await save(page, page.get_by_label("Outcome of the design sprint"), "One screen.")
    await save(page, page.locator("#prototype_url"), "https://prototypes.example.com/one")
    await save(page, page.locator("#users_tested"), "7")
    await expect(page.locator("#usability-entry")).to_be_visible()
    await save(page, page.locator("#user_test_results"), "Six of seven.")
    await save(page, page.locator("#usability"), "4")


async def reject_with_a_comment(page: Page, key: str) -> None:
    """The comment that is needed is asked for; a card that is given up asks for nothing else."""
    await page.goto(f"/cards/{key}")
    side = page.get_by_role("complementary")
    for point in await side.get_by_role("checkbox").all():
        await point.check()
    await side.get_by_role("button", name="Accept for Engineering").click()
    await side.get_by_role("link", name="Reject").click()
    await page.get_by_role("button", name="Reject").click()
    await expect(page.locator("#move-comment-error")).to_be_visible()
    await page.get_by_label("Comment (needed)").fill("Too dear for what it brings.")
    await page.get_by_role("button", name="Reject").click()
    await expect(side).to_contain_text("cancelled")
    await expect(page.locator("#history")).to_contain_text("Too dear for what it brings.")


async def look_back(key: str, house: Installation) -> None:
    """What the pages showed is in the history, in the same order, by the same person."""
    async with house.client() as client:
        events: list[dict[str, Any]] = await all_pages(client, f"/cards/{key}/events")
    moves = [event for event in events if event["type"] == "card.moved"]
    assert [event["body"]["target"] for event in moves] == ["design", "develop", "rejected"]
    assert [event["actor"]["id"] for event in moves] == ["bea", "owner", "owner"]
    decided = [event for event in events if event["type"] == "approval.given"]
    assert [event["body"]["stage"] for event in decided] == ["peers", "directors"]


async def test_what_others_do_appears_on_the_open_board(page: Page, house: Installation) -> None:
    await add_people(house, [Somebody(id="eva", name="Eva Prado")])
    await sign_in(page.context, house, "eva")
    await page.goto(BOARD)
    async with house.client() as client:
        fields = {"name": "From elsewhere", "problem": "None", "target_market": "startups"}
        answer = await client.post(f"{BOARD}/cards", json={"fields": fields})
        assert answer.status_code == 201, answer.text
        key = answer.json()["key"]
        tile = column(page, "concept").locator(f"#card-{key}")
        await expect(tile).to_be_visible()
        await patch(client, key, priority="urgent")
        await expect(tile).to_contain_text("Urgent")
        await client.post(f"/cards/{key}/cancel", json={"reason": "A mistake."})
        await expect(tile).to_have_count(0)


async def patch(client: httpx.AsyncClient, key: str, **changes: Any) -> None:
    answer = await client.patch(f"/cards/{key}", json=changes)
    assert answer.status_code == 200, answer.text


def column(page: Page, phase: str) -> Locator:
    return page.locator(f'[data-column="{phase}"]')


async def save(page: Page, control: Locator, text: str | None) -> None:
    """Fills or ticks a control and waits until the server has taken it."""
    async with page.expect_response(re.compile("/fields$")) as answered:
        if text is None:
            await control.check()
        else:
            await control.fill(text)
            await control.blur()
    answer = await answered.value
    assert answer.status == 200, await answer.text()
    await expect(page.locator("[data-saved]")).to_have_text("Saved")
