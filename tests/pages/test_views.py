"""List, calendar and roadmap: the same cards, sorted, by day, by quarter."""

import re
from datetime import date

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from api.pages.quarters import Quarter, quarter_in, quarter_of
from tests.pages.company import BOARD, Company
from tests.servers.visitors import visiting


async def test_the_list_is_sorted_by_its_headings(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"{BOARD}/list")
        # The card whose due date has long passed comes first.
        await expect(page.locator("tbody tr").first).to_have_id(f"card-{company.long}")
        await page.get_by_role("link", name="Card", exact=True).click()
        await expect(page).to_have_url(re.compile("sort=title"))
        await expect(page.get_by_role("columnheader").first).to_have_attribute(
            "aria-sort", "ascending"
        )
        titles = await page.locator("tbody [data-open-card]").all_text_contents()
        assert titles == sorted(titles, key=str.lower)
        await page.get_by_role("link", name="Bigger pictures").click()
        await expect(page.get_by_role("dialog")).to_contain_text(company.plain)


async def test_the_list_has_finished_cards_by_status(browser: Browser, company: Company) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"{BOARD}/list")
        await expect(page.locator(f"#card-{company.done}")).to_have_count(0)
        await page.get_by_label("Status").select_option("Done")
        await expect(page.locator(f"#card-{company.done}")).to_be_visible()
        await expect(page.locator(f"#card-{company.plain}")).to_have_count(0)
        await expect(page).to_have_url(re.compile("status=done"))
        await page.get_by_label("Text").fill("Bigger pictures")
        await page.get_by_label("Status").select_option("Open and finished")
        await expect(page.locator(f"#card-{company.plain}")).to_be_visible()
        await page.get_by_role("link", name="Changed").click()
        await expect(page).to_have_url(re.compile("status=all"))
        await expect(page.get_by_label("Status")).to_have_value("all")
        await page.get_by_label("Status").select_option("Cancelled")
        await page.get_by_label("Text").fill("nothing of that name")
        await expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()


async def test_on_a_phone_the_filter_unfolds_and_shows_that_it_narrows(
    browser: Browser, company: Company
) -> None:
    phone = ViewportSize(width=360, height=740)
    async with visiting(browser, company.house, "max", viewport=phone) as page:
        await page.goto(BOARD)
        more, assignee = page.get_by_role("button", name="Filter"), page.get_by_label("Assignee")
        calm = await more.evaluate("(button) => getComputedStyle(button).backgroundColor")
        await expect(assignee).to_be_hidden()
        await more.click()
        await assignee.select_option("me")
        await expect(page.locator(f"#card-{company.long}")).to_have_count(0)
        await more.click()
        await expect(assignee).to_be_hidden()
        await expect(more).not_to_have_css("background-color", calm)


async def test_a_card_stands_on_its_day_in_the_readers_zone(
    browser: Browser, company: Company
) -> None:
    # Two in the morning in Greenwich is the evening before in São Paulo.
    for zone, day in (("America/Sao_Paulo", "Saturday, 1 February"), ("UTC", "Sunday, 2 February")):
        async with visiting(browser, company.house, "max", timezone_id=zone) as page:
            await page.goto(f"{BOARD}/calendar?month=2020-02")
            await expect(page.get_by_role("heading", name="February 2020")).to_be_visible()
            cell = page.locator("td", has=page.locator(f'[data-card="{company.long}"]'))
            await expect(cell).to_contain_text(day)
            await page.get_by_role("link", name="The next month").click()
            await expect(page.get_by_role("heading", name="March 2020")).to_be_visible()


async def test_a_week_begins_as_it_does_where_the_reader_is(
    browser: Browser, company: Company
) -> None:
    for locale, days in (
        ("en-GB", ("Monday, 27 January", "Monday")),
        ("en-US", ("Sunday, January 26", "Sunday")),
    ):
        async with visiting(browser, company.house, "max", locale=locale) as page:
            await page.goto(f"{BOARD}/calendar?month=2020-02")
            assert await page.locator("html").get_attribute("lang") == locale
            await expect(page.locator("td").first).to_contain_text(days[0])
            await expect(page.locator("th abbr").first).to_have_attribute("title", days[1])
            days_in_order = page.locator("td .day-number .visually-hidden")
            await expect(days_in_order).to_have_count(5 * 7)


async def test_the_roadmap_ends_a_bar_where_the_board_names_a_quarter(
    browser: Browser, company: Company
) -> None:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(f"{BOARD}/roadmap?from=2027-Q1")
        await expect(page.get_by_role("heading", name="Q1 2027 to Q4 2027")).to_be_visible()
        bar = page.locator(f'[data-card="{company.asked}"] .bar')
        # From before the first month to the third.
        await expect(bar).to_have_class(re.compile(r"\bat-1 span-3\b.*from-before"))
        await page.get_by_role("link", name="A quarter later").click()
        await expect(page.get_by_role("heading", name="Q2 2027 to Q1 2028")).to_be_visible()
        await expect(page.locator(f'[data-card="{company.handed}"] .bar')).to_be_visible()
        await expect(page.locator(f'[data-card="{company.asked}"]')).to_have_count(0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2027 Q1", "2027-Q1"),
        ("2027-Q4", "2027-Q4"),
        ("Q3 2026", "2026-Q3"),
        ("q2/2031", "2031-Q2"),
        ("Later", None),
        ("Q5 2027", None),
        ("12027 Q1", None),
    ],
)
def test_a_quarter_is_found_in_a_text(text: str, named: str | None) -> None:
    found = quarter_in(text)
    assert (None if found is None else str(found)) == named


def test_quarters_are_counted_over_the_years_end() -> None:
    last = quarter_of(date(2026, 12, 31))
    assert str(last) == "2026-Q4"
    assert last.plus(1) == Quarter(2027 * 4)
    assert last.last_day == date(2026, 12, 31)
    assert last.month(3) == date(2027, 1, 1)
    assert last.months_until(date(2027, 2, 1)) == 4
    assert last.months_until(date(2026, 9, 30)) == -1
