"""Live pages hear of every change, on both kinds of database, also after a failure."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text

from engine.store import following
from engine.store.database import AsyncConnection, Database
from engine.store.following import follow
from engine.store.queries.feed import Change, feed_position, read_missed
from engine.store.tables import changes

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def change(connection: AsyncConnection, key: str) -> None:
    await connection.execute(insert(changes).values(pipe="p", key=key, version=1, at=NOW))


async def changed(database: Database, key: str) -> None:
    async with database.writing() as connection:
        await change(connection, key)


async def heard(stream: AsyncIterator[Change], last: str) -> list[str]:
    """The keys of what is told until that one is."""
    keys: list[str] = []
    async with asyncio.timeout(10):
        async for each in stream:
            keys.append(each.key)
            if each.key == last:
                return keys
    raise AssertionError("The stream has ended.")


async def until_heard(database: Database, stream: AsyncIterator[Change]) -> None:
    """Changes something until the follower hears it: from then on it misses nothing."""
    listening = asyncio.create_task(heard(stream, "ready"))
    while not listening.done():
        await changed(database, "ready")
        await asyncio.wait({listening}, timeout=0.05)


async def test_a_change_is_told_as_it_was_written(database: Database):
    stream = follow(database)
    await until_heard(database, stream)
    await changed(database, "P-1")
    async for told in stream:
        if told.key == "P-1":
            break
    await stream.aclose()

    assert (told.pipe, told.key, told.version, told.at) == ("p", "P-1", 1, NOW)


async def test_what_commits_late_is_told_too(on_postgresql: Database):
    """The first transaction has the lower position, and commits last."""
    stream = follow(on_postgresql)
    await until_heard(on_postgresql, stream)
    async with on_postgresql.writing() as first:
        await change(first, "P-first")
        await changed(on_postgresql, "P-second")
        assert "P-second" in await heard(stream, "P-second")
    assert "P-first" in await heard(stream, "P-first")
    await stream.aclose()


async def test_who_read_while_another_was_writing_gets_what_they_missed(on_postgresql: Database):
    async with on_postgresql.writing() as first:
        await change(first, "P-first")
        await changed(on_postgresql, "P-second")
        async with on_postgresql.reading() as connection:
            position = await feed_position(connection)
    async with on_postgresql.reading() as connection:
        missed = await read_missed(connection, after=position, limit=10)

    assert "P-first" in [each.key for each in missed]


async def test_following_goes_on_when_the_connection_is_lost(
    on_postgresql: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(following, "_PAUSE_AFTER_FAILURE", 0.05)
    stream = follow(on_postgresql)
    await until_heard(on_postgresql, stream)
    async with on_postgresql.writing() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        await change(connection, "P-meanwhile")

    assert "P-meanwhile" in await heard(stream, "P-meanwhile")
    await stream.aclose()
