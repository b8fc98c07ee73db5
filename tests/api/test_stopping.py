"""A process that stops does not wait for those who only listen."""

import asyncio
from pathlib import Path

from api.live import LiveChanges
from engine.store.database import Database


async def test_whoever_listens_is_let_go_when_the_process_stops(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'phaseline.db'}")
    await database.migrate()
    try:
        async with LiveChanges(database) as live:
            told = live.stream("errands", None)
            assert "retry" in await anext(told)
            more = asyncio.create_task(anext(told, "the end"))
            await asyncio.sleep(0)
            live.let_go()
            async with asyncio.timeout(10):
                assert await more == "the end"
    finally:
        await database.close()
