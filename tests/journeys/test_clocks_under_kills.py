"""Processes die while clocks fall due: nothing of what a clock does is lost or comes twice."""

import asyncio
from itertools import pairwise
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
RELAYED: dict[str, Any] = {
    "id": "relayed",
    "name": "Relayed",
    "card": {"noun": "baton", "key": "BAT", "title": "what"},
    "teams": {"first": "First", "second": "Second"},
    "fields": {"what": {"type": "short_text", "label": "What"}},
    "start": {"phase": "held", "form": ["what"]},
    "phases": [
        {"id": "held", "name": "Held", "team": "first"},
        {"id": "passed", "name": "Passed", "team": "second", "handoff": {"accept_within": "3s"}},
        {"id": "over", "name": "Over", "final": "done"},
    ],
    "transitions": [
        {
            "id": "pass",
            "from": "held",
            "to": "passed",
            "approval": {
                "stages": [
                    {
                        "id": "referee",
                        "by": ["user:owner"],
                        "deadline": "3s",
                        "on_deadline": "approve",
                    }
                ]
            },
        },
        {"id": "end", "from": "passed", "to": "over"},
    ],
}
# What comes once of a request that nobody decides, and of a handoff that nobody accepts.
ONCE = (
    "approval.requested",
    "approval.stage_opened",
    "approval.stage_passed",
    "approval.approved",
    "card.moved",
    "handoff.begun",
    "handoff.queued",
)
REMINDERS = 3
CARDS, BATONS = 24, 6
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
        relayed = await client.post("/pipes", json=RELAYED)
        assert relayed.status_code == 201, relayed.text
        batons = [await relay(client, number) for number in range(BATONS)]
        cards = [await create(client, number) for number in range(CARDS)]
        for part in PARTS:
            await asyncio.sleep(1.5)
            house.kill(part)
            await house.until_ready()

        async def all_is_over() -> bool:
            found = [len(await moments(client, card)) for card in cards]
            reminded = [len(await reminders(client, baton)) for baton in batons]
            return min(found) >= len(EVERYTHING) and min(reminded) >= REMINDERS

        await eventually_so(all_is_over, within=60)
        for card in cards:
            await hold_to(client, card)
        for baton in batons:
            await hold_relayed(client, baton)
    for card in (*cards[:4], *batons[:2]):
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


async def relay(client: httpx.AsyncClient, number: int) -> str:
    """A baton that is asked to be passed on: nobody decides, and nobody accepts it then."""
    made = await client.post("/pipes/relayed/cards", json={"fields": {"what": f"Baton {number}"}})
    assert made.status_code == 201, made.text
    card = str(made.json()["id"])
    asked = await client.post(f"/cards/{card}/moves", json={"transition": "pass"})
    assert asked.status_code == 200, asked.text
    return card


async def reminders(client: httpx.AsyncClient, card: str) -> list[dict[str, Any]]:
    """How often the lead was told that nobody has accepted the card."""
    events = await all_pages(client, f"/cards/{card}/events")
    return [event for event in events if event["type"] == "handoff.overdue"]


async def hold_relayed(client: httpx.AsyncClient, card: str) -> None:
    """The deadline has decided once, and each reminder has come once, in its turn."""
    events = await all_pages(client, f"/cards/{card}/events")
    kinds = [event["type"] for event in events]
    assert {kind: kinds.count(kind) for kind in ONCE} == dict.fromkeys(ONCE, 1)
    told = [event["body"] for event in events if event["type"] == "handoff.overdue"]
    assert [each["count"] for each in told] == list(range(1, len(told) + 1))
    assert all(one["next"] == after["due"] for one, after in pairwise(told))


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
