"""The second factor: set up, asked for, used once; required of roles; lost, and taken away."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import update

from api.signin.totp import new_seed, step_of
from engine.store.sign_in_tables import second_factors
from tests.api.people import PASSWORD, Person, browser, sign_in
from tests.api.test_passwords import NEW, makes_codes, recovers
from tests.api.test_sessions import COOKIE, add, attempt
from tests.servers.installation import Installation
from tests.servers.visitors import writing

type Everyone = Mapping[str, Person]

AT = datetime(2026, 11, 2, 9, 0, 15, tzinfo=UTC)


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "counts"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_the_code_of_now_counts_and_the_one_before_it(steps: int, counts: bool):
    seed = new_seed()
    code = pyotp.TOTP(seed).at(AT + timedelta(seconds=30 * steps))
    now = int(AT.timestamp()) // 30

    assert step_of(seed, f"{code[:3]} {code[3:]}", AT) == (now + steps if counts else None)


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34 5x"])
def test_what_is_no_code_is_none(text: str):
    assert step_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", text, AT) is None


def test_codes_are_those_of_the_standard():
    """RFC 6238, appendix B, to six digits."""
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert step_of(seed, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


# --- setting up and signing in --------------------------------------------------------------------


def note_on(page: httpx.Response) -> str:
    found = re.search(r'name="note" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def begins(pages: httpx.AsyncClient, csrf_token: str) -> str:
    """Begins to set a second factor up; its seed."""
    page = await pages.post("/profile/second-factor/begin", data={"csrf_token": csrf_token})
    found = re.search(r'id="letters">([A-Z2-7 ]+)<', page.text)
    assert found, page.text
    assert 'src="data:image/svg+xml' in page.text
    return found[1].replace(" ", "")


async def sets_up(pages: httpx.AsyncClient, csrf_token: str) -> pyotp.TOTP:
    """Sets a second factor up; what shows its codes."""
    shows = pyotp.TOTP(await begins(pages, csrf_token))
    form = {"csrf_token": csrf_token, "code": shows.now()}
    done = await pages.post("/profile/second-factor/confirm", data=form)
    assert done.status_code == 303, done.text
    return shows


async def time_goes_by(house: Installation, user: str) -> None:
    """As if the last code had been used long ago: the next one need not be waited for."""
    async with writing(house) as connection:
        await connection.execute(
            update(second_factors).where(second_factors.c.user == user).values(last_step=0)
        )


async def types_code(pages: httpx.AsyncClient, note: str, code: str) -> httpx.Response:
    return await pages.post("/sign-in/code", data={"note": note, "code": code, "next": "/pipes"})


async def test_the_password_alone_does_not_sign_in(house: Installation, owner: Person) -> None:
    user = await add(owner, "sec")
    async with browser(house) as pages, browser(house) as other:
        shows = await sets_up(pages, await sign_in(pages, user))
        await time_goes_by(house, user)
        asked = await attempt(other, user, PASSWORD)
        assert (asked.status_code, COOKIE in asked.cookies) == (200, False)
        assert (await other.get("/pipes")).status_code == 303
        wrong = await types_code(other, note_on(asked), "000000")
        assert (wrong.status_code, COOKIE in wrong.cookies) == (422, False)
        code = shows.now()
        entered = await types_code(other, note_on(wrong), code)
        assert (entered.status_code, entered.headers["location"]) == (303, "/pipes")
        assert (await other.get("/pipes")).status_code == 200
        again = await types_code(pages, note_on(asked), code)
        assert (again.status_code, "has been used already" in again.text) == (422, True)


async def test_a_factor_that_was_not_confirmed_is_not_asked_for(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "half")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        await begins(pages, csrf_token)
        form = {"csrf_token": csrf_token, "code": "000000"}
        wrong = await pages.post("/profile/second-factor/confirm", data=form)
        assert (wrong.status_code, 'id="letters"' in wrong.text) == (422, True)
        assert (await attempt(pages, user, PASSWORD)).status_code == 303


async def test_a_seed_is_kept_sealed_and_not_replaced_once_it_counts(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "seal")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        shows = await sets_up(pages, csrf_token)
        again = await pages.post("/profile/second-factor/begin", data={"csrf_token": csrf_token})
        assert 'id="letters"' not in again.text
        await time_goes_by(house, user)
        asked = await attempt(pages, user, PASSWORD)
        assert (await types_code(pages, note_on(asked), shows.now())).status_code == 303
    stored = (house.data / "phaseline.db").read_bytes()
    stored += (house.data / "phaseline.db-wal").read_bytes()
    assert shows.secret.encode() not in stored


async def test_the_note_of_the_first_step_is_of_no_use_alone(
    house: Installation, owner: Person
) -> None:
    user, other = await add(owner, "note"), await add(owner, "nota")
    async with browser(house) as pages, browser(house) as thief:
        csrf_token = await sign_in(pages, user)
        shows = await sets_up(pages, csrf_token)
        theirs = await sets_up(thief, await sign_in(thief, other))
        for each in (user, other):
            await time_goes_by(house, each)
        note = note_on(await attempt(pages, user, PASSWORD))
        thief.cookies.clear()
        assert (await types_code(thief, note, theirs.now())).status_code == 422
        for spoiled in (note[:-4] + "AAAA", "", "x"):
            refused = await types_code(thief, spoiled, shows.now())
            assert (refused.status_code, "sign in again" in refused.text) == (422, True)
        form = {"csrf_token": csrf_token, "new": NEW, "again": NEW, "current": PASSWORD}
        assert (await pages.post("/profile/password", data=form)).status_code == 303
        late = await types_code(thief, note, shows.now())
        assert (late.status_code, "sign in again" in late.text) == (422, True)


async def test_codes_of_the_authenticator_are_guessed_only_so_often(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "gues")
    async with browser(house) as pages, browser(house) as thief:
        shows = await sets_up(pages, await sign_in(pages, user))
        await time_goes_by(house, user)
        for _ in range(5):
            # The right password in between does not let one begin again.
            note = note_on(await attempt(thief, user, PASSWORD))
            for guess in ("000000", "000001"):
                assert (await types_code(thief, note, guess)).status_code == 422
        refused = await types_code(thief, note, shows.now())
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 300
        assert COOKIE not in refused.cookies


# --- lost -----------------------------------------------------------------------------------------


async def test_a_recovery_code_stands_for_a_lost_authenticator_once(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "lost")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        code = (await makes_codes(pages, csrf_token))[0]
        await sets_up(pages, csrf_token)
        note = note_on(await attempt(pages, user, PASSWORD))
        assert (await types_code(pages, note, code.upper())).status_code == 303
        note = note_on(await attempt(pages, user, PASSWORD))
        assert (await types_code(pages, note, code)).status_code == 422


async def test_recovery_codes_alone_open_nothing(house: Installation, owner: Person) -> None:
    user = await add(owner, "list")
    async with browser(house) as pages, browser(house) as thief:
        csrf_token = await sign_in(pages, user)
        codes = await makes_codes(pages, csrf_token)
        shows = await sets_up(pages, csrf_token)
        await time_goes_by(house, user)
        assert (await recovers(thief, user, codes[0])).status_code == 422
        form = {"user": user, "code": codes[0], "new": NEW, "again": NEW}
        stolen = await thief.post("/recover", data={**form, "second": codes[1]})
        assert stolen.status_code == 422
        both = await thief.post("/recover", data={**form, "second": shows.now()})
        assert both.status_code == 303, both.text


async def test_an_admin_or_a_command_takes_it_away_and_ends_the_sessions(
    house: Installation, owner: Person, everyone: Everyone
) -> None:
    user = await add(owner, "away")
    for taken_by in ("page", "command"):
        async with browser(house) as pages:
            csrf_token = await sign_in(pages, user)
            await sets_up(pages, csrf_token)
            if taken_by == "page":
                refused = await everyone["bo"].submits(f"/people/{user}/second-factor")
                assert refused.status_code == 403
                done = await everyone["ada"].submits(f"/people/{user}/second-factor")
                assert done.status_code == 303
            else:
                said = house.command("user", "remove-second-factor", user)
                assert said.returncode == 0, said.stderr
            assert (await pages.get("/pipes")).status_code == 303
            assert (await attempt(pages, user, PASSWORD)).status_code == 303
    entries = (await owner.api.get("/audit", params={"subject": user})).json()["items"]
    kinds = [each["kind"] for each in entries if "second_factor" in each["kind"]]
    assert kinds == ["remove_second_factor", "add_second_factor"] * 2


async def test_one_takes_ones_own_away_and_the_other_sessions_end(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "own")
    async with browser(house) as pages, browser(house) as other:
        await sign_in(other, user)
        csrf_token = await sign_in(pages, user)
        await sets_up(pages, csrf_token)
        assert (await other.get("/pipes")).status_code == 303
        done = await pages.post("/profile/second-factor/remove", data={"csrf_token": csrf_token})
        assert done.status_code == 303
        assert (await attempt(other, user, PASSWORD)).headers["location"] == "/"


# --- required -------------------------------------------------------------------------------------


async def test_a_role_that_needs_one_sets_it_up_before_anything_else(
    house: Installation, owner: Person, everyone: Everyone
) -> None:
    user = await add(owner, "must")
    await owner.api.patch(f"/users/{user}", json={"installation_role": "author"})
    refused = await everyone["bo"].submits("/second-factor/required", role="author")
    assert refused.status_code == 403
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        said = house.command("user", "require-second-factor", "author")
        assert said.returncode == 0, said.stderr
        try:
            page = await pages.get("/pipes")
            assert (page.status_code, page.headers["location"]) == (303, "/profile/second-factor")
            listed = await pages.get("/api/v1/pipes", headers={"Accept": "application/json"})
            assert (listed.status_code, listed.json()["code"]) == (403, "second_factor_needed")
            assert (await everyone["bo"].pages.get("/pipes")).status_code == 200
            await sets_up(pages, csrf_token)
            assert (await pages.get("/pipes")).status_code == 200
        finally:
            done = await owner.submits("/second-factor/required")
    assert done.status_code == 303
    assert "nobody" in (await owner.pages.get("/people")).text


async def test_the_page_says_who_has_to_have_one(owner: Person) -> None:
    try:
        done = await owner.submits("/second-factor/required", role="guest")
        assert done.status_code == 303
        shown = (await owner.pages.get("/people")).text
        assert re.search(r'value="guest" checked', shown)
        assert not re.search(r'value="member" checked', shown)
    finally:
        await owner.submits("/second-factor/required")
