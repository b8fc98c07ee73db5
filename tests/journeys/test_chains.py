"""Processes die in the middle of chains of automations; every action is done exactly once.

What leaves the system leaves at least once; a receiver that drops repeats by their id has it once.
"""

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.engine.automating import a_goal, a_task
from tests.engine.running import eventually_so
from tests.eventually import eventually
from tests.servers.installation import Installation, Part, all_pages
from tests.servers.receiver import Receiver, a_receiver

# An action of an automation.
type Step = Mapping[str, Any]

PARTS: tuple[Part, ...] = ("worker", "temporal", "api")
# How long chains are on their way when the worker dies, so that it is in other steps each time.
DEPTHS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.2)
AT_ONCE = 3
GOALS = AT_ONCE * (len(PARTS) + len(DEPTHS))


def a_planned_goal(*, before: Sequence[Step] = (), after: Sequence[Step] = ()) -> dict[str, Any]:
    """A goal plans a task; the task, once created, says so, and is finished by its own automation;
    when it is done the goal is reached. Three cards' worth of automations hang on one request.

    Args:
        before: What is done besides, before the task is planned.
        after: And after it.
    """
    task = {"pipe": "tasks", "fields": {"what": {"var": "fields.name"}}, "connect": "tasks"}
    plans = [{"create_card": task}, {"comment": "Planned"}]
    reaches = [{"comment": "Reached"}, {"move": "reach"}]
    plan = {
        "id": "plan",
        "on": "card.created",
        "do": [{"label": "planned"}, *before, *plans, *after],
    }
    reach = {"id": "reach", "on": "children.done", "connection": "tasks", "do": reaches}
    return a_goal(automations=[plan, reach])


GOAL = a_planned_goal()
TASK = a_task(
    automations=[
        {"id": "do", "on": "card.created", "do": [{"comment": "Begun"}, {"move": "finish"}]}
    ]
)


async def test_chains_come_to_their_end_once_whatever_is_killed(house: Installation) -> None:
    async with a_receiver() as receiver, house.client() as client:
        asks = {"http": {"url": f"{receiver.url}/asked", "body": '{"key": "{{ card.key }}"}'}}
        tells = {"webhook": {"url": f"{receiver.url}/told"}}
        for document in (TASK, a_planned_goal(before=[asks], after=[tells])):
            published = await client.post("/pipes", json=document)
            assert published.status_code == 201, published.text
        goals: list[str] = []
        for part in PARTS:
            goals += await some_begun(client)
            house.kill(part)
            await house.until_ready()
        for depth in DEPTHS:
            goals += await some_begun(client)
            await asyncio.sleep(depth)
            await house.kill_before_its_work_is_heard_of()
            await house.until_ready()

        for goal in goals:
            await until_reached(client, goal)
            # The goal may be reached while what planned it is still on its way to its last step.
            await until_said(client, goal, {"Planned", "Reached"})
            assert sorted(await comments(client, goal)) == ["Planned", "Reached"]
            shown = (await client.get(f"/cards/{goal}")).json()
            (task,) = shown["fields"]["tasks"]
            assert await comments(client, task) == ["Begun"]
        assert len(await all_pages(client, "/pipes/tasks/cards")) == GOALS
        await eventually(lambda: set(told(receiver)) == set(goals), within_seconds=60)
    # Repeats have the same id: whoever drops them was asked and told once about each.
    once = dict.fromkeys(goals, 1)
    assert {goal: len(ids) for goal, ids in asked(receiver).items()} == once
    assert {goal: len(ids) for goal, ids in told(receiver).items()} == once


def asked(receiver: Receiver) -> dict[str, set[str]]:
    """The ids under which requests arrived, by the goal that they were about."""
    found: dict[str, set[str]] = {}
    for each in receiver.received:
        if each.path.endswith("/asked"):
            ids = found.setdefault(json.loads(each.body)["key"], set())
            ids.add(each.headers["idempotency-key"])
    return found


def told(receiver: Receiver) -> dict[str, set[str]]:
    """The same for webhooks."""
    found: dict[str, set[str]] = {}
    for each in receiver.received:
        if each.path.endswith("/told"):
            ids = found.setdefault(json.loads(each.body)["data"]["card"]["key"], set())
            ids.add(each.headers["webhook-id"])
    return found


async def some_begun(client: httpx.AsyncClient) -> list[str]:
    """Goals whose chains have just begun."""
    return await asyncio.gather(*(create(client, number) for number in range(AT_ONCE)))


async def create(client: httpx.AsyncClient, number: int) -> str:
    """Creates a goal, again and again with its key until it is acknowledged."""
    key = str(uuid.uuid4())
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
