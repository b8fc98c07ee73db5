"""Signing in and out, forged requests, tokens and their scopes, and what browsers are told."""

from collections.abc import Mapping
from http.cookies import SimpleCookie

import httpx
import pytest

from tests.api.people import (
    PASSWORD,
    Person,
    browser,
    chooses_password,
    csrf_token_on,
    program,
    sign_in,
)
from tests.servers.installation import Installation

COOKIE = "phaseline_session"

type Everyone = Mapping[str, Person]


async def add(owner: Person, user: str) -> str:
    """Somebody of whom only one test knows."""
    answer = await owner.api.post(
        "/users", json={"id": user, "name": user.capitalize(), "password": PASSWORD}
    )
    assert answer.status_code == 201, answer.text
    return user


async def attempt(pages: httpx.AsyncClient, user: str, password: str) -> httpx.Response:
    return await pages.post("/sign-in", data={"user": user, "password": password})


# --- signing in and out ---------------------------------------------------------------------------


async def test_without_a_session_pages_lead_to_the_sign_in(
    house: Installation, owner: Person
) -> None:
    async with browser(house) as pages:
        answer = await pages.get("/pipes/errands?q=x")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fpipes%2Ferrands%3Fq%3Dx"
        part = await pages.get("/pipes/errands", headers={"HX-Request": "true"})
        assert part.status_code == 401
        assert (await pages.get("/api/v1/me")).status_code == 401


async def test_a_wrong_password_and_a_wrong_user_look_the_same(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "una")
    async with browser(house) as pages:
        known = await attempt(pages, user, "not the password")
        unknown = await attempt(pages, "xen", "not the password")
    assert known.status_code == unknown.status_code == 422
    assert known.text.replace(user, "xen") == unknown.text
    assert COOKIE not in known.cookies
    assert COOKIE not in unknown.cookies


async def test_too_many_attempts_have_to_wait_even_with_the_right_password(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "tom")
    async with browser(house) as pages:
        for _ in range(10):
            assert (await attempt(pages, user, "not the password")).status_code == 422
        refused = await attempt(pages, user, PASSWORD)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 300
        assert COOKIE not in refused.cookies
        other = await attempt(pages, await add(owner, "tim"), PASSWORD)
        assert other.status_code == 303


async def test_a_sign_in_is_always_a_new_session(house: Installation, owner: Person) -> None:
    user = await add(owner, "ned")
    async with browser(house) as pages:
        pages.cookies.set(COOKIE, "chosen-by-somebody-else")
        first = (await attempt(pages, user, PASSWORD)).cookies[COOKIE]
        second = (await attempt(pages, user, PASSWORD)).cookies[COOKIE]
    assert len({"chosen-by-somebody-else", first, second}) == 3


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "coo")
    async with browser(house) as pages:
        answer = await attempt(pages, user, PASSWORD)
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert cookie["httponly"] is True
    assert cookie["samesite"].lower() == "lax"
    assert cookie["path"] == "/"
    assert len(cookie.value) >= 40


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "out")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        cookie = pages.cookies[COOKIE]
        ended = await pages.post("/sign-out", data={"csrf_token": csrf_token})
        assert (ended.status_code, ended.headers["location"]) == (303, "/sign-in")
        again = await pages.get("/pipes", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert again.status_code == 303


async def test_a_new_password_ends_the_other_sessions(house: Installation, owner: Person) -> None:
    user = await add(owner, "pip")
    async with browser(house) as here, browser(house) as there:
        csrf_token = await sign_in(here, user)
        await sign_in(there, user)
        form = {"csrf_token": csrf_token, "new": "four grey geese glide"}
        weak = await here.post("/profile/password", data={**form, "new": "short", "again": "x"})
        assert weak.status_code == 422
        wrong = await here.post(
            "/profile/password", data={**form, "again": form["new"], "current": "x"}
        )
        assert wrong.status_code == 422
        done = await here.post(
            "/profile/password", data={**form, "again": form["new"], "current": PASSWORD}
        )
        assert done.status_code == 303
        assert (await here.get("/pipes")).status_code == 200
        assert (await there.get("/pipes")).status_code == 303
        assert (await attempt(there, user, PASSWORD)).status_code == 422
        assert (await attempt(there, user, form["new"])).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/pipes/errands", "/pipes/errands"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
async def test_after_the_sign_in_one_stays_here(
    everyone: Everyone, wanted: str, given: str
) -> None:
    answer = await everyone["bo"].pages.get("/sign-in", params={"next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, given)


# --- forged requests ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "with_token", "code"),
    [
        ({}, False, "forged_request"),
        ({"X-CSRF-Token": "guessed"}, False, "forged_request"),
        ({"X-CSRF-Token": "é"}, False, "forged_request"),
        ({"Origin": "https://elsewhere.example"}, True, "foreign_origin"),
        ({"Sec-Fetch-Site": "cross-site"}, True, "foreign_origin"),
        ({"Sec-Fetch-Site": "same-site"}, True, "foreign_origin"),
    ],
)
async def test_a_request_that_may_be_forged_is_refused(
    everyone: Everyone, headers: Mapping[str, str], with_token: bool, code: str
) -> None:
    bo = everyone["bo"]
    token = {"X-CSRF-Token": bo.csrf_token} if with_token else {}
    given = [(name, value.encode()) for name, value in {**token, **headers}.items()]
    sent = await bo.pages.post(
        "/api/v1/pipes/errands/cards",
        json={"fields": {"what": "Forged"}},
        headers=[(name.encode(), value) for name, value in given],
    )
    assert (sent.status_code, sent.json()["code"]) == (403, code)
    page = await bo.pages.post(
        "/pipes/errands/new",
        data={"what": "Forged"},
        headers=[(name.encode(), value) for name, value in given],
    )
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    found = await bo.api.get("/cards", params={"q": "Forged"})
    assert found.json()["items"] == []


async def test_the_token_of_another_session_does_not_do(everyone: Everyone) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    answer = await bo.pages.post("/theme", data={"csrf_token": cy.csrf_token, "theme": "dark"})
    assert answer.status_code == 403


async def test_nobody_is_signed_in_from_another_site(house: Installation, owner: Person) -> None:
    user = await add(owner, "flora")
    async with browser(house) as pages:
        answer = await pages.post(
            "/sign-in",
            data={"user": user, "password": PASSWORD},
            headers={"Origin": "https://elsewhere.example"},
        )
    assert answer.status_code == 403
    assert COOKIE not in answer.cookies


async def test_a_page_holds_the_token_of_its_session(everyone: Everyone) -> None:
    bo = everyone["bo"]
    assert csrf_token_on(await bo.pages.get("/pipes")) == bo.csrf_token


# --- tokens ---------------------------------------------------------------------------------------

SCOPED: tuple[tuple[str, str, Mapping[str, object] | None, str], ...] = (
    ("GET", "/cards", None, "cards:read"),
    ("GET", "/inbox", None, "cards:read"),
    ("GET", "/pipes", None, "cards:read"),
    ("GET", "/pipes/errands/board", None, "cards:read"),
    ("POST", "/pipes/check", {}, "cards:read"),
    ("POST", "/pipes/errands/cards", {"fields": {"what": "Token"}}, "cards:write"),
    ("PATCH", "/cards/ERR-1", {"priority": "low"}, "cards:write"),
    ("POST", "/cards/ERR-1/claim", None, "cards:write"),
    ("POST", "/pipes", {}, "pipes:write"),
    ("POST", "/users", {"id": "x", "name": "X"}, "admin"),
)


@pytest.mark.parametrize("case", SCOPED, ids=lambda case: f"{case[0]} {case[1]}")
async def test_a_token_does_only_what_it_was_made_for(
    house: Installation, owner: Person, case: tuple[str, str, Mapping[str, object] | None, str]
) -> None:
    method, address, body, scope = case
    others = sorted({"cards:read", "cards:write", "pipes:write", "admin"} - {scope})
    made = await owner.api.post("/tokens", json={"name": "Too little", "scopes": others})
    async with program(house, made.json()["secret"]) as client:
        answer = await client.request(method, address, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


async def test_a_token_gives_no_more_than_it_has(house: Installation, owner: Person) -> None:
    made = await owner.api.post("/tokens", json={"name": "Reads", "scopes": ["cards:read"]})
    async with program(house, made.json()["secret"]) as client:
        more = await client.post("/tokens", json={"name": "More", "scopes": ["cards:write"]})
        same = await client.post("/tokens", json={"name": "Same", "scopes": ["cards:read"]})
    assert (more.status_code, more.json()["code"]) == (403, "missing_scope")
    assert same.status_code == 201


async def test_a_token_is_shown_once_listed_to_its_user_and_ended_by_them(
    house: Installation, everyone: Everyone
) -> None:
    bo, cy = everyone["bo"], everyone["cy"]
    made = await bo.api.post("/tokens", json={"name": "CI", "scopes": ["cards:read"], "days": 1})
    secret, number = made.json()["secret"], made.json()["id"]
    mine = (await bo.api.get("/tokens")).json()["items"]
    assert number in {token["id"] for token in mine}
    assert secret not in str(mine)
    assert number not in {token["id"] for token in (await cy.api.get("/tokens")).json()["items"]}
    assert (await cy.api.delete(f"/tokens/{number}")).status_code == 404
    async with program(house, secret) as client:
        assert (await client.get("/me")).json()["scopes"] == ["cards:read"]
        assert (await bo.api.delete(f"/tokens/{number}")).status_code == 204
        assert (await client.get("/me")).status_code == 401
    assert (await bo.api.delete(f"/tokens/{number}")).status_code == 404


async def test_a_token_counts_for_more_than_a_session(everyone: Everyone) -> None:
    answer = await everyone["bo"].pages.get(
        "/api/v1/me", headers={"Authorization": "Bearer pl_ended"}
    )
    assert answer.status_code == 401


# --- what browsers are told -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/sign-in", "/pipes", "/nothing", "/api/v1/me", "/api/v1/nothing", "/healthz"]
)
async def test_every_answer_tells_browsers_to_be_careful(everyone: Everyone, address: str) -> None:
    headers = (await everyone["bo"].pages.get(address)).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers
    assert headers["x-request-id"]


async def test_pages_are_not_kept_by_browsers_and_assets_for_ever(everyone: Everyone) -> None:
    pages = everyone["bo"].pages
    page = await pages.get("/pipes")
    assert page.headers["cache-control"] == "no-store"
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in (await pages.get(style)).headers["cache-control"]


async def test_pages_hold_no_scripts_or_styles_of_their_own(everyone: Everyone) -> None:
    for address in ("/pipes", "/pipes/errands", "/pipes/errands/new"):
        text = (await everyone["bo"].pages.get(address)).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="/static/')


async def test_a_one_time_password_is_for_choosing_ones_own_and_nothing_else(
    house: Installation, owner: Person
) -> None:
    made = house.command("user", "add", "newcomer", "--name", "New Comer")
    assert made.returncode == 0, made.stderr
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, "newcomer", made.stdout.split()[-1])

        board = await pages.get("/pipes/errands")
        assert (board.status_code, board.headers["location"]) == (303, "/profile/password")
        listed = await pages.get("/api/v1/pipes", headers={"Accept": "application/json"})
        assert (listed.status_code, listed.json()["code"]) == (403, "password_needed")

        await chooses_password(pages, csrf_token)
        assert (await pages.get("/pipes/errands")).status_code == 200
