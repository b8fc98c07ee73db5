"""Processes die while clocks fall due: nothing of what a clock does is lost or comes twice."""

import asyncio
from typing import Any

import httpx

from tests.engine.replaying import replay
from tests.engine.running import eventually_so
from tests.journeys.test_kills import temporal_of
from tests.servers.installation import Installation, Part, all_pages

WATCHED: dict[str, Any] = {
    "id": "watched",
    "name": "Watched",
    "card": {"noun": "kettle", "key": "KET", "title": "what"},
    "fields": {"what": {"type": "short_text", "label": "What"}},
    "start": {"phase": "on", "form": ["what"]},
    "phases": [
        {
            "id": "on",
            "name": "On",
            "sla": {
                "target": "6s",
                "warn": ["50%"],
                "escalate": [
                    {"at": "0m", "do": [{"label": "hot"}]},
                    {"at": "+2s", "do": [{"priority": "urgent"}]},
                    {
                        "at": "+4s",
                        "do": [{"comment": "Hot"}],
                        "repeat": {"every": "2s", "times": 3},
                    },
                ],
            },
        },
        {"id": "off", "name": "Off", "final": "done"},
    ],
    "transitions": [{"id": "switch-off", "from": "on", "to": "off", "label": "Switch off"}],
}
CARDS = 24
PARTS: tuple[Part, ...] = ("worker", "temporal", "worker", "api", "temporal")
EVERYTHING = [
    "sla.warning",
    "sla.breached",
    *(["sla.escalated"] * 6),
]
DONE = {"card.labelled": 1, "card.prioritized": 1, "comment.added": 4}


async def test_every_moment_of_every_clock_comes_once_whoever_is_killed(house: Installation):
    async with house.client() as client:
        published = await client.post("/pipes", json=WATCHED)
        assert published.status_code == 201, published.text
        cards = [await create(client, number) for number in range(CARDS)]
        for part in PARTS:
            await asyncio.sleep(1.5)
            house.kill(part)
            await house.until_ready()

        async def all_is_over() -> bool:
            found = [len(await moments(client, card)) for card in cards]
            return min(found) >= len(EVERYTHING)

        await eventually_so(all_is_over, within=60)
        for card in cards:
            await hold_to(client, card)
    for card in cards[:4]:
        await replay(await temporal_of(house), card)


async def create(client: httpx.AsyncClient, number: int) -> str:
    body = {"fields": {"what": f"Kettle {number}"}}
    answer = await client.post("/pipes/watched/cards", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def moments(client: httpx.AsyncClient, card: str) -> list[dict[str, Any]]:
    """What the card's clock has done."""
    events = await all_pages(client, f"/cards/{card}/events")
    return [event for event in events if event["type"].startswith("sla.")]


async def hold_to(client: httpx.AsyncClient, card: str) -> None:
    """All that the clock was to do has come once, in order, not before it was due."""
    events = await all_pages(client, f"/cards/{card}/events")
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    kinds = [event["type"] for event in events]
    assert [kind for kind in kinds if kind.startswith("sla.")] == EVERYTHING
    assert {kind: kinds.count(kind) for kind in DONE} == DONE
    steps = [
        (event["body"]["step"], event["body"].get("nth", 0))
        for event in events
        if event["type"] == "sla.escalated"
    ]
    assert steps == [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (2, 3)]
    assert all(event["at"] >= event["body"]["due"] for event in events if "due" in event["body"])
