"""How often something has been tried of late, for all processes together."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.database import insert_or_hold
from engine.store.sign_in_tables import attempts
from engine.store.tables import microseconds, of_microseconds
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many attempts within a time, for each of whoever tries; `name` tells it from others."""

    name: str
    attempts: int
    within: timedelta


type Asked = Sequence[tuple[Limit, str]]


async def take(connection: AsyncConnection, asked: Asked, now: Instant) -> Instant | None:
    """Counts an attempt by each of these limits, named in the same order by whoever asks for them.

    Returns:
        When the next attempt may come, if one of them is reached; then nothing is counted.
    """
    counted: list[tuple[str, list[Instant], Limit]] = []
    for limit, who in asked:
        key = _key(limit, who)
        recent = [each for each in await _held(connection, key, now) if each > now - limit.within]
        if len(recent) >= limit.attempts:
            return recent[0] + limit.within
        counted.append((key, [*recent, now], limit))
    for key, moments, limit in counted:
        await _keep(connection, key, moments, ends_at=now + limit.within)
    return None


async def give_back(connection: AsyncConnection, asked: Asked, taken_at: Instant) -> None:
    """What was counted then was none of those that the limits are for."""
    for limit, who in asked:
        key = _key(limit, who)
        moments = await _held(connection, key, taken_at)
        if taken_at in moments:
            moments.remove(taken_at)
            ends_at = max(moments, default=taken_at) + limit.within
            await _keep(connection, key, moments, ends_at=ends_at)


async def forget(connection: AsyncConnection, limit: Limit, who: str) -> None:
    """Forgets the attempts of somebody."""
    await connection.execute(delete(attempts).where(attempts.c.key == _key(limit, who)))


async def forget_old(connection: AsyncConnection, *, before: Instant) -> None:
    """Forgets what counts no longer."""
    await connection.execute(delete(attempts).where(attempts.c.ends_at < before))


async def _held(connection: AsyncConnection, key: str, now: Instant) -> list[Instant]:
    """The moments of attempts, oldest first; they are held until the transaction ends."""
    fresh = {"key": key, "moments": "[]", "ends_at": now}
    await connection.execute(insert_or_hold(connection, attempts, "key"), [fresh])
    known = await connection.execute(select(attempts.c.moments).where(attempts.c.key == key))
    return [of_microseconds(each) for each in json.loads(known.scalar_one())]


async def _keep(
    connection: AsyncConnection, key: str, moments: list[Instant], *, ends_at: Instant
) -> None:
    written = json.dumps([microseconds(each) for each in moments], separators=(",", ":"))
    row = {"moments": written, "ends_at": ends_at}
    await connection.execute(update(attempts).where(attempts.c.key == key).values(row))


def _key(limit: Limit, who: str) -> str:
    """As a hash: what people type may be long, and is nobody's business here."""
    return hashlib.sha256(f"{limit.name}|{who}".encode()).hexdigest()
