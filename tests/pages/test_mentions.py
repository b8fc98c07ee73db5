"""After “@” in a comment one chooses whom to mention, by keyboard, by mouse, or not at all."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from api.pages.mentions import suggested
from api.pages.words import Person
from tests.engine.running import eventually_so
from tests.pages.company import BOARD, Company
from tests.servers.visitors import visiting

PEOPLE = (
    Person(id="ana", name="Ana Ribeiro"),
    Person(id="bea", name="Beatriz Lopes-Anders"),
    Person(id="rib", name="Carla Moreno"),
)


@pytest.fixture
async def max_(browser: Browser, company: Company) -> AsyncIterator[Page]:
    async with visiting(browser, company.house, "max") as page:
        yield page


def comment(page: Page) -> Locator:
    return page.get_by_label("Write a comment")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="People to mention").get_by_role("option")


async def test_the_keyboard_alone_mentions_somebody(max_: Page, company: Company) -> None:
    await max_.goto(f"/cards/{company.plain}")
    await comment(max_).press_sequentially("Would you look, @m")
    await expect(options(max_)).to_have_text(
        [
            "Max Okonkwo@max",
            "Mia Tanaka@mia",
            "Vera Lindqvist-Hernández Montgomery@vera",
        ]
    )
    await expect(max_.get_by_text("3 people: arrow keys choose, Enter takes.")).to_be_attached()
    await max_.keyboard.press("ArrowDown")
    chosen = options(max_).nth(1)
    await expect(chosen).to_have_attribute("aria-selected", "true")
    await expect(comment(max_)).to_have_attribute(
        "aria-activedescendant", await chosen.get_attribute("id") or ""
    )

    await max_.keyboard.press("Enter")
    await max_.keyboard.type("please?")

    await expect(options(max_)).to_have_count(0)
    await expect(comment(max_)).to_have_value("Would you look, @mia please?")
    await max_.get_by_role("button", name="Comment").click()
    await expect(max_.locator("#history")).to_contain_text("Would you look, @mia please?")
    async with await company.program("mia") as mia:

        async def is_told() -> bool:
            notices = (await mia.get("/notices")).json()["items"]
            return any("You are mentioned" in notice["text"] for notice in notices)

        await eventually_so(is_told)


async def test_the_mouse_takes_one_in_the_middle_of_a_text(max_: Page, company: Company) -> None:
    await max_.goto(f"/cards/{company.plain}")
    await comment(max_).fill("(@lind) knows.")
    await comment(max_).press("Home")
    for _ in "(@lind":
        await max_.keyboard.press("ArrowRight")
    await max_.keyboard.type("q")
    await options(max_).filter(has_text="Vera").click()
    await expect(comment(max_)).to_have_value("(@vera ) knows.")
    await expect(comment(max_)).to_be_focused()


async def test_escape_closes_the_choice_and_nothing_else(max_: Page, company: Company) -> None:
    await max_.goto(f"{BOARD}?q=Bigger pictures")
    await max_.locator(f"#card-{company.plain} [data-open-card]").click()
    await comment(max_).press_sequentially("@le")
    await expect(options(max_)).to_have_count(1)
    await max_.keyboard.press("Escape")
    await expect(options(max_)).to_have_count(0)
    await expect(max_.get_by_role("dialog")).to_be_visible()
    await max_.keyboard.press("Enter")
    await expect(comment(max_)).to_have_value("@le\n")


async def test_an_address_and_a_word_that_nobody_bears_are_left_alone(
    max_: Page, company: Company
) -> None:
    await max_.goto(f"/cards/{company.plain}")
    await comment(max_).press_sequentially("max@m")
    await expect(options(max_)).to_have_count(0)
    await comment(max_).press_sequentially(" @nobody-of-that-name")
    await expect(options(max_)).to_have_count(0)
    await max_.keyboard.press("Tab")
    await expect(comment(max_)).not_to_be_focused()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", ["ana", "bea", "rib"]),
        ("ana", ["ana"]),
        ("RIB", ["rib", "ana"]),
        ("lopes", ["bea"]),
        ("anders", ["bea"]),
        ("ana ribeiro", ["ana"]),
        ("eiro", []),
    ],
)
def test_people_are_found_by_the_beginning_of_their_names(typed: str, meant: list[str]) -> None:
    assert [person.id for person in suggested(PEOPLE, typed)] == meant
