"""Secrets as they are kept: sealed, and for a while together with the ones that they replace."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.database import insert_new
from engine.store.delivery_tables import secrets
from pipes.identifiers import Instant

# An endpoint's secret belongs to no pipe; its name is the endpoint's id.
NO_PIPE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSecret:
    """A secret, without what it says."""

    pipe: str
    name: str
    changed_by: str
    changed_at: Instant
    former_until: Instant | None


async def keep(
    connection: AsyncConnection,
    pipe: str,
    name: str,
    sealed: str,
    *,
    by: str,
    at: Instant,
    overlap: timedelta,
) -> None:
    """Keeps a secret; the one that it replaces stays valid beside it for a while."""
    place = and_(secrets.c.pipe == pipe, secrets.c.name == name)
    replaced = await connection.execute(
        update(secrets)
        .where(place)
        .values(
            former=secrets.c.sealed,
            former_until=at + overlap,
            sealed=sealed,
            changed_by=by,
            changed_at=at,
        )
    )
    if not replaced.rowcount:
        await connection.execute(
            insert_new(connection, secrets).values(
                pipe=pipe, name=name, sealed=sealed, changed_by=by, changed_at=at
            )
        )


async def valid(connection: AsyncConnection, pipe: str, name: str, now: Instant) -> tuple[str, ...]:
    """The secrets of that name that are valid, sealed, the newest first."""
    rows = await connection.execute(
        select(secrets).where(and_(secrets.c.pipe == pipe, secrets.c.name == name))
    )
    row = rows.mappings().one_or_none()
    if row is None:
        return ()
    overlaps = row["former_until"] is not None and now < row["former_until"]
    return (row["sealed"], row["former"]) if overlaps else (row["sealed"],)


async def listed(connection: AsyncConnection, pipe: str) -> tuple[KeptSecret, ...]:
    """A pipe's secrets, by name."""
    rows = await connection.execute(
        select(secrets).where(secrets.c.pipe == pipe).order_by(secrets.c.name)
    )
    return tuple(
        KeptSecret(
            pipe=row.pipe,
            name=row.name,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            former_until=row.former_until,
        )
        for row in rows
    )


async def remove(connection: AsyncConnection, pipe: str, name: str) -> bool:
    """Forgets a secret; false if there is none of that name."""
    removed = await connection.execute(
        delete(secrets)
        .where(and_(secrets.c.pipe == pipe, secrets.c.name == name))
        .returning(secrets.c.name)
    )
    return removed.scalar_one_or_none() is not None


async def reseal(connection: AsyncConnection, resealed: Callable[[str], str]) -> int:
    """Seals every secret anew, when the key has changed; how many there are."""
    rows = (await connection.execute(select(secrets))).mappings().all()
    for row in rows:
        former = row["former"]
        await connection.execute(
            update(secrets)
            .where(and_(secrets.c.pipe == row["pipe"], secrets.c.name == row["name"]))
            .values(
                sealed=resealed(row["sealed"]),
                former=None if former is None else resealed(former),
            )
        )
    return len(rows)
