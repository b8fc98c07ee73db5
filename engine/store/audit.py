"""The audit log of administration: who did what when. Entries are added, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import audit, card_looks
from pipes.identifiers import Instant, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done.

    Attributes:
        by: Who; empty for a command on the machine itself.
        way: `api`, `page` or `command`.
        subject: About whom or what: a person's id, `team:…`, `pipe:…`.
        body: What exactly, without secrets.
    """

    at: Instant
    by: str
    way: str
    kind: str
    subject: str
    body: Mapping[str, JsonValue]
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CardLook:
    """Cards have to look again who people are: those of a pipe, or of all where it is None.

    `change` is the position in the audit log of what makes them.
    """

    change: int
    pipe: str | None


async def note(connection: AsyncConnection, entry: Entry) -> int:
    """Adds an entry; its position."""
    added = await connection.execute(
        insert(audit)
        .values(
            at=entry.at,
            by=entry.by,
            way=entry.way,
            kind=entry.kind,
            subject=entry.subject,
            body=json.dumps(entry.body, ensure_ascii=False),
        )
        .returning(audit.c.position)
    )
    position: int = added.scalar_one()
    return position


async def list_entries(
    connection: AsyncConnection,
    *,
    limit: int,
    before: int | None = None,
    by: str | None = None,
    subject: str | None = None,
) -> tuple[Entry, ...]:
    """Entries before a position, the newest first."""
    statement = select(audit).order_by(audit.c.position.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.position < before)
    if by is not None:
        statement = statement.where(audit.c.by == by)
    if subject is not None:
        statement = statement.where(audit.c.subject == subject)
    rows = await connection.execute(statement)
    return tuple(Entry(**{**row, "body": json.loads(row["body"])}) for row in rows.mappings())


async def ask_cards_to_look(connection: AsyncConnection, look: CardLook) -> None:
    """Notes that cards have to look again; workers see to it."""
    await connection.execute(insert(card_looks).values(change=look.change, pipe=look.pipe or ""))


async def open_looks(connection: AsyncConnection, *, limit: int) -> tuple[CardLook, ...]:
    """What cards have to look at and nobody sees to yet, the oldest first."""
    rows = await connection.execute(select(card_looks).order_by(card_looks.c.change).limit(limit))
    return tuple(CardLook(change=row.change, pipe=row.pipe or None) for row in rows)


async def forget_look(connection: AsyncConnection, change: int) -> None:
    """Somebody sees to it."""
    await connection.execute(delete(card_looks).where(card_looks.c.change == change))
