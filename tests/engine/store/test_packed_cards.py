"""SQLite keeps cards packed, which nobody who reads them notices."""

import json

from sqlalchemy import text

from engine.store import log
from engine.store.database import Database
from tests.engine.store.test_store import a_moved_card, published, recorded


async def test_sqlite_keeps_cards_packed_and_an_older_version_reads_them_after_going_back(
    on_sqlite: Database,
):
    await published(on_sqlite)
    life = a_moved_card()
    await recorded(on_sqlite, life)
    kept = text("SELECT snapshot FROM cards")

    async with on_sqlite.reading() as connection:
        as_packed = (await connection.execute(kept)).scalar_one()
    await on_sqlite.migrate_down("2026_11_27_found")
    async with on_sqlite.reading() as connection:
        as_text = (await connection.execute(kept)).scalar_one()
        stored = await log.load_card(connection, "c1")

    assert isinstance(as_packed, bytes)
    assert len(as_packed) < len(as_text) / 2
    assert json.loads(as_text)["version"] == life.it.version
    assert stored is not None
    assert stored.card == life.it
