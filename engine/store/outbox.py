"""What has to be done because of recorded events, until a workflow has taken it over."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.effects import EffectOrder
from engine.encoding import decoded_effect, encoded_effect
from engine.store.tables import effects
from pipes.identifiers import Instant

# Asked five times a second by each worker: built once.
_FIRST = (
    select(effects.c.number, effects.c.order)
    .where(effects.c.number > bindparam("after"))
    .order_by(effects.c.number)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An order that nobody has taken over yet; `number` is its place in the line."""

    number: int
    order: EffectOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An order that this version cannot read: a newer one wrote it, and will take it over."""

    number: int
    kind: str


async def write(connection: AsyncConnection, orders: Iterable[EffectOrder], *, at: Instant) -> None:
    """Writes orders down, in the transaction of the events from which they follow."""
    rows = [{"order": encoded_effect(order), "created_at": at} for order in orders]
    if rows:
        await connection.execute(insert(effects), rows)


async def first(
    connection: AsyncConnection, *, limit: int, after: int = 0
) -> tuple[Waiting | Unknown, ...]:
    """The orders that have waited longest, of those behind a place in the line."""
    rows = await connection.execute(_FIRST, {"after": after, "most": limit})
    return tuple(_read(row.number, row.order) for row in rows)


async def has(connection: AsyncConnection, order: EffectOrder) -> bool:
    """Whether that order still waits to be taken over."""
    written = select(effects.c.number).where(effects.c.order == encoded_effect(order))
    return (await connection.execute(written.limit(1))).one_or_none() is not None


async def count_unknown(connection: AsyncConnection) -> Mapping[str, int]:
    """How many orders of which kinds wait that this version cannot read."""
    rows = await connection.execute(select(effects.c.number, effects.c.order))
    orders = (_read(row.number, row.order) for row in rows)
    return Counter(each.kind for each in orders if isinstance(each, Unknown))


def _read(number: int, text: str) -> Waiting | Unknown:
    try:
        return Waiting(number=number, order=decoded_effect(text))
    except ValidationError:
        return Unknown(number=number, kind=_kind(text))


def _kind(text: str) -> str:
    """What an order calls itself, as far as that can be told."""
    try:
        return str(json.loads(text)["effect"]["kind"])
    except (ValueError, LookupError, TypeError):
        return "unreadable"


async def remove(connection: AsyncConnection, taken: Iterable[Waiting]) -> None:
    """Forgets orders that have been taken over."""
    numbers = [each.number for each in taken]
    await connection.execute(delete(effects).where(effects.c.number.in_(numbers)))
