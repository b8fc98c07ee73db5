"""Following what changes on boards: PostgreSQL tells it at each commit, SQLite is asked."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta

import structlog

from engine.store.database import UNAVAILABLE, Database, DBAPIError
from engine.store.queries.feed import Change, feed_position, read_changes, read_missed
from engine.store.tables import CHANGES_CHANNEL

log = structlog.get_logger(__name__)

_PAUSE = 0.25
_PAUSE_AFTER_FAILURE = 2.0
_BATCH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def follow(database: Database) -> AsyncGenerator[Change]:
    """Changes from now on, for ever. Each comes at least once; after a failure some come again."""
    position: int | None = None
    changes = _asked_for if database.is_sqlite else _listened_to
    while True:
        try:
            if position is None:
                async with database.reading() as connection:
                    position = await feed_position(connection)
            async for change in changes(database, position):
                position = max(position, change.position)
                yield change
        except (*UNAVAILABLE, DBAPIError) as error:
            log.warning("cannot read changes", error=str(error))
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)


async def _asked_for(database: Database, position: int) -> AsyncIterator[Change]:
    """SQLite has one writer, so positions appear in their order."""
    while True:
        async with database.reading() as connection:
            found = await read_changes(connection, after=position, limit=_BATCH)
        for change in found:
            position = change.position
            yield change
        if len(found) < _BATCH:
            await asyncio.sleep(_PAUSE)


async def _listened_to(database: Database, position: int) -> AsyncIterator[Change]:
    """Transactions may commit in another order than that of their positions."""
    async with database.listening(CHANGES_CHANNEL) as told:
        async with database.reading() as connection:
            missed = await read_missed(connection, after=position, limit=_BATCH)
        for change in missed:
            yield change
        async for payload in told:
            row = json.loads(payload)
            yield Change(**{**row, "at": _EPOCH + timedelta(microseconds=row["at"])})
