"""Axe finds nothing on any page in any state: light, dark, on a phone, at twice the size.

Whoever adds a page adds a line to `PAGES`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from playwright.async_api import Browser, Page, ViewportSize
from starlette.routing import Match

from api.pages import router
from tests.pages.accessibility import faults_of, sticks_out
from tests.pages.company import BOARD, CAREFUL, Company
from tests.pages.press import PIPE as PRESS_KITS
from tests.pages.states import (
    add_nobody,
    begin_a_mention,
    choose_two_passwords,
    dry_run,
    end_a_leave_before_it_begins,
    follow,
    forge_a_form,
    make_a_token,
    make_a_token_for_nothing,
    make_no_team,
    make_recovery_codes,
    mistake_the_password,
    open_the_menu,
    press,
    recover_with_no_code,
    rename_oneself_to_nothing,
    send_after_the_session,
    set_up_a_second_factor,
    sign_in_as_nobody,
    take_a_leave_away,
    take_the_first_step,
    unfold_everything,
    write,
    write_a_mail_to_nobody,
    write_a_wrong_size,
    write_wrongly,
)
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
        route: The route that shows it, where it is not that of the address.
        reaches: What has to be done for the state.
    """

    name: str
    address: str
    user: str | None = "max"
    reaches: Callable[[Page], Awaitable[None]] = _nothing
    route: str = ""


PAGES = (
    Shown(name="sign in", address="/sign-in", user=None),
    Shown(name="sign in after a refusal", address="/sign-in", user=None, reaches=sign_in_as_nobody),
    Shown(name="recovery", address="/recover", user=None),
    Shown(
        name="second step of a sign-in",
        address="/sign-in",
        user=None,
        reaches=take_the_first_step,
    ),
    Shown(
        name="recovery after a refusal", address="/recover", user=None, reaches=recover_with_no_code
    ),
    Shown(
        name="sign in with a form that is kept",
        address=f"{BOARD}/new",
        reaches=send_after_the_session,
    ),
    Shown(name="form to be sent again", address=f"{BOARD}/new", reaches=forge_a_form),
    Shown(
        name="profile of somebody with a password",
        address="/profile",
        user="pia",
    ),
    Shown(
        name="confirming after a refusal",
        address="/profile/confirm",
        user="pia",
        reaches=mistake_the_password,
    ),
    Shown(name="new recovery codes", address="/profile", user="pia", reaches=make_recovery_codes),
    Shown(name="profile after a refusal", address="/profile", reaches=rename_oneself_to_nothing),
    Shown(name="leave after a refusal", address="/profile", reaches=end_a_leave_before_it_begins),
    Shown(
        name="token after a refusal",
        address="/people/max",
        user="vera",
        reaches=make_a_token_for_nothing,
    ),
    Shown(
        name="password after a refusal", address="/profile/password", reaches=choose_two_passwords
    ),
    Shown(name="inbox with approvals", address="/", user="paul"),
    Shown(name="inbox with handoffs and mentions", address="/", user="lea"),
    Shown(name="inbox with nothing in it", address="/", user="new"),
    Shown(name="inbox after a refusal", address="/", user="paul", reaches=press("Reject")),
    Shown(name="pipes", address="/pipes"),
    Shown(name="pipes for an admin", address="/pipes", user="vera"),
    Shown(name="plan of a migration", address=f"/pipes/{PRESS_KITS}/migrate", user="vera"),
    Shown(name="nothing to bring over", address=f"{BOARD}/migrate", user="vera"),
    Shown(
        name="dry run of a migration",
        address=f"/pipes/{PRESS_KITS}/migrate",
        user="vera",
        reaches=dry_run,
    ),
    Shown(name="automations of a pipe without any", address=f"{BOARD}/automations", user="vera"),
    Shown(name="automations and runs", address=f"/pipes/{PRESS_KITS}/automations", user="vera"),
    Shown(
        name="automations where no run fits",
        address=f"/pipes/{PRESS_KITS}/automations?only=send-without-asking&state=failed",
        user="vera",
    ),
    Shown(
        name="dry run",
        address=f"/pipes/{PRESS_KITS}/automations?rehearse=send-without-asking&card={{quiet}}",
        user="vera",
    ),
    Shown(name="board", address=BOARD),
    Shown(name="board where nothing matches", address=f"{BOARD}?q=nothing"),
    Shown(name="board of an empty pipe", address="/pipes/product-lifecycle"),
    Shown(
        name="board with a card over it",
        address=f"{BOARD}?q=Bigger",
        reaches=follow("Bigger pictures", "dialog[open]"),
    ),
    Shown(
        name="board with a menu",
        address=f"{BOARD}?q=Bigger",
        reaches=follow("Move REQ-1 Bigger pictures", "dialog[open]"),
    ),
    Shown(
        name="board with the menu of its admin", address=BOARD, user="vera", reaches=open_the_menu
    ),
    Shown(name="list of what is done", address=f"{BOARD}/list?status=done"),
    Shown(name="list of what is cancelled", address=f"{BOARD}/list?status=cancelled"),
    Shown(name="list", address=f"{BOARD}/list"),
    Shown(name="list where nothing matches", address=f"{BOARD}/list?q=nothing"),
    Shown(name="calendar", address=f"{BOARD}/calendar"),
    Shown(name="calendar with late cards", address=f"{BOARD}/calendar?month=2020-02"),
    Shown(name="roadmap", address=f"{BOARD}/roadmap"),
    Shown(name="roadmap where nothing matches", address=f"{BOARD}/roadmap?q=nothing"),
    Shown(name="start form", address=f"{BOARD}/new"),
    Shown(name="start form after a refusal", address=f"{BOARD}/new", reaches=press("Create")),
    Shown(name="card", address="/cards/{plain}"),
    Shown(name="card with a mention begun", address="/cards/{plain}", reaches=begin_a_mention),
    Shown(
        name="card with a mail to nobody", address="/cards/{plain}", reaches=write_a_mail_to_nobody
    ),
    Shown(name="card with a mistake", address="/cards/{plain}", reaches=write_a_wrong_size),
    Shown(name="card with long texts", address="/cards/{long}"),
    Shown(name="card to be approved", address="/cards/{asked}", user="paul"),
    Shown(name="card to be accepted", address="/cards/{handed}"),
    Shown(name="card that is done", address="/cards/{done}", user="vera"),
    Shown(name="card that may only be seen", address="/cards/{plain}", user="vic"),
    Shown(name="card that is somebody else's", address="/cards/{plain}", user="rita"),
    Shown(name="card that is worked on by itself", address="/cards/{busy}", user="vera"),
    Shown(
        name="card with everything unfolded",
        address="/cards/{busy}",
        user="vera",
        reaches=unfold_everything,
    ),
    Shown(name="cards to connect", address="/cards/{busy}/connect/needs", user="vera"),
    Shown(
        name="cards to connect where nothing is found",
        address="/cards/{busy}/connect/needs?q=nothing",
        user="vera",
    ),
    Shown(name="moves of a card", address="/cards/{plain}/moves"),
    Shown(name="form of a move", address="/cards/{long}/moves/begin"),
    Shown(name="public form", address="/forms/requests", user=None),
    Shown(
        name="public form after a refusal",
        address="/forms/requests",
        user=None,
        reaches=press("Send"),
    ),
    Shown(name="followed request", address="/follow/{followed}", user=None),
    Shown(name="workshop", address="/workshop", user="vera"),
    *(
        Shown(
            name=f"workshop with {tab}",
            address="/workshop",
            user="vera",
            reaches=write("Use this template Product lifecycle", tab),
            route="/workshop/drafts/{draft}",
        )
        for tab in ("Flow", "Forms", "Scenarios", "Publish")
    ),
    Shown(
        name="workshop with nothing written",
        address="/workshop",
        user="vera",
        reaches=write("New pipe", "Findings"),
        route="/workshop/drafts/{draft}",
    ),
    Shown(
        name="workshop with findings",
        address="/workshop",
        user="vera",
        reaches=write_wrongly,
        route="/workshop/drafts/{draft}",
    ),
    Shown(name="versions", address=f"{BOARD}/versions", user="vera"),
    Shown(name="version", address=f"{BOARD}/versions/1", user="vera"),
    Shown(name="password", address="/profile/password"),
    Shown(name="second factor of nobody", address="/profile/second-factor"),
    Shown(
        name="second factor being set up",
        address="/profile/second-factor",
        reaches=set_up_a_second_factor,
    ),
    Shown(name="second factor", address="/profile/second-factor", user=CAREFUL),
    Shown(name="confirming", address="/profile/confirm", user=CAREFUL),
    Shown(name="confirming without a password", address="/profile/confirm"),
    Shown(name="notices", address="/notices", user="lea"),
    Shown(name="notices of nobody", address="/notices", user="new"),
    Shown(name="profile", address="/profile"),
    Shown(name="profile with everything unfolded", address="/profile", reaches=unfold_everything),
    Shown(name="menu", address="/profile", reaches=open_the_menu),
    Shown(name="what can be taken back", address="/profile", user="zoe", reaches=take_a_leave_away),
    Shown(name="secret of a token", address="/profile", user="vera", reaches=make_a_token),
    Shown(name="people", address="/people", user="vera"),
    Shown(name="a person", address="/people/max", user="vera"),
    Shown(
        name="person after a refusal",
        address="/people/max",
        user="vera",
        reaches=rename_oneself_to_nothing,
    ),
    Shown(name="people after a refusal", address="/people", user="vera", reaches=add_nobody),
    Shown(name="teams", address="/teams", user="vera"),
    Shown(name="teams, unfolded", address="/teams", user="vera", reaches=unfold_everything),
    Shown(name="teams after a refusal", address="/teams", user="vera", reaches=make_no_team),
    Shown(name="roles in a pipe", address="/pipes/requests/roles", user="vera"),
    Shown(name="audit", address="/audit", user="vera"),
    Shown(name="mailbox", address="/mailbox", user="vera"),
    Shown(name="webhooks", address="/webhooks", user="vera"),
    Shown(name="webhooks where there are none", address="/webhooks", user="nina"),
    Shown(
        name="webhooks with everything unfolded",
        address="/webhooks",
        user="vera",
        reaches=unfold_everything,
    ),
    Shown(name="webhook that hears", address="/webhooks/{hears}", user="vera"),
    Shown(name="webhook that fails", address="/webhooks/{fails}", user="vera"),
    Shown(
        name="webhook to which nothing was given up",
        address="/webhooks/{hears}?state=failed",
        user="vera",
    ),
    Shown(name="delivery that arrived", address="/deliveries/{arrived}", user="vera"),
    Shown(name="delivery that is tried again", address="/deliveries/{refused}", user="vera"),
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


# What a script puts into a page, what leads on, and files. The first run and a migration that goes
# on are looked at in their journeys: tests/journeys/test_first_run.py and test_migrating.py.
NOT_IN_THE_TABLE = frozenset(
    (
        "/welcome",
        "/cards/{card}/attachments/{file}",
        "/cards/{card}/mentions",
        "/cards/{card}/tile",
        "/cards/{card}/ways",
        "/notices/{notice}",
        "/pipes/{pipe}/choices",
        "/pipes/{pipe}/columns/{phase}",
        "/pipes/{pipe}/migrations/{migration}",
        "/pipes/{pipe}/counts",
        "/pipes/{pipe}/versions/{number}/file",
        "/sign-in/oidc",
        "/sign-in/oidc/back",
        "/workshop/drafts/{draft}/file",
    )
)


def test_every_page_is_in_the_table() -> None:
    routes = {route.path: route for route in all_routes(router) if "GET" in (route.methods or ())}
    shown = {each.route or route_of(each.address, routes.values()) for each in PAGES}
    assert routes.keys() - shown == NOT_IN_THE_TABLE


def all_routes(router: APIRouter) -> list[APIRoute]:
    """The routes of a router and of those that it includes."""
    found: list[APIRoute] = []
    for route in router.routes:
        match route:
            case APIRoute():
                found.append(route)
            case _:
                found += all_routes(route.original_router)  # type: ignore[attr-defined]
    return found


def route_of(address: str, routes: Iterable[APIRoute]) -> str:
    """The first route that answers an address."""
    path = urlsplit(address.replace("{", "").replace("}", "")).path
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return next(route.path for route in routes if route.matches(scope)[0] is Match.FULL)
