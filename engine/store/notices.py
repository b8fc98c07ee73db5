"""What people were told: each notice once, whoever writes it and however often."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.notices import NoticeKind
from engine.store.database import insert_new
from engine.store.tables import notices, users
from pipes.identifiers import Instant, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One person is told something of an event."""

    user: UserId
    card: str
    sequence: int
    kind: NoticeKind
    text: str


async def add(connection: AsyncConnection, told: Collection[Telling], *, at: Instant) -> None:
    """Writes notices to those who have an account that does not rest.

    What somebody was told of an event already is not told again.
    """
    wanted = {each.user for each in told}
    there = await connection.execute(
        select(users.c.id).where(and_(users.c.id.in_(wanted), users.c.disabled.is_(False)))
    )
    known = frozenset(there.scalars())
    rows = [
        {
            "id": str(uuid.uuid4()),
            "user": each.user,
            "card": each.card,
            "sequence": each.sequence,
            "kind": each.kind,
            "text": each.text,
            "at": at,
        }
        for each in told
        if each.user in known
    ]
    if rows:
        await connection.execute(insert_new(connection, notices), rows)
