"""Signing in through an OpenID Connect provider that really runs, and everything it may not do."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.async_api import Browser, expect

from api.signin.people import COOKIE
from tests.api.people import browser as pages_of, csrf_token_on
from tests.pages.accessibility import faults_of
from tests.servers import oidc_provider
from tests.servers.installation import Installation
from tests.servers.process import free_port, start, stop, until_it_listens

BACK = "/sign-in/oidc/back"


@asynccontextmanager
async def provider(folder: Path) -> AsyncIterator[str]:
    port, log = free_port(), folder / "provider.log"
    server = start(
        [sys.executable, oidc_provider.__file__, str(port)],
        log=log,
        dies_by=signal.SIGKILL,
        environment={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    try:
        await until_it_listens(server, port, log=log, within_seconds=60)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(server, by=signal.SIGKILL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """An installation, and the provider by which its people sign in."""

    house: Installation
    issuer: str


@asynccontextmanager
async def federated(folder: Path, *, creates: bool) -> AsyncIterator[Federation]:
    async with provider(folder) as issuer:
        house = Installation(folder=folder)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PHASELINE_OIDC_ISSUER", issuer)
            patched.setenv("PHASELINE_OIDC_CLIENT_ID", "phaseline")
            patched.setenv("PHASELINE_OIDC_CLIENT_SECRET", "shared with the provider")
            patched.setenv("PHASELINE_OIDC_NAME", "Example ID")
            patched.setenv("PHASELINE_OIDC_CREATES_PEOPLE", str(creates))
            patched.setenv("PHASELINE_PUBLIC_URL", house.address)
            await house.start()
        try:
            yield Federation(house=house, issuer=issuer)
        finally:
            house.end()


@pytest.fixture(scope="module")
async def closed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Federation]:
    """Only people whom an admin has added come in."""
    async with federated(tmp_path_factory.mktemp("closed"), creates=False) as made:
        async with made.house.client() as owner:
            for user in ("ana", "off"):
                added = await owner.post(
                    "/users",
                    json={"id": user, "name": user.title(), "email": f"{user}@example.com"},
                )
                assert added.status_code == 201, added.text
            await owner.patch("/users/off", json={"disabled": True})
        yield made


async def leaves(pages: httpx.AsyncClient, next_page: str = "/pipes") -> str:
    """Where the browser is sent."""
    sent = await pages.get("/sign-in/oidc", params={"next": next_page})
    assert sent.status_code == 303, sent.text
    return sent.headers["location"]


async def consents(address: str, subject: str) -> str:
    """Signs in at the provider; where it sends the browser back."""
    async with httpx.AsyncClient() as there:
        answer = await there.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def comes(pages: httpx.AsyncClient, subject: str) -> httpx.Response:
    return await pages.get(await consents(await leaves(pages), subject))


async def who_is(pages: httpx.AsyncClient) -> str | None:
    answer = await pages.get("/api/v1/me")
    return answer.json()["id"] if answer.status_code == 200 else None


# --- people come in -------------------------------------------------------------------------------


async def test_a_browser_signs_in_and_out(closed: Federation, browser: Browser) -> None:
    context = await browser.new_context(base_url=closed.house.address)
    page = await context.new_page()
    await page.goto("/pipes?q=x")
    assert await faults_of(page) == []
    await page.get_by_role("link", name="Sign in with Example ID").click()
    await page.get_by_role("button", name="s-ana").click()
    await expect(page).to_have_url(f"{closed.house.address}/pipes?q=x")
    await page.get_by_text("Ana", exact=True).first.click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    assert await faults_of(page) == []
    link = page.get_by_role("link", name="Sign out at Example ID")
    assert str(await link.get_attribute("href")).startswith(f"{closed.issuer}/oauth2/end_session?")
    await page.goto("/pipes")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await context.close()


async def test_what_is_sent_along_cannot_be_used_by_others(closed: Federation) -> None:
    async with pages_of(closed.house) as pages:
        first, second = await leaves(pages), await leaves(pages)
        cookie = pages.cookies["phaseline_openid"]
    asked = [parse_qs(urlsplit(each).query) for each in (first, second)]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["scope"] == ["openid profile email"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 32
        assert asked[0][name] != asked[1][name]
        assert asked[1][name][0] not in cookie


async def test_a_verified_address_finds_the_account_and_then_the_subject_does(
    closed: Federation,
) -> None:
    async with pages_of(closed.house) as pages:
        pages.cookies.set(COOKIE, "chosen-by-somebody-else")
        back = await comes(pages, "s-ana")
        assert (back.status_code, back.headers["location"]) == (303, "/pipes")
        assert await who_is(pages) == "ana"
    async with closed.house.client() as owner:
        await owner.patch("/users/ana", json={"email": "other@example.com"})
        async with pages_of(closed.house) as pages:
            await comes(pages, "s-ana")
            assert await who_is(pages) == "ana"
        await owner.patch("/users/ana", json={"email": "ana@example.com"})


async def test_somebody_new_gets_an_account_where_the_setting_says_so(tmp_path: Path) -> None:
    async with federated(tmp_path, creates=True) as open_house:
        for _ in range(2):
            async with pages_of(open_house.house) as pages:
                assert (await comes(pages, "s-new")).status_code == 303
                assert await who_is(pages) == "nora-comer"
        async with open_house.house.client() as owner:
            (made,) = [
                each
                for each in (await owner.get("/users")).json()["items"]
                if each["id"] == "nora-comer"
            ]
        assert (made["name"], made["email"]) == ("Nora Comer", "new.comer@example.com")
        assert made["installation_role"] == "member"


async def test_a_sign_in_at_the_provider_is_proof_only_if_it_had_to_ask(closed: Federation) -> None:
    """Otherwise whoever finds a browser open goes there and back, and nobody asks who they are."""
    async with pages_of(closed.house) as pages:
        await comes(pages, "s-ana")
        form = {"csrf_token": csrf_token_on(await pages.get("/profile"))}
        asked = await pages.post("/profile/recovery", data=form)
        assert (asked.status_code, "/sign-in/oidc?again=true" in asked.text) == (403, True)
        sent = await pages.get("/sign-in/oidc", params={"next": "/profile", "again": "true"})
        assert parse_qs(urlsplit(sent.headers["location"]).query)["prompt"] == ["login"]
        await pages.get(await consents(sent.headers["location"], "s-ana"))
        form = {"csrf_token": csrf_token_on(await pages.get("/profile"))}
        assert (await pages.post("/profile/recovery", data=form)).status_code == 200


# --- and others do not ----------------------------------------------------------------------------


@pytest.mark.parametrize("subject", ["s-new", "s-eve", "s-str", "s-off", "s-unheard-of"])
async def test_nobody_comes_in_without_an_account_or_by_an_address_that_is_not_verified(
    closed: Federation, subject: str
) -> None:
    async with pages_of(closed.house) as pages:
        back = await comes(pages, subject)
        assert back.status_code == 403
        assert "There is no account" in back.text
        assert COOKIE not in back.cookies
        assert await who_is(pages) is None


async def test_a_way_back_that_another_browser_left_by_is_refused(closed: Federation) -> None:
    """Otherwise somebody could be signed in as whoever sent them a link."""
    async with pages_of(closed.house) as pages, pages_of(closed.house) as victim:
        address = await consents(await leaves(pages), "s-ana")
        assert (await victim.get(address)).status_code == 403
        await leaves(victim)
        assert (await victim.get(address)).status_code == 403
        assert await who_is(victim) is None


async def test_a_code_is_good_once_and_only_with_its_own_departure(closed: Federation) -> None:
    async with pages_of(closed.house) as pages, pages_of(closed.house) as other:
        address = await consents(await leaves(pages), "s-ana")
        code = parse_qs(urlsplit(address).query)["code"][0]
        own = parse_qs(urlsplit(await leaves(other)).query)["state"][0]
        stolen = await other.get(BACK, params={"code": code, "state": own})
        assert stolen.status_code == 403
        assert "does not prove who you are" in stolen.text


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "guessed", "state": "guessed"},
        {"code": "x" * 2_001, "state": "x"},
        {"error": "access_denied", "state": "é"},
    ],
)
async def test_what_nobody_asked_for_is_refused(closed: Federation, query: dict[str, str]) -> None:
    async with pages_of(closed.house) as pages:
        answer = await pages.get(BACK, params=query)
        assert answer.status_code in (403, 422)
        assert COOKIE not in answer.cookies


async def test_whoever_declines_there_is_told_so_here(closed: Federation) -> None:
    async with pages_of(closed.house) as pages:
        address = await leaves(pages)
        async with httpx.AsyncClient() as there:
            declined = await there.post(address, data={"action": "deny"})
        back = await pages.get(declined.headers["location"])
    assert (back.status_code, "You were not signed in there." in back.text) == (422, True)


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example"])
async def test_after_that_one_stays_here(closed: Federation, wanted: str) -> None:
    async with pages_of(closed.house) as pages:
        back = await pages.get(await consents(await leaves(pages, wanted), "s-ana"))
        assert (back.status_code, back.headers["location"]) == (303, "/")


async def test_passwords_go_on_working_and_sign_out_as_before(closed: Federation) -> None:
    async with pages_of(closed.house) as pages:
        signed_in = await pages.post(
            "/sign-in", data={"user": "owner", "password": closed.house.one_time_password}
        )
        assert signed_in.status_code == 303
        token = csrf_token_on(await pages.get("/profile/password"))
        out = await pages.post("/sign-out", data={"csrf_token": token})
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")


async def test_without_a_provider_there_is_no_such_way(house: Installation) -> None:
    async with pages_of(house) as pages:
        assert "oidc" not in (await pages.get("/sign-in")).text
        assert (await pages.get("/sign-in/oidc")).status_code == 404
        assert (await pages.get(BACK)).status_code == 404


async def test_a_provider_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    async with provider(tmp_path) as issuer:
        pass
    house = Installation(folder=tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PHASELINE_OIDC_ISSUER", issuer)
        patched.setenv("PHASELINE_OIDC_CLIENT_ID", "phaseline")
        await house.start()
    try:
        async with pages_of(house) as pages:
            answer = await pages.get("/sign-in/oidc")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "10"
        assert "use your password" in answer.text
    finally:
        house.end()
