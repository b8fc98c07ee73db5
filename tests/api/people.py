"""People who use an installation both ways: as programs with a token, and on pages signed in."""

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx

from tests.servers.installation import Installation

PASSWORD = "seven wet pigeons waltz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a token for the API and a session on the pages."""

    id: str
    api: httpx.AsyncClient
    pages: httpx.AsyncClient
    csrf_token: str

    async def submits(self, address: str, **typed: str) -> httpx.Response:
        """Sends a form of a page, as the browser would."""
        return await self.pages.post(address, data={"csrf_token": self.csrf_token, **typed})


def browser(house: Installation) -> httpx.AsyncClient:
    """What keeps cookies and asks for pages."""
    return httpx.AsyncClient(base_url=house.address, headers={"Accept": "text/html"}, timeout=20)


def program(house: Installation, secret: str) -> httpx.AsyncClient:
    """What sends a token."""
    return httpx.AsyncClient(
        base_url=f"{house.address}/api/v1",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=20,
    )


async def sign_in(pages: httpx.AsyncClient, user: str, password: str = PASSWORD) -> str:
    """Signs in; the token that forms of this session carry."""
    answer = await pages.post("/sign-in", data={"user": user, "password": password})
    assert answer.status_code == 303, answer.text
    return csrf_token_on(await pages.get("/profile/password"))


def csrf_token_on(page: httpx.Response) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def chooses_password(pages: httpx.AsyncClient, csrf_token: str) -> str:
    """Replaces a one-time password; the token of the session that begins then."""
    answer = await pages.post(
        "/profile/password", data={"new": PASSWORD, "again": PASSWORD, "csrf_token": csrf_token}
    )
    assert answer.status_code == 303, answer.text
    return csrf_token_on(await pages.get("/profile/password"))


async def arrives(house: Installation, user: str, password: str, stack: AsyncExitStack) -> Person:
    """Signs somebody in and makes them a token that may do everything that they may do."""
    pages = await stack.enter_async_context(browser(house))
    csrf_token = await sign_in(pages, user, password)
    if password != PASSWORD:
        csrf_token = await chooses_password(pages, csrf_token)
    made = await pages.post(
        "/api/v1/tokens",
        json={"name": "Tests", "scopes": ["cards:read", "cards:write", "pipes:write", "admin"]},
        headers={"X-CSRF-Token": csrf_token},
    )
    assert made.status_code == 201, made.text
    api = await stack.enter_async_context(program(house, made.json()["secret"]))
    return Person(id=user, api=api, pages=pages, csrf_token=csrf_token)
