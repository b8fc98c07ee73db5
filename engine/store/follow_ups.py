"""Secret links by which somebody without an account follows the card that they asked for."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.database import insert_new
from engine.store.people import hashed
from engine.store.tables import follow_ups
from pipes.identifiers import Instant


async def add(connection: AsyncConnection, secret: str, card: str, at: Instant) -> None:
    """Lets whoever has the secret follow the card; the same again changes nothing."""
    row = {"hash": hashed(secret), "card": card, "created_at": at}
    await connection.execute(insert_new(connection, follow_ups), [row])


async def find(connection: AsyncConnection, secret: str) -> str | None:
    """The id of the card that the secret leads to."""
    return (
        await connection.execute(
            select(follow_ups.c.card).where(follow_ups.c.hash == hashed(secret))
        )
    ).scalar_one_or_none()
