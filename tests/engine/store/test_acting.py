"""What is due is taken by one at a time, on both databases."""

import asyncio
from datetime import timedelta

from engine.store import acting, log
from engine.store.database import Database
from pipes.identifiers import Instant
from tests.builders import MONDAY, a_life, a_phase, a_pipe, a_way
from tests.engine.store.test_store import BEGIN, published, renumbered

HOUR, SOON = timedelta(hours=1), timedelta(seconds=10)


async def watched(database: Database, *hours: int) -> None:
    """Cards whose clocks run out after so many hours, in this order."""
    await published(database)
    for number, target in enumerate(hours, start=1):
        phases = [a_phase("concept", sla={"target": f"{target}h"}), a_phase("done", final="done")]
        pipe = a_pipe(phases=phases, transitions=[a_way("finish", "concept", "done")])
        life = renumbered(a_life(pipe).creates(name="Offline mode"), number)
        async with database.writing() as connection:
            await log.record(connection, {1: life.pipe}, life.it, BEGIN, tuple(life.history))


async def taken(database: Database, at: Instant, most: int = 10) -> tuple[str, ...]:
    async with database.writing() as connection:
        return await acting.take(connection, now=at, until=at + SOON, most=most)


async def first(database: Database) -> Instant | None:
    async with database.reading() as connection:
        return await acting.first(connection)


async def test_what_has_been_due_longest_comes_first_and_what_is_not_due_stays(database: Database):
    await watched(database, 3, 1, 2, 9)
    assert await first(database) == MONDAY + HOUR
    assert await taken(database, MONDAY + HOUR / 2) == ()

    assert await taken(database, MONDAY + 3 * HOUR, most=1) == ("c2",)
    assert set(await taken(database, MONDAY + 3 * HOUR)) == {"c1", "c3"}


async def test_a_card_that_was_taken_is_not_taken_again_before_it_has_been_given_up(
    database: Database,
):
    await watched(database, 1)
    now = MONDAY + HOUR

    assert await taken(database, now) == ("c1",)
    assert await taken(database, now + SOON / 2) == ()
    assert await first(database) == now + SOON
    assert await taken(database, now + SOON) == ("c1",)


async def test_many_who_take_at_once_take_each_card_once(database: Database):
    await watched(database, *[1] * 30)

    found = await asyncio.gather(*(taken(database, MONDAY + HOUR, most=5) for _ in range(6)))

    assert sorted(card for each in found for card in each) == sorted(f"c{n + 1}" for n in range(30))


async def test_only_a_card_as_it_was_seen_is_put_off(database: Database):
    await watched(database, 1)

    async with database.writing() as connection:
        await acting.put_off(connection, "c1", version=1, until=MONDAY + 5 * HOUR)
        assert await acting.first(connection) == MONDAY + HOUR
        await acting.put_off(connection, "c1", version=2, until=MONDAY + 5 * HOUR)
        assert await acting.first(connection) == MONDAY + 5 * HOUR
        await acting.put_off(connection, "c1", version=2, until=None)
        assert await acting.first(connection) is None
