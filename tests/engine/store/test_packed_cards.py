"""SQLite keeps cards and events packed, which nobody who reads them notices."""

import json

import pytest
from sqlalchemy import text

from engine.core.commands import CommandKey
from engine.store import intents, log
from engine.store.database import Database
from engine.store.integrity import retell
from tests.builders import MONDAY
from tests.engine.store.test_store import a_moved_card, published, recorded


@pytest.mark.parametrize(
    ("revision", "kept"),
    [
        ("2026_11_27_found", "SELECT snapshot FROM cards"),
        ("2026_11_28_tries", "SELECT body FROM events WHERE sequence = 1"),
    ],
)
async def test_sqlite_keeps_it_packed_and_an_older_version_reads_it_after_going_back(
    on_sqlite: Database, revision: str, kept: str
):
    await published(on_sqlite)
    await recorded(on_sqlite, a_moved_card())

    async with on_sqlite.reading() as connection:
        as_packed = (await connection.execute(text(kept))).scalar_one()
    await on_sqlite.migrate_down(revision)
    async with on_sqlite.reading() as connection:
        as_text = (await connection.execute(text(kept))).scalar_one()

    assert isinstance(as_packed, bytes)
    assert len(as_packed) < len(as_text) / 2
    assert json.loads(as_text)


async def test_what_an_older_version_wrote_is_read_after_going_back_and_forth(database: Database):
    await published(database)
    life = a_moved_card()
    await recorded(database, life)
    async with database.writing() as connection:
        await intents.begin(
            connection, key=CommandKey("ana:one"), card="c1", body_hash="0d" * 16, now=MONDAY
        )

    await database.migrate_down("2026_11_28_tries")
    async with database.reading() as connection:
        hashes = await connection.execute(
            text("SELECT pipe_hash, digest FROM cards UNION SELECT body_hash, 'd' FROM intents")
        )
        as_text = {tuple(row) for row in hashes}
    await database.migrate()
    async with database.reading() as connection:
        stored, retold = await log.load_card(connection, "c1"), await retell(connection, "c1")
        noted = await intents.read(connection, CommandKey("ana:one"))

    assert stored is not None
    assert stored.card == life.it
    assert retold is not None
    assert (retold.card, retold.digest) == (life.it, stored.digest)
    assert as_text == {(life.it.pin.hash, stored.digest), ("0d" * 16, "d")}
    assert noted is not None
    assert noted.body_hash == "0d" * 16
