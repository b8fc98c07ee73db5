"""Whoever waits for a card sees what it does by itself, and what follows from that."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from engine.core.commands import EditCard
from engine.gateway import Definitions
from engine.gateway.settling import Settling
from pipes.identifiers import FieldId
from tests.engine.automating import Automated, a_goal, a_task, automated
from tests.engine.running import Engine

COUNTED = {"on": "field.changed", "fields": ["count"]}
GOAL = a_goal(
    automations=[
        {"id": "count", "on": "card.created", "do": [{"label": "begun"}, {"set": {"count": 1}}]},
        {"id": "say", **COUNTED, "do": [{"label": "counted"}]},
        # As long as there is no task it is refused, again and again.
        {
            "id": "write",
            "on": "card.created",
            "do": [
                {"create_card": {"pipe": "tasks", "fields": {"effort": {"var": "fields.count"}}}}
            ],
        },
    ]
)


@pytest.fixture
async def house(engine: Engine) -> AsyncIterator[Automated]:
    async with automated(engine) as house:
        yield house


def settling(engine: Engine, patience: timedelta = timedelta(seconds=60)) -> Settling:
    return Settling(engine.database, Definitions(), engine.client, patience=patience)


async def test_a_card_has_settled_when_what_it_set_off_has_run_and_what_that_set_off(
    house: Automated,
):
    await house.publishes(a_task(), GOAL)
    created = await house.creates("goals", name="Trains")

    settled = await settling(house.engine).settled(created, None)

    assert settled.work.labels == ("begun", "counted")
    assert settled == await house.engine.stored(created)
    assert {run.state for run in await house.runs(created)} == {"done", "failed"}
    # What it had done before is not waited for once more.
    edited = await house.does(settled, EditCard(values={FieldId("name"): "Trams"}))
    assert await settling(house.engine).settled(edited, settled) == edited
    # What people did later is not part of it: told again, the story is the same.
    assert await settling(house.engine).settled(created, None) == settled


async def test_what_does_not_come_to_its_end_is_waited_for_with_patience(engine: Engine):
    """Nobody hands over what follows from the card's events."""
    async with automated(engine) as house:
        await house.publishes(a_task(), GOAL)
    created = await house.creates("goals", name="Trains")

    settled = await settling(engine, timedelta(milliseconds=50)).settled(created, None)

    assert settled == created
