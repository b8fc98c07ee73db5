"""When people are away, and who decides in their name meanwhile."""

from dataclasses import dataclass

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import leaves
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A period in which somebody is away; the end is not part of it."""

    user: str
    begins_at: Instant
    ends_at: Instant
    delegate: str | None = None


async def set_leave(connection: AsyncConnection, leave: Leave) -> None:
    """Keeps a leave; one of the same person that begins at the same instant is replaced."""
    await end_leave(connection, leave.user, leave.begins_at)
    await connection.execute(
        insert(leaves).values(
            user=leave.user,
            begins_at=leave.begins_at,
            ends_at=leave.ends_at,
            delegate=leave.delegate,
        )
    )


async def end_leave(connection: AsyncConnection, user: str, begins_at: Instant) -> bool:
    """Takes a leave away; false if there is none that begins then."""
    removed = await connection.execute(
        delete(leaves)
        .where(and_(leaves.c.user == user, leaves.c.begins_at == begins_at))
        .returning(leaves.c.user)
    )
    return removed.scalar_one_or_none() is not None


async def list_leaves(connection: AsyncConnection, user: str | None = None) -> tuple[Leave, ...]:
    """Somebody's leaves, or everybody's, by when they begin."""
    statement = select(leaves).order_by(leaves.c.begins_at, leaves.c.user)
    if user is not None:
        statement = statement.where(leaves.c.user == user)
    rows = await connection.execute(statement)
    return tuple(Leave(**row) for row in rows.mappings())
