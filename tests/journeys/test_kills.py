"""Processes die in the middle of moves; every acknowledged move has happened exactly once."""

import asyncio
import uuid
from collections import Counter
from typing import Any

import httpx
from temporalio.client import Client

from engine.runtime.converting import data_converter
from engine.runtime.embedded import NAMESPACE
from tests.engine.replaying import replay
from tests.servers.installation import Installation, Part, all_pages

ROUNDS: dict[str, Any] = {
    "id": "rounds",
    "name": "Rounds",
    "card": {"noun": "runner", "key": "RUN", "title": "who"},
    "fields": {
        "who": {"type": "short_text", "label": "Who"},
        "laps": {"type": "integer", "label": "Laps", "editable": "always"},
    },
    "start": {"phase": "left", "form": ["who"]},
    "phases": [
        {"id": "left", "name": "Left", "form": ["laps"], "sla": {"target": "3d"}},
        {"id": "right", "name": "Right", "form": ["laps"]},
        {"id": "home", "name": "Home", "final": "done"},
    ],
    "transitions": [
        {"id": "go", "from": "left", "to": "right", "label": "Go"},
        {"id": "return", "from": "right", "to": "left", "label": "Return"},
        {"id": "end", "from": "right", "to": "home", "label": "End"},
    ],
}
RUNNERS = 6
PARTS: tuple[Part, ...] = ("worker", "api", "temporal", "worker", "api", "temporal")


async def test_every_acknowledged_move_is_there_exactly_once_after_kills(
    house: Installation,
) -> None:
    async with house.client() as client:
        published = await client.post("/pipes", json=ROUNDS)
        assert published.status_code == 201, published.text
        cards = [await create(client, f"Runner {number}") for number in range(RUNNERS)]
        stopping = asyncio.Event()
        runs = [asyncio.create_task(run(client, card, stopping)) for card in cards]
        for part in PARTS:
            await asyncio.sleep(1.0)
            house.kill(part)
            await house.until_ready()
        await asyncio.sleep(1.0)
        stopping.set()
        acknowledged = dict(zip(cards, await asyncio.gather(*runs), strict=True))

        assert sum(map(len, acknowledged.values())) > RUNNERS * len(PARTS)
        for card, keys in acknowledged.items():
            await hold_to(client, card, keys)

    assert house.ask_to_stop() == 0
    await house.start()
    async with house.client() as client:
        for card, keys in acknowledged.items():
            await hold_to(client, card, keys)
            moved = await move(client, card, "end", str(uuid.uuid4()))
            assert moved["status"] == "done"
            assert await replay(await temporal_of(house), moved["id"])


async def temporal_of(house: Installation) -> Client:
    """The embedded server of the installation."""
    address = (house.data / "temporal" / "server-address").read_text(encoding="utf-8").strip()
    return await Client.connect(address, namespace=NAMESPACE, data_converter=data_converter)


async def create(client: httpx.AsyncClient, name: str) -> str:
    answer = await client.post("/pipes/rounds/cards", json={"fields": {"who": name}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def run(client: httpx.AsyncClient, card: str, stopping: asyncio.Event) -> list[str]:
    """Moves the card to and fro, each move until it is acknowledged; the keys of those that were.

    Ends on the right, from where the way leads home.
    """
    keys: list[str] = []
    while not stopping.is_set() or len(keys) % 2 == 0:
        key = str(uuid.uuid4())
        await move(client, card, "go" if len(keys) % 2 == 0 else "return", key)
        keys.append(key)
    return keys


async def move(client: httpx.AsyncClient, card: str, way: str, key: str) -> dict[str, Any]:
    """Sends the move again and again with its key, as every good client does, until it is done."""
    while True:
        try:
            answer = await client.post(
                f"/cards/{card}/moves",
                json={"transition": way},
                headers={"Idempotency-Key": key},
            )
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            continue
        if answer.status_code == 503:
            await asyncio.sleep(0.2)
            continue
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


async def hold_to(client: httpx.AsyncClient, card: str, keys: list[str]) -> None:
    """The card's history holds these moves and no others, in their order, without a gap."""
    events = await all_pages(client, f"/cards/{card}/events")
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    moves = [event for event in events if event["type"] == "card.moved"]
    assert len(moves) == len(keys)
    assert all(
        (event["body"]["source"], event["body"]["target"])
        == (("left", "right") if number % 2 == 0 else ("right", "left"))
        for number, event in enumerate(moves)
    )
    kinds = Counter(event["type"] for event in events)
    assert kinds["card.created"] == 1
    # Each stay on the left has one clock: the first, and one for each return.
    assert kinds["clock.started"] == 1 + len(keys) // 2
    shown = (await client.get(f"/cards/{card}")).json()
    assert shown["version"] == len(events)
    assert shown["phase"] == ("right" if len(keys) % 2 else "left")
