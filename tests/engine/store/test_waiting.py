"""SQLite's one lock for writing: waited for without holding up anything else."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.store import sqlite_driver as module
from engine.store.database import Database

TICK, TICKS = 0.01, 20


async def write(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO settings (name, value) VALUES ('a', 'b')"))


async def write_and_fail(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO settings (name, value) VALUES ('a', 'b')"))
        await connection.execute(text("INSERT INTO nowhere VALUES (1)"))


async def test_a_writer_waits_for_another_process_and_the_event_loop_goes_on(
    on_sqlite: Database, tmp_path: Path
):
    another = sqlite3.connect(tmp_path / "phaseline.db", isolation_level=None)
    with closing(another):
        another.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(write(on_sqlite))
        for _ in range(TICKS):
            await asyncio.sleep(TICK)  # It would not come back here while a statement waits.
        assert not writing.done()
        another.execute("ROLLBACK")
    await asyncio.wait_for(writing, timeout=5)


async def test_a_writer_gives_up_when_another_one_never_ends(
    on_sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_BUSY_FOR", 0.05)
    another = sqlite3.connect(tmp_path / "phaseline.db", isolation_level=None)
    with closing(another):
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await write(on_sqlite)
    await write(on_sqlite)


async def test_what_fails_in_the_middle_is_not_written(on_sqlite: Database):
    with pytest.raises(OperationalError, match="nowhere"):
        await write_and_fail(on_sqlite)
    async with on_sqlite.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM settings"))).scalar_one() == 0


async def count(database: Database) -> int:
    async with database.reading() as connection:
        counted = await connection.execute(text("SELECT count(*) FROM settings"))
        return int(counted.scalar_one())


async def test_what_is_cancelled_is_not_written(on_sqlite: Database):
    begun = asyncio.Event()

    async def write_for_ever() -> None:
        async with on_sqlite.writing() as connection:
            await connection.execute(text("INSERT INTO settings (name, value) VALUES ('a', 'b')"))
            begun.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write_for_ever())
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await count(on_sqlite) == 0
    await write(on_sqlite)
    assert await count(on_sqlite) == 1


async def test_who_reads_sees_what_was_there_when_they_began_to(on_sqlite: Database):
    async with on_sqlite.reading() as connection:
        before = text("SELECT count(*) FROM settings")
        assert (await connection.execute(before)).scalar_one() == 0
        await write(on_sqlite)
        assert await count(on_sqlite) == 1
        assert (await connection.execute(before)).scalar_one() == 0


async def test_what_cannot_be_made_true_says_so_like_a_statement(on_sqlite: Database):
    member = text("INSERT INTO team_members (team, \"user\", lead) VALUES ('no', 'one', 0)")

    async def write_found_wrong_at_the_end() -> None:
        async with on_sqlite.writing() as connection:
            await connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            await connection.execute(member)

    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await write_found_wrong_at_the_end()
    async with on_sqlite.writing() as connection:
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            await connection.execute(member)
    await write(on_sqlite)


async def test_connections_are_closed_also_those_that_come_back_late(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/small.db")
    async with database.reading() as late:
        assert await database.now()
        await database.close()
    assert late.closed
