"""The audit log of administration: who did what when. Entries are added, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import audit
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
