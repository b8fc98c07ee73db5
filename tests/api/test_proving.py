"""Fresh proof before what changes how somebody signs in, and the list of where they are."""

import re
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from api.pages.sessions import browser_in_words
from api.signin.people import now
from engine.core.administration import ONE_TIME_LASTS
from engine.store.sign_in_tables import sessions
from engine.store.tables import users
from tests.api.people import PASSWORD, Person, browser, csrf_token_on, sign_in
from tests.api.test_passwords import NEW
from tests.api.test_second_factor import sets_up, time_goes_by
from tests.api.test_sessions import COOKIE, add, attempt
from tests.servers.installation import Installation
from tests.servers.visitors import writing

type Everyone = Mapping[str, Person]


async def proof_ages(house: Installation, user: str) -> None:
    """As if somebody had signed in eleven minutes ago."""
    before = now() - timedelta(minutes=11)
    async with writing(house) as connection:
        await connection.execute(
            update(sessions).where(sessions.c.user == user).values(proved_at=before)
        )


def kept_on(page: httpx.Response) -> dict[str, str]:
    """The hidden inputs with which a page carries a form along."""
    return dict(re.findall(r'name="(kept[^"]*)" value="([^"]*)"', page.text))


# --- fresh proof ----------------------------------------------------------------------------------

SENSITIVE: Mapping[str, Mapping[str, str]] = {
    "/profile": {"name": "Sue", "email": "sue@example.com"},
    "/profile/recovery": {},
    "/profile/second-factor/begin": {},
    "/profile/second-factor/confirm": {"code": "123456"},
    "/profile/second-factor/remove": {},
    "/profile/sessions/end": {"session": "others"},
    "/people/{self}/tokens": {"name": "CI", "days": "1", "scope": "cards:read"},
}
OF_ADMINS: Mapping[str, Mapping[str, str]] = {
    "/people/{other}": {"name": "Cy", "email": "thief@example.com", "role": "member"},
    "/people/{other}/password": {},
    "/people/{other}/second-factor": {},
    "/second-factor/required": {},
}


@pytest.mark.parametrize("address", [*SENSITIVE, *OF_ADMINS])
async def test_what_changes_how_somebody_signs_in_asks_who_they_are(
    house: Installation, owner: Person, address: str
) -> None:
    user = await add(owner, f"prove{[*SENSITIVE, *OF_ADMINS].index(address)}")
    other = await add(owner, f"{user}o")
    await owner.api.patch(f"/users/{user}", json={"installation_role": "admin"})
    place = address.format(self=user, other=other)
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        await proof_ages(house, user)
        before = await rows_of(house)
        form = {"csrf_token": csrf_token, **{**SENSITIVE, **OF_ADMINS}[address]}
        asked = await pages.post(place, data=form)
        assert (asked.status_code, "Confirm that it is you" in asked.text) == (403, True)
        assert await rows_of(house) == before


async def rows_of(house: Installation) -> list[object]:
    """What a change of ways in would change."""
    async with writing(house) as connection:
        found: list[object] = []
        for table in ("users", "tokens", "recovery_codes", "second_factors", "settings"):
            found += (await connection.exec_driver_sql(f"SELECT * FROM {table}")).all()
        found += (await connection.exec_driver_sql("SELECT hash FROM sessions")).all()
    return found


async def test_by_the_api_a_session_needs_it_as_well(house: Installation, owner: Person) -> None:
    user = await add(owner, "progs")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        await proof_ages(house, user)
        made = await pages.post(
            "/api/v1/tokens",
            json={"name": "CI", "scopes": ["cards:read"]},
            headers={"X-CSRF-Token": csrf_token, "Accept": "application/json"},
        )
    assert (made.status_code, made.json()["code"]) == (403, "proof_needed")


async def test_a_name_is_changed_without_it(house: Installation, owner: Person) -> None:
    user = await add(owner, "names")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        await proof_ages(house, user)
        form = {"csrf_token": csrf_token, "name": "Named", "email": ""}
        assert (await pages.post("/profile", data=form)).status_code == 303
    assert (await owner.api.get(f"/users/{user}")).json()["name"] == "Named"


async def test_what_was_typed_is_sent_after_one_has_confirmed(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "keep")
    async with browser(house) as pages:
        old = await sign_in(pages, user)
        cookie = pages.cookies[COOKIE]
        await proof_ages(house, user)
        form = {"name": "Keep", "email": "keep@example.com"}
        kept = kept_on(await pages.post("/profile", data={"csrf_token": old, **form}))
        wrong = await pages.post(
            "/profile/confirm", data={"csrf_token": old, "password": "guess", **kept}
        )
        assert (wrong.status_code, kept_on(wrong)) == (422, kept)
        asked = await pages.post(
            "/profile/confirm", data={"csrf_token": old, "password": PASSWORD, **kept}
        )
        assert asked.status_code == 200
        assert "keep@example.com" in asked.text
        fresh = csrf_token_on(asked)
        assert (pages.cookies[COOKIE] != cookie, fresh != old) == (True, True)
        gone = await pages.get("/pipes", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert gone.status_code == 303
        done = await pages.post("/profile", data={"csrf_token": fresh, **form})
        assert done.status_code == 303
    assert (await owner.api.get(f"/users/{user}")).json()["email"] == "keep@example.com"


async def test_with_a_second_factor_both_are_asked_for(house: Installation, owner: Person) -> None:
    user = await add(owner, "both")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        shows = await sets_up(pages, csrf_token)
        await time_goes_by(house, user)
        await proof_ages(house, user)
        form = {"csrf_token": csrf_token, "password": PASSWORD}
        assert (await pages.post("/profile/confirm", data=form)).status_code == 422
        form["code"] = shows.now()
        assert (await pages.post("/profile/confirm", data=form)).status_code == 303
        await proof_ages(house, user)
        csrf_token = csrf_token_on(await pages.get("/profile"))
        new = {"csrf_token": csrf_token, "new": NEW, "again": NEW, "current": PASSWORD}
        assert (await pages.post("/profile/password", data=new)).status_code == 403


# --- where somebody is signed in ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge on Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
                " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
                " Chrome/140.0.0.0 Mobile Safari/537.36"
            ),
            "Chrome on Android",
        ),
        ("python-httpx/0.28.1", "A program"),
        ("", "A program"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, words: str):
    assert browser_in_words(agent) == words


def ids_on(page: httpx.Response) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{64})"', page.text)


async def test_sessions_are_listed_to_their_person_and_ended_by_them(
    house: Installation, owner: Person
) -> None:
    user, thief = await add(owner, "here"), await add(owner, "thief")
    async with (
        browser(house) as here,
        browser(house) as there,
        browser(house) as elsewhere,
        browser(house) as stranger,
    ):
        csrf_token = await sign_in(here, user)
        there.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
        await sign_in(there, user)
        await sign_in(elsewhere, user)
        shown = await here.get("/profile")
        assert "Firefox on Linux" in shown.text
        assert shown.text.count("This one") == 1
        ids = ids_on(shown)
        assert len(ids) == 2
        theirs = {"csrf_token": await sign_in(stranger, thief), "session": ids[0]}
        assert (await stranger.post("/profile/sessions/end", data=theirs)).status_code == 303
        assert len(ids_on(await here.get("/profile"))) == 2
        one = {"csrf_token": csrf_token, "session": ids[0]}
        assert (await here.post("/profile/sessions/end", data=one)).status_code == 303
        assert len(ids_on(await here.get("/profile"))) == 1
        others = {"csrf_token": csrf_token, "session": "others"}
        assert (await here.post("/profile/sessions/end", data=others)).status_code == 303
        for ended in (there, elsewhere):
            assert (await ended.get("/pipes")).status_code == 303
        assert (await here.get("/pipes")).status_code == 200
    entries = (await owner.api.get("/audit", params={"subject": user})).json()["items"]
    assert [each["kind"] for each in entries].count("end_sessions") == 2


# --- one-time passwords ---------------------------------------------------------------------------


async def test_a_one_time_password_expires(house: Installation, owner: Person) -> None:
    user = await add(owner, "late")
    reset = await owner.api.post(f"/users/{user}/password")
    password = reset.json()["one_time_password"]
    async with browser(house) as pages:
        assert (await attempt(pages, user, password)).status_code == 303
        async with writing(house) as connection:
            await connection.execute(
                update(users).where(users.c.id == user).values(password_ends_at=now())
            )
        refused = await attempt(pages, user, password)
        assert (refused.status_code, "has expired" in refused.text) == (422, True)
        guessed = await attempt(pages, user, "not the password")
        assert "has expired" not in guessed.text


@pytest.mark.parametrize("way", ["page", "command", "api"])
async def test_every_one_time_password_has_an_end(
    house: Installation, owner: Person, way: str
) -> None:
    user = f"ends-{way}"
    match way:
        case "page":
            await owner.submits("/people", id=user, name="Ends", role="member")
        case "command":
            house.command("user", "add", user, "--name", "Ends")
        case _:
            await owner.api.post("/users", json={"id": user, "name": "Ends"})
            await owner.api.post(f"/users/{user}/password")
    async with writing(house) as connection:
        row = (await connection.execute(users.select().where(users.c.id == user))).one()
    assert timedelta() < row.password_ends_at - now() <= ONE_TIME_LASTS
