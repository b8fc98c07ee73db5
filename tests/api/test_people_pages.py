"""The screens of administration, notices and one's own account: plain forms, and what they do."""

import html
import re
from collections.abc import Mapping

import pytest

from api.pages.audit import said
from api.pages.reader import Names
from engine.gateway import utc_now
from engine.store.audit import Entry
from tests.api.people import PASSWORD, Person, browser, sign_in
from tests.engine.running import eventually_so
from tests.servers.installation import Installation

type Everyone = Mapping[str, Person]

# What each sees of a screen.
SCREENS: Mapping[str, Mapping[str, int]] = {
    "/people": {"owner": 200, "ada": 200, "ann": 200, "bo": 200, "gus": 403},
    "/people/cy": {"owner": 200, "ada": 200, "ann": 200, "bo": 200, "gus": 403},
    "/teams": {"owner": 200, "ada": 200, "ann": 200, "bo": 200, "gus": 403},
    "/pipes/errands/roles": {"owner": 200, "ada": 200, "ann": 200, "bo": 403, "gus": 403},
    "/audit": {"owner": 200, "ada": 200, "ann": 403, "bo": 403, "gus": 403},
    "/mailbox": {"owner": 200, "ada": 200, "ann": 403, "bo": 403, "gus": 403},
    "/notices": {"owner": 200, "ada": 200, "ann": 200, "bo": 200, "gus": 200},
    "/profile": {"owner": 200, "ada": 200, "ann": 200, "bo": 200, "gus": 200},
}
# What each is answered to a form; where it is not theirs to send, nothing of it is looked at.
FORMS: Mapping[str, tuple[str, dict[str, str], Mapping[str, int]]] = {
    "add": (
        "/people",
        {"id": "No", "name": "No"},
        {"owner": 422, "ada": 422, "ann": 403, "bo": 403, "gus": 403},
    ),
    "change": (
        "/people/cy",
        {"name": " ", "email": "", "role": "member"},
        {"owner": 422, "ada": 422, "ann": 403, "bo": 403, "gus": 403},
    ),
    "make owner": (
        "/people/cy",
        {"name": "Cy", "email": "", "role": "owner"},
        {"ada": 403, "ann": 403, "bo": 403, "gus": 403},
    ),
    "reset": (
        "/people/nobody/password",
        {},
        {"owner": 404, "ada": 404, "ann": 403, "bo": 403, "gus": 403},
    ),
    "disable": (
        "/people/owner/disabled",
        {"disabled": "true"},
        {"owner": 422, "ada": 403, "ann": 403, "bo": 403, "gus": 403},
    ),
    "team": (
        "/teams",
        {"id": "No", "name": "No"},
        {"owner": 422, "ada": 422, "ann": 403, "bo": 403, "gus": 403},
    ),
    "join": (
        "/teams/nowhere/members",
        {"person": "cy", "change": "join"},
        {"owner": 404, "ada": 404, "ann": 403, "bo": 403, "gus": 403},
    ),
    "dissolve": (
        "/teams/nowhere/remove",
        {},
        {"owner": 404, "ada": 404, "ann": 403, "bo": 403, "gus": 403},
    ),
    "role": (
        "/pipes/errands/roles",
        {"person": "cy", "role": "Big Boss", "change": "give"},
        {"owner": 422, "ada": 422, "ann": 422, "bo": 403, "gus": 403},
    ),
    "leave": (
        "/people/cy/leaves",
        {"begins": "2030-01-02T08:00", "ends": "2030-01-01T08:00", "next": "/"},
        {"owner": 422, "ada": 422, "ann": 403, "bo": 403, "gus": 403},
    ),
    "token": (
        "/people/cy/tokens",
        {"name": "X", "days": "0", "next": "/"},
        {"owner": 422, "ada": 422, "ann": 422, "bo": 422, "gus": 403},
    ),
    "token of another": (
        "/people/cy/tokens",
        {"name": "X", "days": "9", "scope": "admin", "next": "/"},
        {"ann": 403, "bo": 403, "gus": 403},
    ),
}


@pytest.mark.parametrize("address", SCREENS)
async def test_who_sees_a_screen(everyone: Everyone, address: str) -> None:
    seen = {who: (await everyone[who].pages.get(address)).status_code for who in SCREENS[address]}
    assert seen == SCREENS[address]


@pytest.mark.parametrize("form", FORMS)
async def test_who_may_send_a_form(everyone: Everyone, form: str) -> None:
    address, typed, expected = FORMS[form]
    answered = {
        who: (await everyone[who].submits(address, **typed)).status_code for who in expected
    }
    assert answered == expected


async def test_somebody_is_given_an_account_and_signs_in(
    house: Installation, owner: Person
) -> None:
    refused = await owner.submits("/people", id="Kim", name="Kim", email="kim", role="author")
    assert refused.status_code == 422
    assert 'value="Kim"' in refused.text
    assert "cannot be an id" in refused.text
    assert "no e-mail address" in refused.text
    made = await owner.submits("/people", id="kim", name="Kim", email="", role="author")
    password = secret_on(made.text)
    async with browser(house) as pages:
        answer = await pages.post("/sign-in", data={"user": "kim", "password": password})
        assert answer.headers["location"] == "/profile/password"
    listed = await owner.pages.get("/people", params={"q": "kim"})
    assert "Author" in listed.text
    assert "/people/owner" not in listed.text.split("<main")[1]
    again = await owner.submits("/people/kim/password")
    assert secret_on(again.text) != password
    await owner.submits("/people/kim/disabled", disabled="true")
    assert (await owner.api.get("/users/kim")).json()["disabled"] is True
    assert "disabled Kim" in (await owner.pages.get("/audit", params={"subject": "kim"})).text


async def test_a_team_is_made_and_filled_on_its_screen(owner: Person, everyone: Everyone) -> None:
    await owner.submits("/teams", id="cooks", name="Cooks")
    await owner.submits("/teams/cooks/members", person="bo", change="join")
    await owner.submits("/teams/cooks/members", person="cy", change="lead")
    teams = {team["id"]: team for team in (await owner.api.get("/teams")).json()["items"]}
    assert (teams["cooks"]["members"], teams["cooks"]["leads"]) == (["bo", "cy"], ["cy"])
    page = (await everyone["bo"].pages.get("/teams")).text
    assert "Cooks" in page
    assert "Make a team" not in page
    await owner.submits("/teams/cooks/members", person="bo", change="leave")
    await owner.submits("/teams/cooks/remove")
    assert (
        '<section class="panel stack tight" id="cooks">'
        not in (await owner.pages.get("/teams")).text
    )


REFUSED = {
    "newcomer": (
        "/people",
        {"id": "New One", "name": "Nora", "email": "nowhere", "role": "author"},
        {"id": "cannot be an id", "email": "is no e-mail address"},
        ['value="New One"', 'value="Nora"', 'value="nowhere"', '<option value="author" selected>'],
    ),
    "account": (
        "/people/owner",
        {"name": "", "email": "nowhere", "role": "member"},
        {"name": "A name is needed.", "email": "no e-mail address", "role": "the last owner"},
        ['value="nowhere"', '<option value="member" selected>'],
    ),
    "profile": (
        "/profile",
        {"name": "", "email": "nowhere"},
        {"name": "A name is needed.", "email": "is no e-mail address"},
        ['value="nowhere"'],
    ),
    "team": (
        "/teams",
        {"id": "No", "name": "Nobodies"},
        {"id": "cannot be an id"},
        ['value="No"', 'value="Nobodies"'],
    ),
    "leave": (
        "/people/owner/leaves",
        {"begins": "2030-01-02T08:00", "ends": "2030-01-01T08:00", "delegate": "owner"},
        {"ends": "A leave ends after it begins.", "delegate": "A delegate is somebody else."},
        ['value="2030-01-02T08:00"', 'value="2030-01-01T08:00"'],
    ),
    "leave without an end": (
        "/people/owner/leaves",
        {"begins": "2030-01-02T08:00", "ends": "", "next": "/profile#away"},
        {"ends": "A day and a time are needed."},
        ['value="2030-01-02T08:00"', "<h1>Profile</h1>"],
    ),
    "token": (
        "/people/owner/tokens",
        {"name": "Robot", "days": "9", "next": "/profile#tokens"},
        {"scopes": "A token needs a scope."},
        ['value="Robot"', 'value="9"', 'value="cards:read">', "<h1>Profile</h1>"],
    ),
    "token for ever": (
        "/people/owner/tokens",
        {"name": "Robot", "days": "99999", "scope": "admin"},
        {"days": "A token is good for 1 to"},
        ['value="Robot"', 'value="99999"', 'value="admin" checked'],
    ),
    "locale": (
        "/profile/locale",
        {"language": "xx", "zone": "Mars/Base"},
        {"language": "no language called", "zone": "no time zone called"},
        [],
    ),
}


@pytest.mark.parametrize("form", REFUSED)
async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    owner: Person, form: str
) -> None:
    address, typed, wrong, shown = REFUSED[form]
    answer = await owner.submits(address, **typed)
    assert answer.status_code == 422
    for field, message in wrong.items():
        said = re.search(rf'<p class="error" id="{field}-error">([^<]*)</p>', answer.text)
        assert said, field
        assert message in html.unescape(said[1])
        assert f'{field}-error" aria-invalid="true"' in answer.text
    for each in shown:
        assert each in answer.text


async def test_leaves_and_tokens_are_ones_own(everyone: Everyone) -> None:
    val = everyone["val"]
    val.pages.cookies.set("zone", "America/Sao_Paulo")
    kept = await val.submits(
        "/people/val/leaves",
        begins="2030-07-01T09:00",
        ends="2030-07-15T09:00",
        delegate="bo",
        next="/profile#away",
    )
    assert kept.headers["location"] == "/profile#away"
    (leave,) = (await val.api.get("/users/val/leaves")).json()["items"]
    assert leave == {
        "begins_at": "2030-07-01T12:00:00Z",
        "ends_at": "2030-07-15T12:00:00Z",
        "delegate": "bo",
    }
    page = (await val.pages.get("/profile")).text
    assert "1 Jul 2030, 09:00" in page
    named = re.search(r'name="leave" value="([^"]+)"', page)
    assert named
    await val.submits("/people/val/leaves/end", leave=named[1], next="/profile")
    assert (await val.api.get("/users/val/leaves")).json()["items"] == []
    made = await val.submits(
        "/people/val/tokens", name="Mine", days="9", scope="cards:read", next="/profile"
    )
    assert secret_on(made.text).startswith("pl_")
    tokens = (await val.api.get("/tokens")).json()["items"]
    mine = next(token["id"] for token in tokens if token["name"] == "Mine")
    await val.submits(f"/people/val/tokens/{mine}/end", next="/profile")
    tokens = (await val.api.get("/tokens")).json()["items"]
    assert mine not in {token["id"] for token in tokens}


async def test_dates_are_shown_in_the_zone_of_ones_choice(everyone: Everyone) -> None:
    cy = everyone["cy"]
    cy.pages.cookies.set("zone", "America/Sao_Paulo")
    for zone, shown in (("Asia/Kathmandu", "17:45"), ("", "09:00")):
        chosen = await cy.submits("/profile/locale", zone=zone)
        assert chosen.headers["location"] == "/profile#locale"
        await cy.submits("/people/cy/leaves", begins=f"2031-07-01T{shown}", ends="2031-07-15T09:00")
        (leave,) = (await cy.api.get("/users/cy/leaves")).json()["items"]
        assert leave["begins_at"] == "2031-07-01T12:00:00Z"
        page = (await cy.pages.get("/profile")).text
        assert f"1 Jul 2031, {shown}" in page
        named = re.search(r'name="leave" value="([^"]+)"', page)
        assert named
        await cy.submits("/people/cy/leaves/end", leave=named[1])
    refused = await cy.submits("/profile/locale", zone="Mars/Olympus", language="tlh")
    assert refused.status_code == 422
    assert "There is no time zone called “Mars/Olympus”." in refused.text
    assert "There is no language called “tlh”." in refused.text


async def test_pages_are_written_in_the_english_of_ones_choice(everyone: Everyone) -> None:
    cy = everyone["cy"]
    asked = {"Accept-Language": "en-IN, en;q=0.5"}
    await cy.submits("/people/cy/leaves", begins="2031-07-01T15:00Z", ends="2031-07-15T09:00Z")
    for language, written in (
        ("en-US", "Jul 1, 2031, 3:00\u202fPM"),
        ("en-001", "2031-07-01, 15:00"),
        ("", "1 Jul 2031, 3:00\u202fPM"),
    ):
        chosen = await cy.submits("/profile/locale", language=language, zone="UTC")
        assert chosen.status_code == 303
        page = (await cy.pages.get("/profile", headers=asked)).text
        assert f'<html lang="{language or "en-IN"}"' in page
        assert written in page


async def test_a_program_chooses_language_and_zone(everyone: Everyone) -> None:
    gus = everyone["gus"].api
    wanted = {"language": "en-IE", "time_zone": "Europe/Dublin"}
    assert (await gus.put("/me/locale", json=wanted)).json() == wanted
    me = (await gus.get("/me")).json()
    assert {name: me[name] for name in wanted} == wanted
    for fault in ({"language": "de-DE"}, {"time_zone": "Mars/Olympus"}):
        refused = await gus.put("/me/locale", json={**wanted, **fault})
        assert refused.status_code == 422
    nothing = {"language": None, "time_zone": None}
    assert (await gus.put("/me/locale", json=nothing)).json() == nothing


async def test_a_name_that_is_none_is_kept_as_typed(everyone: Everyone) -> None:
    refused = await everyone["rae"].submits("/profile", name="", email="rae@example.com")
    assert refused.status_code == 422
    assert 'value="rae@example.com"' in refused.text
    saved = await everyone["rae"].submits("/profile", name="Rae", email="rae@example.com")
    assert saved.status_code == 303


async def test_a_mention_is_told_in_the_app_and_into_the_mailbox(
    house: Installation, owner: Person
) -> None:
    await owner.api.post(
        "/users",
        json={"id": "lou", "name": "Lou", "email": "lou@example.com", "password": PASSWORD},
    )
    made = await owner.api.post("/pipes/errands/cards", json={"fields": {"what": "Ask Lou"}})
    key = made.json()["key"]
    await owner.api.post(f"/cards/{key}/comments", json={"text": "@lou, please"})

    async def is_in_the_mailbox() -> bool:
        return "lou@example.com" in (await owner.pages.get("/mailbox")).text

    # What has been read by the time of its mail is not mailed any more.
    await eventually_so(is_in_the_mailbox)
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, "lou")

        async def is_told() -> bool:
            return "/notices/" in (await pages.get("/notices")).text.split("<main")[1]

        await eventually_so(is_told)
        page = (await pages.get("/notices")).text
        assert "1 not read yet" in page
        assert 'class="badge">1<' in page
        link = re.search(r'href="(/notices/[0-9a-f-]{36})"', page)
        assert link
        opened = await pages.get(link[1])
        assert opened.headers["location"] == f"/cards/{key}"
        assert "Everything is read" in (await pages.get("/notices")).text
        assert "Nothing is left to read" in (await pages.get("/notices?unread=1")).text
        stranger = await owner.pages.get(link[1])
        assert stranger.headers["location"] == "/notices"
        chosen = await pages.post(
            "/profile/notices",
            data={"csrf_token": csrf_token, "commented.mail": "on", "mentioned.app": "on"},
        )
        assert chosen.headers["location"] == "/profile#notices"
        shown = (await pages.get("/profile")).text
        boxes = dict(re.findall(r'name="(\w+\.\w+)" value="on"[^>]*?( checked)?>', shown))
        assert {name for name, on in boxes.items() if on} == {"commented.mail", "mentioned.app"}


async def test_notices_by_the_api(owner: Person, everyone: Everyone) -> None:
    cy, ann = everyone["cy"].api, everyone["ann"].api
    keys = []
    for number in range(3):
        made = await ann.post("/pipes/errands/cards", json={"fields": {"what": f"Ask Cy {number}"}})
        keys.append(made.json()["key"])
        await ann.post(f"/cards/{keys[-1]}/comments", json={"text": "@cy, please"})

    async def are_told() -> bool:
        found = (await cy.get("/notices", params={"limit": 200})).json()["items"]
        return {each["card"] for each in found} >= set(keys)

    await eventually_so(are_told)
    first = (await cy.get("/notices", params={"limit": 2, "unread": "true"})).json()
    assert first["unread"] >= 3
    rest = (await cy.get("/notices", params={"limit": 200, "cursor": first["next_cursor"]})).json()
    seen = [each["id"] for each in first["items"] + rest["items"]]
    assert len(seen) == len(set(seen))
    assert (await cy.post("/notices/read", json={"ids": seen[:1]})).status_code == 204
    assert (await cy.get("/notices")).json()["unread"] == first["unread"] - 1
    assert (await cy.post("/notices/read", json={})).status_code == 204
    assert (await cy.get("/notices")).json()["unread"] == 0
    assert (await cy.get("/notices", params={"cursor": "bm90aGluZw"})).status_code == 400


async def test_choices_by_the_api(everyone: Everyone) -> None:
    gus = everyone["gus"].api
    usual = (await gus.get("/notices/choices")).json()["items"]
    assert {"kind": "approval", "channel": "mail", "wanted": True} in usual
    wanted = {"kind": "approval", "channel": "mail", "wanted": False}
    changed = (await gus.put("/notices/choices", json={"items": [wanted]})).json()["items"]
    assert wanted in changed
    assert (await gus.get("/notices/choices")).json()["items"] == changed
    back = (await gus.put("/notices/choices", json={"items": []})).json()["items"]
    assert back == usual


def secret_on(page: str) -> str:
    found = re.search(r'id="secret"[^>]*>([^<]+)<', page)
    assert found, page
    return found[1]


async def test_the_audit_log_tells_what_was_done_to_webhooks_and_secrets(
    everyone: Everyone,
) -> None:
    owner = everyone["owner"]
    made = await owner.api.post("/webhooks", json={"url": "https://hooks.example/audit"})
    assert made.status_code == 201, made.text
    address = f"/webhooks/{made.json()['id']}"
    assert (await owner.api.post(f"{address}/stop")).is_success
    page = await owner.pages.get("/audit")
    assert "stopped <a" in page.text
    assert ">the webhook to https://hooks.example/audit</a>" in page.text
    assert (await owner.api.delete(address)).is_success

    page = await owner.pages.get("/audit")
    assert page.status_code == 200
    for told in ("added the webhook to https://hooks.example/audit", "stopped webhook", "removed"):
        assert told in page.text


def test_what_another_release_has_noted_is_told_by_its_name() -> None:
    entry = Entry(
        at=utc_now(), by="", way="api", kind="move_moon", subject="moon:1", body={"far": True}
    )
    assert said(entry, Names(by_id={}), {}) == "did “move_moon” to moon 1"
