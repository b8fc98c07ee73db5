"""Engines whose automations run: with pipes of their own, a worker and a relay that goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import Command, Wish
from engine.core.events import Event
from engine.gateway import Accepted
from engine.publishing import Publication, publish
from engine.store import log, runs
from engine.store.runs import Run
from pipes.identifiers import FieldId, JsonValue, PipeId
from tests.engine.running import Engine, a_key, eventually_so
from workers.relaying import Relaying


@dataclass(frozen=True, slots=True)
class Automated:
    """An engine with what tests of automations ask it."""

    engine: Engine

    async def publishes(self, *documents: Mapping[str, Any]) -> None:
        for document in documents:
            outcome = await publish(
                self.engine.database, document, by="ana", at=self.engine.clock()
            )
            assert isinstance(outcome, Publication), outcome

    async def creates(self, pipe: str, **fields: JsonValue) -> Card:
        outcome = await self.engine.gateway.create(
            PipeId(pipe),
            key=a_key(None),
            actor=user("ana"),
            values={FieldId(name): value for name, value in fields.items()},
        )
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    async def does(self, card: Card, wish: Wish, who: str = "ana") -> Card:
        command = Command(key=a_key(None), actor=user(who), wish=wish)
        outcome = await self.engine.gateway.send(card.identity.id, command)
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    async def card(self, key: str) -> Card | None:
        async with self.engine.database.reading() as connection:
            number = await log.find_card(connection, key)
            stored = None if number is None else await log.load_card(connection, number)
        return None if stored is None else stored.card

    async def history(self, card: Card) -> list[Event]:
        async with self.engine.database.reading() as connection:
            return [*await log.read_events(connection, card.identity.id)]

    async def runs(self, card: Card) -> list[Run]:
        async with self.engine.database.reading() as connection:
            return [*reversed(await runs.of_card(connection, card.identity.id, limit=100))]

    async def until(self, card: Card, **parts: object) -> Card:
        """Waits until the card is recorded with these: its phase, labels, or values of fields."""
        found: list[Card] = []

        async def is_so() -> bool:
            found[:] = [await self.engine.stored(card)]
            return all(_part(found[0], name) == wanted for name, wanted in parts.items())

        try:
            await eventually_so(is_so)
        except TimeoutError:
            raise AssertionError(f"{parts} never came; it is {found[0]}") from None
        return found[0]

    async def until_ran(self, card: Card, *states: str) -> list[Run]:
        """Waits until the automations of the card have come to these states."""
        found: list[Run] = []

        async def is_so() -> bool:
            found[:] = await self.runs(card)
            return [run.state for run in found] == [*states]

        try:
            await eventually_so(is_so)
        except TimeoutError:
            raise AssertionError(f"{states} never came; it is {found}") from None
        return found


def _part(card: Card, name: str) -> object:
    match name:
        case "phase":
            return card.stay.phase
        case "labels":
            return card.work.labels
        case "status":
            return card.life.status
        case _:
            return card.values.get(FieldId(name))


@asynccontextmanager
async def automated(engine: Engine) -> AsyncIterator[Automated]:
    """The engine, with a relay that goes on until the end."""
    relaying = asyncio.create_task(Relaying(engine.relay).keep_going())
    try:
        yield Automated(engine)
    finally:
        relaying.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await relaying


def a_goal(**parts: Any) -> dict[str, Any]:
    """A pipe of goals: open → reached, with tasks behind a connection."""
    return {
        "id": "goals",
        "name": "Goals",
        "card": {"noun": "goal", "key": "GOAL", "title": "name"},
        "fields": {
            "name": {"type": "short_text", "label": "Name"},
            "count": {"type": "integer", "label": "Count"},
            "tasks": {
                "type": "connection",
                "label": "Tasks",
                "pipe": "tasks",
                "inverse": "Part of",
                "max_items": 1000,
            },
            "effort": {
                "type": "formula",
                "label": "Effort",
                "value": {"sum": [{"pluck": [{"var": "children.tasks"}, "fields.effort"]}]},
            },
        },
        "start": {"phase": "open", "form": ["name", "count", "tasks"]},
        "phases": [
            {"id": "open", "name": "Open", "form": ["name", "count", "tasks"]},
            {"id": "reached", "name": "Reached", "final": "done"},
        ],
        "transitions": [
            {
                "id": "reach",
                "from": "open",
                "to": "reached",
                "label": "Reach",
                "when": [
                    {
                        "if": {
                            "all": [
                                {"var": "children.tasks"},
                                {"===": [{"var": "status"}, "done"]},
                            ]
                        },
                        "else": "Every task has to be done.",
                    }
                ],
            }
        ],
        **parts,
    }


def a_task(**parts: Any) -> dict[str, Any]:
    """A pipe of tasks: todo → done."""
    return {
        "id": "tasks",
        "name": "Tasks",
        "card": {"noun": "task", "key": "TASK", "title": "what"},
        "fields": {
            "what": {"type": "short_text", "label": "What"},
            "effort": {"type": "integer", "label": "Effort"},
        },
        "start": {"phase": "todo", "form": [{"field": "what", "required": True}, "effort"]},
        "phases": [
            {"id": "todo", "name": "To do", "form": ["what", "effort"]},
            {"id": "done", "name": "Done", "final": "done"},
        ],
        "transitions": [{"id": "finish", "from": "todo", "to": "done", "label": "Finish"}],
        **parts,
    }
