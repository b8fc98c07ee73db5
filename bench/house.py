"""The installation under measurement: its pipe, its cards, and what its callers do."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx

from api.signin.people import COOKIE, now
from engine.store import sessions
from engine.store.people import hashed
from engine.store.sessions import Session
from tests.servers.installation import Installation
from tests.servers.visitors import Somebody, add_people, writing

AT_A_TIME = 16


def a_pipe(name: str, **parts: Any) -> dict[str, Any]:
    """Two phases to move between, the first one with a clock; and an end."""
    return {
        "id": name,
        "name": name.capitalize(),
        "card": {"noun": "card", "key": name[:3].upper(), "title": "what"},
        "fields": {"what": {"type": "short_text", "label": "What"}},
        "start": {"phase": "left", "form": ["what"]},
        "phases": [
            {"id": "left", "name": "Left", "form": ["what"], "sla": {"target": "3d"}},
            {"id": "right", "name": "Right"},
            {"id": "done", "name": "Done", "final": "done"},
        ],
        "transitions": [
            {
                "id": "go",
                "from": "left",
                "to": "right",
                "label": "Go",
                "when": [{"if": {"!==": [{"var": "fields.what"}, "never"]}}],
            },
            {"id": "return", "from": "right", "to": "left", "label": "Return"},
            {"id": "end", "from": "right", "to": "done", "label": "End"},
        ],
        **parts,
    }


async def publish(client: httpx.AsyncClient, pipe: dict[str, Any]) -> None:
    """Publishes a pipe."""
    answer = await client.post("/pipes", json=pipe)
    if answer.is_error:
        raise RuntimeError(answer.text)


async def create(client: httpx.AsyncClient, pipe: str, count: int) -> list[str]:
    """Makes cards, some at a time; their ids."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def creates(number: int) -> str:
        async with turns:
            body = {"fields": {"what": f"Card {number}"}}
            answer = await client.post(f"/pipes/{pipe}/cards", json=body)
            answer.raise_for_status()
            return str(answer.json()["id"])

    return list(await asyncio.gather(*map(creates, range(count))))


async def move(client: httpx.AsyncClient, card: str, way: str) -> float:
    """Moves a card; the seconds that the answer took.

    Raises:
        httpx.HTTPStatusError: The move was turned away, or failed.
    """
    began = time.perf_counter()
    answer = await client.post(f"/cards/{card}/moves", json={"transition": way})
    answer.raise_for_status()
    return time.perf_counter() - began


async def alone(client: httpx.AsyncClient, card: str, moves: int) -> list[float]:
    """One caller moves a card to and fro, an even number of times."""
    return [await move(client, card, ("go", "return")[number % 2]) for number in range(moves)]


async def crowded(
    client: httpx.AsyncClient, cards: Sequence[str], moves: int
) -> tuple[float, list[float]]:
    """As many callers as cards at once: moves a second, and how long each took."""
    began = time.perf_counter()
    taken = await asyncio.gather(*(alone(client, card, moves) for card in cards))
    found = [seconds for each in taken for seconds in each]
    return len(found) / (time.perf_counter() - began), found


async def visitor(house: Installation) -> httpx.AsyncClient:
    """An owner at a browser, signed in, whose password need not be chosen first."""
    user = Somebody(id="vera", name="Vera", role="owner")
    await add_people(house, [user])
    secret = secrets.token_urlsafe(32)
    async with writing(house) as connection:
        session = Session(
            hash=hashed(secret),
            user=user.id,
            csrf_token=secrets.token_urlsafe(24),
            created_at=now(),
            expires_at=now() + timedelta(days=1),
            used_at=now(),
            proved_at=now(),
        )
        await sessions.begin(connection, session)
    return httpx.AsyncClient(base_url=house.address, cookies={COOKIE: secret}, timeout=60)
