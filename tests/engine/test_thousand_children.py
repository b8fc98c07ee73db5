"""A thousand children that end at the same moment move their parent exactly once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import CommandKey
from engine.core.events import CardCreated, CardDone, CardMoved, Event, Occurrence
from engine.core.evolve import evolve
from engine.gateway import Definitions, Published
from engine.store import log
from engine.store.database import AsyncConnection
from engine.store.log import Receipt
from pipes.identifiers import FieldId, PhaseId, PipeId, TransitionId
from tests.engine.automating import Automated, a_goal, a_task, automated
from tests.engine.running import Engine

BEGIN = Receipt(sequence=0, digest="")
CHILDREN = 1_000
AT_A_TIME = 8


@pytest.fixture
async def house(engine: Engine) -> AsyncIterator[Automated]:
    async with automated(engine) as house:
        yield house


@dataclass(slots=True, kw_only=True)
class Child:
    """A card whose events are recorded as any card's are; no workflow is needed for that."""

    engine: Engine
    published: Published
    card: Card | None = None
    receipt: Receipt = BEGIN

    def events(self, *bodies: Occurrence) -> Iterator[Event]:
        first = self.receipt.sequence + 1
        for sequence, body in enumerate(bodies, start=first):
            yield Event(
                sequence=sequence,
                at=self.engine.clock(),
                actor=user("ana"),
                command=CommandKey(f"made-{first}"),
                body=body,
            )

    async def lives(self, connection: AsyncConnection, *bodies: Occurrence) -> None:
        events = tuple(self.events(*bodies))
        for event in events:
            self.card = evolve(self.card, event)
        assert self.card is not None
        self.receipt = await log.record(
            connection, {1: self.published.pipe}, self.card, self.receipt, events
        )


def created(published: Published, number: int) -> CardCreated:
    return CardCreated(
        card=f"task-{number}",
        key=f"TASK-{number}",
        pipe=PipeId("tasks"),
        definition_version=1,
        definition_hash=published.pinned.hash,
        phase=PhaseId("todo"),
        title=f"Task {number}",
        values={FieldId("what"): f"Task {number}", FieldId("effort"): 1},
    )


def finished() -> tuple[Occurrence, ...]:
    moved = CardMoved(
        transition=TransitionId("finish"), source=PhaseId("todo"), target=PhaseId("done")
    )
    return (moved, CardDone())


def a_goal_that_counts() -> dict[str, Any]:
    """A goal that is reached by itself, stays open then, and counts how often its tasks ended."""
    goal = a_goal()
    open_phase, reached = goal["phases"]
    reached = {"id": reached["id"], "name": reached["name"], "form": ["count"]}
    closed = {"id": "closed", "name": "Closed", "final": "done"}
    reach = goal["transitions"][0] | {"automatic": True}
    close = {"id": "close", "from": "reached", "to": "closed", "label": "Close"}
    again = {"count": {"+": [{"var": "fields.count"}, 1]}}
    counts = {"on": "children.done", "connection": "tasks", "do": [{"set": again}]}
    return goal | {
        "phases": [open_phase, reached, closed],
        "transitions": [reach, close],
        "automations": [{"id": "count", **counts}],
    }


async def test_a_thousand_children_move_their_parent_exactly_once(house: Automated):
    await house.publishes(a_task(), a_goal_that_counts())
    async with house.engine.database.reading() as connection:
        published = await Definitions().current(connection, PipeId("tasks"))
    assert published is not None
    children = [Child(engine=house.engine, published=published) for _ in range(CHILDREN)]
    async with house.engine.database.writing() as connection:
        for number, child in enumerate(children, start=1):
            await child.lives(connection, created(published, number))
    keys = [f"TASK-{number}" for number in range(1, CHILDREN + 1)]
    goal = await house.creates("goals", name="Trains", count=0, tasks=keys)
    turns = asyncio.Semaphore(AT_A_TIME)

    async def ends(child: Child) -> None:
        async with turns, house.engine.database.writing() as connection:
            await child.lives(connection, *finished())

    await asyncio.gather(*map(ends, children))

    goal = await house.until(goal, phase="reached", count=1)
    await house.until_ran(goal, "done")
    moves = [event for event in await house.history(goal) if event.body.kind == "card.moved"]
    assert len(moves) == 1
    assert goal.values[FieldId("count")] == 1
    # Looks are put together, and those that find nothing leave no trace in the card's history.
    assert goal.version < 20
    assert await house.engine.length(goal) < 200
