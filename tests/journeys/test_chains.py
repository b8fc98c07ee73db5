"""Processes die in the middle of chains of automations; every action is done exactly once."""

import asyncio
import uuid
from typing import Any

import httpx

from tests.engine.automating import a_goal, a_task
from tests.engine.running import eventually_so
from tests.servers.installation import Installation, Part, all_pages

GOALS = 8
PARTS: tuple[Part, ...] = ("worker", "temporal", "api", "worker")
# A goal plans a task; the task, once created, says so, and is finished by its own automation; when
# it is done the goal is reached. Three cards' worth of automations hang on one request.
GOAL = a_goal(
    automations=[
        {
            "id": "plan",
            "on": "card.created",
            "do": [
                {"label": "planned"},
                {
                    "create_card": {
                        "pipe": "tasks",
                        "fields": {"what": {"var": "fields.name"}},
                        "connect": "tasks",
                    }
                },
                {"comment": "Planned"},
            ],
        },
        {
            "id": "reach",
            "on": "children.done",
            "connection": "tasks",
            "do": [{"comment": "Reached"}, {"move": "reach"}],
        },
    ]
)
TASK = a_task(
    automations=[
        {"id": "do", "on": "card.created", "do": [{"comment": "Begun"}, {"move": "finish"}]}
    ]
)


async def test_chains_come_to_their_end_once_whatever_is_killed(house: Installation) -> None:
    async with house.client() as client:
        for document in (TASK, GOAL):
            published = await client.post("/pipes", json=document)
            assert published.status_code == 201, published.text
        creating = [asyncio.create_task(create(client, number)) for number in range(GOALS)]
        for part in PARTS:
            await asyncio.sleep(0.7)
            house.kill(part)
            await house.until_ready()
        goals = await asyncio.gather(*creating)

        for goal in goals:
            await until_reached(client, goal)
            # The goal may be reached while what planned it is still on its way to its last step.
            await until_said(client, goal, {"Planned", "Reached"})
            assert sorted(await comments(client, goal)) == ["Planned", "Reached"]
            shown = (await client.get(f"/cards/{goal}")).json()
            (task,) = shown["fields"]["tasks"]
            assert await comments(client, task) == ["Begun"]
        assert len(await all_pages(client, "/pipes/tasks/cards")) == GOALS


async def create(client: httpx.AsyncClient, number: int) -> str:
    """Creates a goal, again and again with its key until it is acknowledged."""
    key = str(uuid.uuid4())
    await asyncio.sleep(number * 0.3)
    while True:
        try:
            answer = await client.post(
                "/pipes/goals/cards",
                json={"fields": {"name": f"Goal {number}"}},
                headers={"Idempotency-Key": key},
            )
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            continue
        if answer.status_code == 503:
            await asyncio.sleep(0.2)
            continue
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])


async def until_reached(client: httpx.AsyncClient, card: str) -> None:
    async def is_reached() -> bool:
        return bool((await client.get(f"/cards/{card}")).json()["phase"] == "reached")

    await eventually_so(is_reached, within=90)


async def until_said(client: httpx.AsyncClient, card: str, said: set[str]) -> None:
    async def is_said() -> bool:
        return said <= set(await comments(client, card))

    await eventually_so(is_said, within=60)


async def comments(client: httpx.AsyncClient, card: str) -> list[str]:
    events: list[dict[str, Any]] = await all_pages(client, f"/cards/{card}/events")
    return [event["body"]["text"] for event in events if event["type"] == "comment.added"]
