"""Passwords by NIST's advice, and the ways back to a lost one."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.problems import Problem
from api.signin.guessing import Guesses
from api.signin.passwords import faults_of, hash_password, verify_password
from engine.store.database import Database
from tests.api.people import PASSWORD, Person, browser, program, sign_in
from tests.api.test_sessions import add, attempt
from tests.servers.installation import Installation

NEW = "four grey geese glide"
ANA = ("ana", "Ana Souza de Oliveira", "ana.oliveira@example.com")


@pytest.mark.parametrize(
    "password",
    [
        "seven wet pigeons waltz",
        "correct horse battery staple",
        "nur kleine buchstaben",
        "日本語のパスワードはこれですよね",
        "x" + "lange sätze sind gut " * 12,
    ],
)
def test_long_ones_are_taken_whatever_they_consist_of(password: str):
    assert faults_of(password, about=ANA) == []


@pytest.mark.parametrize(
    "password",
    [
        "Sh0rt!But?Mixed",
        "passwordpassword",
        "qwertyuiopasdfgh",
        "123456789012345",
        "aaaaaaaaaaaaaaaaaaaa",
        "p@ssw0rdp@ssw0rd",
        "phaseline-phaseline",
        "Ana Souza de Oliveira",
        "ana.oliveira@example.com",
        "OliveiraOliveira1",
        "letmeinletmeinletmein",
        "x" * 257,
        "",
    ],
)
def test_short_and_guessable_ones_are_not(password: str):
    faults = faults_of(password[:14] if password.startswith("Sh0rt") else password, about=ANA)

    assert len(faults) == 1


def test_the_same_password_from_another_keyboard_is_the_same():
    stored = hash_password("zwölf Boxkämpfer jagen")

    assert verify_password("zwo\u0308lf Boxka\u0308mpfer jagen", stored)
    assert not verify_password("zwolf Boxkampfer jagen", stored)


def test_all_of_a_password_counts():
    stored = hash_password("a" * 200 + "b")

    assert not verify_password("a" * 200 + "c", stored)
    assert not verify_password("a" * 200, stored)


def test_a_hash_is_argon2id_and_salted():
    assert hash_password(NEW).startswith("$argon2id$")
    assert hash_password(NEW) != hash_password(NEW)


# --- recovery codes -------------------------------------------------------------------------------


async def makes_codes(pages: httpx.AsyncClient, csrf_token: str) -> list[str]:
    answer = await pages.post("/profile/recovery", data={"csrf_token": csrf_token})
    return re.findall(r"<li>((?:[a-z2-9]{4}-?){5})</li>", answer.text)


async def recovers(
    pages: httpx.AsyncClient, user: str, code: str, new: str = NEW
) -> httpx.Response:
    return await pages.post("/recover", data={"user": user, "code": code, "new": new, "again": new})


async def test_a_code_sets_a_new_password_once(house: Installation, owner: Person) -> None:
    user = await add(owner, "rex")
    async with browser(house) as pages, browser(house) as lost:
        csrf_token = await sign_in(pages, user)
        codes = await makes_codes(pages, csrf_token)
        assert len(set(codes)) == 10
        assert codes[0] not in (await pages.get("/profile")).text
        weak = await recovers(lost, user, codes[0], "passwordpassword")
        assert (weak.status_code, "too easy to guess" in weak.text) == (422, True)
        done = await recovers(lost, user, codes[0].upper().replace("-", " "))
        assert done.status_code == 303, done.text
        assert "9 left" in (await lost.get("/profile")).text
        assert (await pages.get("/pipes")).status_code == 303
        again = await recovers(lost, user, codes[0])
        assert again.status_code == 422
        assert (await attempt(pages, user, PASSWORD)).status_code == 422
        assert (await attempt(pages, user, NEW)).status_code == 303
    kinds = [
        entry["kind"]
        for entry in (await owner.api.get("/audit", params={"subject": user})).json()["items"]
    ]
    assert [each for each in kinds if each.startswith(("recover", "make"))] == [
        "recover_account",
        "make_recovery_codes",
    ]


async def test_codes_replace_those_before(house: Installation, owner: Person) -> None:
    user = await add(owner, "rob")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        old = await makes_codes(pages, csrf_token)
        await makes_codes(pages, csrf_token)
        assert (await recovers(pages, user, old[0])).status_code == 422


async def test_codes_are_kept_as_hashes_and_are_no_one_elses(
    house: Installation, owner: Person
) -> None:
    user, other = await add(owner, "rik"), await add(owner, "roy")
    async with browser(house) as pages:
        codes = await makes_codes(pages, await sign_in(pages, user))
        assert (await recovers(pages, other, codes[0])).status_code == 422
        known = await recovers(pages, user, "aaaa-aaaa-aaaa-aaaa-aaaa")
        unknown = await recovers(pages, "xer", "aaaa-aaaa-aaaa-aaaa-aaaa")
        assert known.text.replace(user, "xer") == unknown.text
    stored = (house.data / "phaseline.db").read_bytes()
    stored += (house.data / "phaseline.db-wal").read_bytes()
    assert all(code.encode() not in stored for code in codes)
    assert all(code.replace("-", "").encode() not in stored for code in codes)


# --- how often ------------------------------------------------------------------------------------


async def test_codes_and_the_current_password_are_guessed_only_so_often(
    house: Installation, owner: Person
) -> None:
    user = await add(owner, "rus")
    async with browser(house) as pages:
        csrf_token = await sign_in(pages, user)
        for _ in range(5):
            assert (await recovers(pages, user, "guess")).status_code == 422
        for _ in range(5):
            form = {"csrf_token": csrf_token, "new": NEW, "again": NEW, "current": "guess"}
            assert (await pages.post("/profile/password", data=form)).status_code == 422
        for refused in (
            await recovers(pages, user, "guess"),
            await pages.post("/profile/password", data=form),
            await pages.post("/profile/confirm", data={**form, "password": "guess"}),
            await attempt(pages, user, PASSWORD),
        ):
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= 300


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'phaseline.db'}")
    await made.migrate()
    yield made
    await made.close()


async def test_an_account_is_guarded_from_many_places_and_a_place_against_many_accounts(
    database: Database,
):
    at = datetime(2026, 11, 2, tzinfo=UTC)
    # What one process has counted, another knows.
    here, there = Guesses(database), Guesses(database)
    for number in range(100):
        await here.count("ana", f"198.51.100.{number}", at)
        await here.count(f"user{number}", "203.0.113.1", at)
        there.tokens.note("203.0.113.1", at)

    with pytest.raises(Problem) as one:
        await there.count("Ana", "203.0.113.9", at)
    with pytest.raises(Problem) as many:
        await there.count("fresh", "203.0.113.1", at)
    with pytest.raises(Problem) as token:
        there.refuse_token("203.0.113.1", at)
    assert [each.value.status for each in (one, many, token)] == [429] * 3
    assert one.value.headers["Retry-After"] == "3600"
    await there.count("bo", "203.0.113.9", at)
    await there.count("fresh", "203.0.113.1", at + timedelta(minutes=6))


async def test_what_was_right_does_not_count(database: Database):
    at = datetime(2026, 11, 2, tzinfo=UTC)
    guesses = Guesses(database)
    for number in range(200):
        moment = at + timedelta(seconds=number)
        await guesses.count("ana", "203.0.113.1", moment)
        await guesses.take_back("ana", "203.0.113.1", moment)


async def test_tokens_are_guessed_only_so_often(
    tmp_path_factory, house: Installation, owner: Person
) -> None:
    """In an installation of its own: nobody from this address has a valid one afterwards."""
    from tests.servers.installation import installation

    async with installation(tmp_path_factory.mktemp("guessed")) as other:
        async with program(other, "pl_guess") as guesser:
            for _ in range(100):
                assert (await guesser.get("/me")).status_code == 401
            refused = await guesser.get("/me")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        assert 0 < int(refused.headers["retry-after"]) <= 300
