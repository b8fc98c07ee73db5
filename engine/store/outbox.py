"""What has to be done because of recorded events, until a workflow has taken it over."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.effects import EffectOrder
from engine.encoding import decoded_effect, encoded_effect
from engine.store.tables import effects
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An order that nobody has taken over yet; `number` is its place in the line."""

    number: int
    order: EffectOrder


async def write(connection: AsyncConnection, orders: Iterable[EffectOrder], *, at: Instant) -> None:
    """Writes orders down, in the transaction of the events from which they follow."""
    rows = [{"order": encoded_effect(order), "created_at": at} for order in orders]
    if rows:
        await connection.execute(insert(effects), rows)


async def first(connection: AsyncConnection, *, limit: int) -> tuple[Waiting, ...]:
    """The orders that have waited longest."""
    rows = await connection.execute(
        select(effects.c.number, effects.c.order).order_by(effects.c.number).limit(limit)
    )
    return tuple(Waiting(number=row.number, order=decoded_effect(row.order)) for row in rows)


async def remove(connection: AsyncConnection, taken: Iterable[Waiting]) -> None:
    """Forgets orders that have been taken over."""
    numbers = [each.number for each in taken]
    await connection.execute(delete(effects).where(effects.c.number.in_(numbers)))
