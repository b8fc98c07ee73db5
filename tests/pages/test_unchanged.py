"""A board that has not changed is not drawn again: a browser that has it is told so."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.pages.company import BOARD, Company, create, send
from tests.servers.visitors import visiting

_ASK = """
async ([address, tag]) => {
  const answer = await fetch(address, { headers: { "If-None-Match": tag }, cache: "no-store" });
  return [answer.status, answer.headers.get("ETag") ?? "", await answer.text()];
}
"""


@pytest.fixture
async def max_(browser: Browser, company: Company) -> AsyncIterator[Page]:
    async with visiting(browser, company.house, "max") as page:
        await page.goto(BOARD)
        yield page


async def asks(page: Page, address: str = BOARD, tag: str = '"none"') -> tuple[int, str, str]:
    status, current, text = await page.evaluate(_ASK, [address, tag])
    return status, current, text


async def tag_that_holds(page: Page) -> str:
    """The board's tag, while its minute lasts: it is asked for until it answers for itself."""
    while True:
        _, tag, _ = await asks(page)
        status, again, text = await asks(page, tag=tag)
        if again == tag:
            assert (status, text) == (304, "")
            return tag


async def test_a_board_is_drawn_again_only_when_something_on_it_has_changed(
    max_: Page, company: Company
) -> None:
    tag = await tag_that_holds(max_)
    async with await company.program("lea") as lea:
        key = await create(lea, "Something new on the board")
        status, newer, text = await asks(max_, tag=tag)
        assert status == 200
        assert key in text
        await send(lea, "PATCH", key, "", labels=["fresh"])
    status, newest, text = await asks(max_, tag=newer)
    assert status == 200
    assert "fresh" in text
    assert len({tag, newer, newest}) == 3


async def test_what_one_is_shown_is_not_taken_for_what_another_sees(
    max_: Page, browser: Browser, company: Company
) -> None:
    tag = await tag_that_holds(max_)
    assert (await asks(max_, f"{BOARD}?q=press", tag))[0] == 200
    await max_.context.add_cookies(
        [{"name": "theme", "value": "dark", "url": company.house.address}]
    )
    assert (await asks(max_, tag=tag))[0] == 200
    async with visiting(browser, company.house, "rita") as rita:
        await rita.goto(BOARD)
        status, _, text = await asks(rita, tag=tag)
    assert status == 200
    assert f'id="card-{company.plain}"' not in text


async def test_what_the_page_before_had_to_say_is_shown(max_: Page, company: Company) -> None:
    tag = await tag_that_holds(max_)
    said = "%7B%22text%22%3A%20%22It%20is%20done.%22%2C%20%22draft%22%3A%20%22%22%7D"
    await max_.context.add_cookies([{"name": "flash", "value": said, "url": company.house.address}])
    status, _, text = await asks(max_, tag=tag)
    assert status == 200
    assert "It is done." in text
