"""SQLite's one lock for writing: waited for without holding up anything else."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from engine.store import database as module
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
