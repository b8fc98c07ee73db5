"""Attempts are counted for all processes together, and of many at once none too many."""

import asyncio
from datetime import UTC, datetime, timedelta

from engine.store import attempts
from engine.store.attempts import Limit
from engine.store.database import Database

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
FEW = Limit(name="few", attempts=3, within=timedelta(minutes=5))
MORE = Limit(name="more", attempts=5, within=timedelta(hours=1))


async def take(
    database: Database, who: str, after: timedelta = timedelta(0), *limits: Limit
) -> datetime | None:
    async with database.writing() as connection:
        asked = [(limit, who) for limit in limits or (FEW,)]
        return await attempts.take(connection, asked, MONDAY + after)


async def test_of_many_at_once_no_more_are_taken_than_may_be(database: Database):
    answers = await asyncio.gather(*(take(database, "ana") for _ in range(12)))

    assert answers.count(None) == 3
    assert set(answers) == {None, MONDAY + FEW.within}
    assert await take(database, "bo") is None


async def test_an_attempt_counts_for_its_time_and_no_longer(database: Database):
    for second in range(3):
        assert await take(database, "ana", timedelta(seconds=second)) is None

    assert await take(database, "ana", timedelta(minutes=4)) == MONDAY + FEW.within
    assert await take(database, "ana", FEW.within) is None
    again = MONDAY + FEW.within + timedelta(seconds=1)
    assert await take(database, "ana", FEW.within + timedelta(milliseconds=500)) == again


async def test_what_one_limit_refuses_counts_for_none(database: Database):
    for second in range(9):
        await take(database, "ana", timedelta(seconds=second), MORE, FEW)
    for _ in range(2):
        assert await take(database, "ana", timedelta(minutes=10), MORE) is None
    assert await take(database, "ana", timedelta(minutes=10), MORE) == MONDAY + MORE.within


async def test_what_is_given_back_or_forgotten_counts_no_longer(database: Database):
    for second in range(3):
        await take(database, "ana", timedelta(seconds=second))
    async with database.writing() as connection:
        # Given back twice, it counts as given back once.
        for _ in range(2):
            await attempts.give_back(connection, [(FEW, "ana")], MONDAY)
    assert await take(database, "ana", timedelta(seconds=9)) is None
    assert await take(database, "ana", timedelta(seconds=9)) is not None

    async with database.writing() as connection:
        await attempts.forget(connection, FEW, "ana")
    assert await take(database, "ana", timedelta(seconds=9)) is None


async def test_old_ones_are_not_kept(database: Database):
    await take(database, "ana", timedelta(0), MORE)
    async with database.writing() as connection:
        await attempts.forget_old(connection, before=MONDAY + timedelta(minutes=59))
    for _ in range(4):
        assert await take(database, "ana", timedelta(0), MORE) is None
    assert await take(database, "ana", timedelta(0), MORE) is not None

    async with database.writing() as connection:
        await attempts.forget_old(connection, before=MONDAY + timedelta(minutes=61))
    assert await take(database, "ana", timedelta(0), MORE) is None
