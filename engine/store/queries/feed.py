"""What changed on boards, in the order in which it was written: what live pages follow."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, and_, delete, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import changes
from pipes.identifiers import Instant

# How many positions, and microseconds, a transaction may be behind one that committed before it.
_OVERTAKEN, _OVERTAKEN_WITHIN = 200, 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A card is at another version."""

    position: int
    pipe: str
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


async def read_missed(connection: AsyncConnection, *, after: int, limit: int) -> tuple[Change, ...]:
    """What somebody has missed who has read up to a position.

    PostgreSQL's transactions may commit in another order than that of their positions; what is
    recent comes again, therefore.
    """
    if connection.dialect.name == "sqlite":
        return await read_changes(connection, after=after, limit=limit)
    at = type_coerce(changes.c.at, BigInteger)
    newest = select(func.max(at)).scalar_subquery()
    overtaken = and_(changes.c.position > after - _OVERTAKEN, at > newest - _OVERTAKEN_WITHIN)
    rows = await connection.execute(
        select(changes)
        .where(or_(changes.c.position > after, overtaken))
        .order_by(changes.c.position)
        .limit(limit)
    )
    return tuple(Change(**row) for row in rows.mappings())


async def feed_of_pipe(connection: AsyncConnection, pipe: str) -> str:
    """Up to where changes of a pipe have been written; another text as soon as there is one more.

    With how many there were lately, as PostgreSQL's transactions may commit in another order than
    that of their positions. Changes are forgotten after a while, so that it may come again much
    later.
    """
    in_pipe = changes.c.pipe == pipe
    newest = select(func.max(changes.c.position)).where(in_pipe).scalar_subquery()
    counted = select(func.count()).where(and_(in_pipe, changes.c.position > newest - _OVERTAKEN))
    row = (await connection.execute(select(newest, counted.scalar_subquery()))).one()
    return f"{row[0] or 0}.{row[1]}"


async def feed_position(connection: AsyncConnection) -> int:
    """Up to where changes have been written; live pages go on from here."""
    position: int | None = (
        await connection.execute(select(func.max(changes.c.position)))
    ).scalar_one_or_none()
    return position or 0


async def forget_changes(connection: AsyncConnection, *, before: Instant) -> None:
    """Forgets changes that no live page can still be waiting for."""
    await connection.execute(delete(changes).where(changes.c.at < before))
