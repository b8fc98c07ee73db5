"""What changed on boards, in the order in which it was written: what live pages follow."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import changes
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A card is at another version."""

    position: int
    pipe: str
    card: str
    key: str
    version: int
    at: Instant


async def read_changes(
    connection: AsyncConnection, *, after: int, limit: int
) -> tuple[Change, ...]:
    """Changes of all pipes after a position, in order."""
    rows = await connection.execute(
        select(changes).where(changes.c.position > after).order_by(changes.c.position).limit(limit)
    )
    return tuple(Change(**row) for row in rows.mappings())


async def forget_changes(connection: AsyncConnection, *, before: Instant) -> None:
    """Forgets changes that no live page can still be waiting for."""
    await connection.execute(delete(changes).where(changes.c.at < before))
