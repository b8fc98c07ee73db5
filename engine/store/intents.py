"""Intents: a command is noted before it is sent, so that its answer outlives whoever sent it.

The row is the idempotency key as well: the same key again has the same answer, and a key that was
used for something else is refused.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.commands import CommandKey
from engine.store.command_tables import intents
from engine.store.database import KINDS, insert_new_on
from engine.store.prepared import Prepared
from pipes.identifiers import Instant

type IntentState = Literal["open", "answered", "rejected", "lost"]


_READ = select(intents).where(intents.c.key == bindparam("sought"))
_BEGIN = {kind: Prepared(insert_new_on(kind, intents)) for kind in KINDS}
_FINISH = Prepared(
    update(intents)
    .where(intents.c.key == bindparam("sought"))
    .values(state=bindparam("outcome"), answer=bindparam("told"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A command that was noted. `answer` is what its sender was told, as JSON."""

    key: CommandKey
    card: str
    body_hash: str
    state: IntentState
    answer: str | None
    created_at: Instant


async def begin(
    connection: AsyncConnection,
    *,
    key: CommandKey,
    card: str,
    body_hash: str,
    now: Instant,
) -> Intent | None:
    """Notes a command; gives the intent that has this key already, if there is one.

    One whose command never reached its card, or was rejected, begins anew.
    """
    noted = await _BEGIN[connection.dialect.name].write(
        connection,
        {"key": key, "card": card, "body_hash": body_hash, "state": "open", "created_at": now},
    )
    if noted:
        return None
    known = await read(connection, key)
    if known is None or known.state not in ("lost", "rejected"):
        return known
    if (known.body_hash, known.card) != (body_hash, card):
        return known
    await connection.execute(
        update(intents)
        .where(intents.c.key == key)
        .values(state="open", answer=None, created_at=now)
    )
    return None


async def read(connection: AsyncConnection, key: CommandKey) -> Intent | None:
    """The intent of that key."""
    row = (await connection.execute(_READ, {"sought": key})).mappings().one_or_none()
    return None if row is None else Intent(**row)


async def finish(
    connection: AsyncConnection, key: CommandKey, state: IntentState, answer: str | None
) -> None:
    """Notes what came of a command."""
    await _FINISH.write(connection, {"sought": key, "outcome": state, "told": answer})


async def unanswered(
    connection: AsyncConnection, *, before: Instant, limit: int
) -> tuple[Intent, ...]:
    """Commands that were noted before an instant and of which nothing more is known."""
    rows = await connection.execute(
        select(intents)
        .where(and_(intents.c.state == "open", intents.c.created_at < before))
        .order_by(intents.c.created_at)
        .limit(limit)
    )
    return tuple(Intent(**row) for row in rows.mappings())


async def forget(connection: AsyncConnection, *, before: Instant) -> None:
    """Forgets answered commands from before an instant: their keys may be used again."""
    await connection.execute(
        delete(intents).where(and_(intents.c.state != "open", intents.c.created_at < before))
    )
