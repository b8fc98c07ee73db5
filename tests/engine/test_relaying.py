"""What follows from an event is written with it and done once, whoever dies in between."""

import asyncio
import json
from datetime import timedelta
from typing import override

import pytest
from sqlalchemy import func, insert, select
from structlog.testing import capture_logs

from engine.core.actors import user
from engine.core.commands import AddComment, Command, MoveCard, Wish
from engine.gateway.relaying import Relay
from engine.store.outbox import Waiting
from engine.store.tables import effects, notices
from pipes.identifiers import TransitionId
from tests.engine.running import Died, Engine, a_key, eventually_so

MENTION = AddComment(text="@bo, have a look")


class DyingRelay(Relay):
    """The relay of a process that dies once the workflows have begun."""

    @override
    async def _forget(self, taken: list[Waiting]) -> None:
        raise Died


def a_command(wish: Wish) -> Command:
    return Command(key=a_key(None), actor=user("ana"), wish=wish)


async def told(engine: Engine) -> list[tuple[str, str]]:
    async with engine.database.reading() as connection:
        rows = await connection.execute(select(notices.c.user, notices.c.kind))
        return [(row.user, row.kind) for row in rows]


async def waiting(engine: Engine) -> int:
    async with engine.database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(effects))).scalar_one()


async def has_told(engine: Engine) -> bool:
    return bool(await told(engine))


async def test_who_is_mentioned_is_told(engine: Engine):
    card = await engine.create()
    await engine.does(card, MENTION)

    await engine.relay.pass_on()

    await eventually_so(lambda: has_told(engine))
    assert await told(engine) == [("bo", "mentioned")]
    assert await waiting(engine) == 0


async def test_where_nothing_follows_nothing_is_written(engine: Engine):
    card = await engine.create()
    await engine.does(card, MoveCard(transition=TransitionId("start")))

    assert await waiting(engine) == 0
    assert await engine.relay.pass_on() == 0


async def test_a_death_after_the_recording_loses_nothing(engine: Engine):
    card = await engine.create()
    with pytest.raises(Died):
        await engine.dying_gateway().send(card.identity.id, a_command(MENTION))
    assert await waiting(engine) == 0

    assert await engine.sweeper.sweep(older_than=timedelta(0)) == 1

    assert await waiting(engine) == 1
    await engine.relay.pass_on()
    await eventually_so(lambda: has_told(engine))


async def test_a_death_before_the_order_is_forgotten_does_nothing_twice(engine: Engine):
    card = await engine.create()
    await engine.does(card, MENTION)
    with pytest.raises(Died):
        await DyingRelay(engine.database, engine.client, engine.task_queue).pass_on()
    await eventually_so(lambda: has_told(engine))
    assert await waiting(engine) == 1

    await asyncio.gather(*(engine.relay.pass_on() for _ in range(3)))

    assert await waiting(engine) == 0
    assert await told(engine) == [("bo", "mentioned")]


async def test_each_event_has_its_own_order(engine: Engine):
    card = await engine.create()
    for number in range(3):
        await engine.does(card, AddComment(text=f"{number}: @bo"))

    assert await engine.relay.pass_on() == 3

    async def has_told_thrice() -> bool:
        return len(await told(engine)) == 3

    await eventually_so(has_told_thrice)


async def foreign_orders(engine: Engine, number: int) -> None:
    """Orders of a kind that only a later version knows, after its roll-back."""
    text = json.dumps(
        {"card": "c", "sequence": 1, "position": 0, "effect": {"kind": "send_pigeons", "to": "bo"}}
    )
    async with engine.database.writing() as connection:
        rows = [{"order": text, "created_at": engine.clock()} for _ in range(number)]
        await connection.execute(insert(effects), rows)


@pytest.mark.parametrize("number", [1, 250])
async def test_what_a_newer_version_has_ordered_is_left_for_it_and_holds_up_nothing(
    engine: Engine, number: int
):
    await foreign_orders(engine, number)
    card = await engine.create()
    await engine.does(card, MENTION)
    relay = engine.relay

    with capture_logs() as logged:
        handed_over = [await relay.pass_on() for _ in range(3)]

    assert handed_over == [1, 0, 0]
    assert await waiting(engine) == number
    await eventually_so(lambda: has_told(engine))
    said = [entry["kind"] for entry in logged if "newer version" in entry["event"]]
    assert said == ["send_pigeons"]


async def test_what_is_no_order_at_all_stops_nobody(engine: Engine):
    async with engine.database.writing() as connection:
        rows = [{"order": text, "created_at": engine.clock()} for text in ("{", "[1]", '"x"')]
        await connection.execute(insert(effects), rows)

    assert await engine.relay.pass_on() == 0
    assert await waiting(engine) == 3
