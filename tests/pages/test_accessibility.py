"""Axe finds nothing on any page in any state: light, dark, on a phone, at twice the size.

Whoever adds a page adds a line to `PAGES`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.pages.accessibility import faults_of, sticks_out
from tests.pages.company import BOARD, Company
from tests.servers.visitors import visiting

DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=740)
# What a window of 1440 pixels shows at 200 %.
TWICE = ViewportSize(width=720, height=450)


async def _nothing(_: Page) -> None:
    """The page as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page in a state; `{plain}` and the like stand for the company's cards.

    Attributes:
        user: Who looks; None for somebody without an account.
        reaches: What has to be done for the state.
    """

    name: str
    address: str
    user: str | None = "max"
    reaches: Callable[[Page], Awaitable[None]] = _nothing


def press(button: str) -> Callable[[Page], Awaitable[None]]:
    async def pressing(page: Page) -> None:
        await page.get_by_role("button", name=button).first.click()
        await page.get_by_role("alert").first.wait_for()

    return pressing


def follow(link: str, until: str) -> Callable[[Page], Awaitable[None]]:
    async def following(page: Page) -> None:
        await page.get_by_role("link", name=link, exact=True).click()
        await page.locator(until).first.wait_for()

    return following


def write(begin: str, tab: str) -> Callable[[Page], Awaitable[None]]:
    """A draft that begins so, with one of the panels beside it."""

    async def writing(page: Page) -> None:
        await page.get_by_role("button", name=begin).first.click()
        await page.locator(".cm-content").wait_for()
        await page.get_by_role("tab", name=tab).click()

    return writing


async def write_wrongly(page: Page) -> None:
    await write("New pipe", "Findings")(page)
    await page.locator(".cm-content").focus()
    await page.keyboard.insert_text('{"id": "x", "nmae": "y"}')
    await page.locator("#findings [data-finding]").first.wait_for()


PAGES = (
    Shown(name="sign in", address="/sign-in", user=None),
    Shown(name="inbox with approvals", address="/", user="paul"),
    Shown(name="inbox with handoffs and mentions", address="/", user="lea"),
    Shown(name="inbox with nothing in it", address="/", user="new"),
    Shown(name="inbox after a refusal", address="/", user="paul", reaches=press("Reject")),
    Shown(name="pipes", address="/pipes"),
    Shown(name="pipes for an admin", address="/pipes", user="vera"),
    Shown(name="automations of a pipe", address=f"{BOARD}/automations", user="vera"),
    Shown(name="board", address=BOARD),
    Shown(name="board where nothing matches", address=f"{BOARD}?q=nothing"),
    Shown(name="board of an empty pipe", address="/pipes/product-lifecycle"),
    Shown(
        name="board with a card over it",
        address=BOARD,
        reaches=follow("Bigger pictures", "dialog[open]"),
    ),
    Shown(
        name="board with a menu",
        address=BOARD,
        reaches=follow("Move REQ-1 Bigger pictures", "dialog[open]"),
    ),
    Shown(name="list", address=f"{BOARD}/list"),
    Shown(name="list where nothing matches", address=f"{BOARD}/list?q=nothing"),
    Shown(name="calendar", address=f"{BOARD}/calendar"),
    Shown(name="calendar with late cards", address=f"{BOARD}/calendar?month=2020-02"),
    Shown(name="roadmap", address=f"{BOARD}/roadmap"),
    Shown(name="roadmap where nothing matches", address=f"{BOARD}/roadmap?q=nothing"),
    Shown(name="start form", address=f"{BOARD}/new"),
    Shown(name="start form after a refusal", address=f"{BOARD}/new", reaches=press("Create")),
    Shown(name="card", address="/cards/{plain}"),
    Shown(name="card with long texts", address="/cards/{long}"),
    Shown(name="card to be approved", address="/cards/{asked}", user="paul"),
    Shown(name="card to be accepted", address="/cards/{handed}"),
    Shown(name="card that is done", address="/cards/{done}", user="vera"),
    Shown(name="card that may only be seen", address="/cards/{plain}", user="rita"),
    Shown(name="moves of a card", address="/cards/{plain}/moves"),
    Shown(name="form of a move", address="/cards/{long}/moves/begin"),
    Shown(name="public form", address="/forms/requests", user=None),
    Shown(
        name="public form after a refusal",
        address="/forms/requests",
        user=None,
        reaches=press("Send"),
    ),
    Shown(name="workshop", address="/workshop", user="vera"),
    *(
        Shown(
            name=f"workshop with {tab}",
            address="/workshop",
            user="vera",
            reaches=write("Use this template Product lifecycle", tab),
        )
        for tab in ("Flow", "Forms", "Scenarios", "Publish")
    ),
    Shown(
        name="workshop with nothing written",
        address="/workshop",
        user="vera",
        reaches=write("New pipe", "Findings"),
    ),
    Shown(name="workshop with findings", address="/workshop", user="vera", reaches=write_wrongly),
    Shown(name="versions", address=f"{BOARD}/versions", user="vera"),
    Shown(name="version", address=f"{BOARD}/versions/1", user="vera"),
    Shown(name="password", address="/profile/password"),
    Shown(name="notices", address="/notices", user="lea"),
    Shown(name="notices of nobody", address="/notices", user="new"),
    Shown(name="profile", address="/profile"),
    Shown(name="people", address="/people", user="vera"),
    Shown(name="a person", address="/people/max", user="vera"),
    Shown(name="teams", address="/teams", user="vera"),
    Shown(name="roles in a pipe", address="/pipes/requests/roles", user="vera"),
    Shown(name="audit", address="/audit", user="vera"),
    Shown(name="mailbox", address="/mailbox", user="vera"),
    Shown(name="nothing there", address="/cards/REQ-999"),
)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
async def test_everybody_can_use_it(browser: Browser, company: Company, shown: Shown) -> None:
    async with visiting(browser, company.house, shown.user, viewport=DESK) as page:
        await page.goto(company.address(shown.address))
        await shown.reaches(page)
        light = await faults_of(page)
        await page.emulate_media(color_scheme="dark")
        dark = await faults_of(page)
        await page.set_viewport_size(TWICE)
        twice = await sticks_out(page)
        await page.set_viewport_size(PHONE)
        phone = await faults_of(page), await sticks_out(page)

    assert (light, dark, twice, phone) == ([], [], [], ([], []))
