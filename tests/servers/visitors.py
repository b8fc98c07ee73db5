"""People at their browsers: added to an installation, signed in, watched for what goes wrong."""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Browser, BrowserContext, Page

from api.signin.people import COOKIE, now
from engine.core.actors import InstallationRole
from engine.store import people, sessions
from engine.store.database import AsyncConnection, Database
from engine.store.people import Token, User, hashed
from engine.store.sessions import Session
from tests.servers.browser import SHOWN_WITHIN
from tests.servers.installation import Installation

ZONE = "America/Sao_Paulo"


class House(Protocol):
    """Where people have accounts: its pages, and the folder in which its database is."""

    @property
    def address(self) -> str: ...

    @property
    def data(self) -> Path: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """An account to be; it has no password, as `signed_in` needs none."""

    id: str
    name: str
    role: InstallationRole = "member"
    teams: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    pipe_roles: tuple[tuple[str, str], ...] = ()


@asynccontextmanager
async def writing(house: House) -> AsyncIterator[AsyncConnection]:
    """A transaction in the installation's database."""
    database = Database(f"sqlite:///{house.data / 'phaseline.db'}")
    try:
        async with database.writing() as connection:
            yield connection
    finally:
        await database.close()


async def add_people(house: Installation, everybody: Iterable[Somebody]) -> None:
    """Adds accounts with their teams and roles; a team is called as its id, capitalized."""
    async with writing(house) as connection:
        for each in everybody:
            await people.add_user(
                connection,
                User(
                    id=each.id,
                    name=each.name,
                    email=None,
                    password_hash=None,
                    must_change_password=False,
                    installation_role=each.role,
                    disabled=False,
                    created_at=now(),
                ),
            )
            for team in (*each.teams, *each.leads):
                await people.add_team(connection, team, team.capitalize())
                await people.set_member(connection, team, each.id, lead=team in each.leads)
            for pipe, role in each.pipe_roles:
                await people.give_role(connection, pipe, each.id, role)


async def sign_in(context: BrowserContext, house: House, user: str) -> None:
    """Begins a session for the user in this browser; whoever had one there is forgotten."""
    secret = secrets.token_urlsafe(32)
    async with writing(house) as connection:
        await sessions.begin(
            connection,
            Session(
                hash=hashed(secret),
                user=user,
                csrf_token=secrets.token_urlsafe(24),
                created_at=now(),
                expires_at=now() + timedelta(days=1),
                used_at=now(),
                proved_at=now(),
            ),
        )
    await context.add_cookies([{"name": COOKIE, "value": secret, "url": house.address}])


async def program_of(house: Installation, user: str) -> httpx.AsyncClient:
    """A program that acts as the user, with everything that they may do."""
    secret = secrets.token_urlsafe(32)
    async with writing(house) as connection:
        await people.add_token(
            connection,
            Token(
                id=secrets.token_hex(8),
                hash=hashed(secret),
                name="Tests",
                user=user,
                scopes="cards:read cards:write pipes:write admin",
                created_at=now(),
                expires_at=now() + timedelta(days=1),
            ),
        )
    return httpx.AsyncClient(
        base_url=f"{house.address}/api/v1",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=20,
    )


def from_elsewhere() -> dict[str, str]:
    """Headers as a proxy on this machine sets them for a caller at an address of its own.

    Limits count by address; tests that send from one would use up each other's.
    """
    return {"X-Forwarded-For": str(IPv4Address("10.0.0.0") + secrets.randbelow(2**24))}


@asynccontextmanager
async def visiting(
    browser: Browser, house: Installation, user: str | None = None, **options: Any
) -> AsyncIterator[Page]:
    """A page in a context of its own, signed in or not.

    At the end nothing may have gone wrong in it: no error in a script, nothing that the policy of
    the page forbids, no answer 5xx and no request to anywhere else.
    """
    context = await browser.new_context(
        **{
            "base_url": house.address,
            "timezone_id": ZONE,
            "locale": "en-GB",
            "extra_http_headers": from_elsewhere(),
            **options,
        }
    )
    context.set_default_timeout(SHOWN_WITHIN)
    if user is not None:
        await sign_in(context, house, user)
    page = await context.new_page()
    wrong = _wrong_in(page, house)
    try:
        yield page
    finally:
        await context.close()
    assert wrong == []


def _wrong_in(page: Page, house: Installation) -> list[str]:
    wrong: list[str] = []
    here = urlsplit(house.address).netloc

    def note(condition: bool, what: str) -> None:
        if condition:
            wrong.append(what)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: note("Content Security Policy" in said.text, said.text))
    page.on("response", lambda answer: note(answer.status >= 500, f"{answer.status} {answer.url}"))
    page.on("request", lambda asked: note(urlsplit(asked.url).netloc not in (here, ""), asked.url))
    return wrong


@asynccontextmanager
async def cut_off(page: Page) -> AsyncIterator[None]:
    """While this lasts, no server answers the page."""
    await page.context.set_offline(offline=True)
    yield
    await page.context.set_offline(offline=False)
