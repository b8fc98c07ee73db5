"""Drafts of definitions: what authors have typed and not yet published, each their own."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.draft_tables import drafts
from pipes.identifiers import Instant

_HAD_BACK_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an author has typed.

    Attributes:
        name: What lists call it: the pipe's name, as far as the text says one.
        text: As it was typed, whatever it is.
        origin: The pipe that it began from, and that pipe's version at the time, if any.
        revision: Goes up with every change of the text.
        discarded_at: When its author took it away, if they did.
    """

    id: str
    author: str
    name: str
    text: str
    saved_at: Instant
    origin: str | None = None
    origin_version: int | None = None
    revision: int = 1
    discarded_at: Instant | None = None


def _is_there(author: str) -> ColumnElement[bool]:
    return and_(drafts.c.author == author, drafts.c.discarded_at.is_(None))


async def add_draft(connection: AsyncConnection, draft: Draft) -> None:
    """Keeps a new draft."""
    await connection.execute(insert(drafts).values(asdict(draft)))


async def read_draft(connection: AsyncConnection, draft: str, author: str) -> Draft | None:
    """The author's draft of that id; those of others are not theirs to read."""
    found = await connection.execute(select(drafts).where(_is_there(author), drafts.c.id == draft))
    row = found.mappings().one_or_none()
    return None if row is None else Draft(**row)


async def list_drafts(connection: AsyncConnection, author: str) -> tuple[Draft, ...]:
    """Everything that an author has not published, the latest first."""
    rows = await connection.execute(
        select(drafts).where(_is_there(author)).order_by(drafts.c.saved_at.desc())
    )
    return tuple(Draft(**row) for row in rows.mappings())


async def change_draft(
    connection: AsyncConnection, draft: Draft, *, name: str, text: str, at: Instant
) -> Draft | None:
    """Saves another text, if the draft is still as its author saw it; None if it is not."""
    changed = await connection.execute(
        update(drafts)
        .where(
            and_(
                drafts.c.id == draft.id,
                _is_there(draft.author),
                drafts.c.revision == draft.revision,
            )
        )
        .values(name=name, text=text, saved_at=at, revision=draft.revision + 1)
        .returning(drafts.c.id)
    )
    if changed.one_or_none() is None:
        return None
    return replace(draft, name=name, text=text, saved_at=at, revision=draft.revision + 1)


async def remove_draft(connection: AsyncConnection, draft: str, author: str) -> None:
    """Takes a draft away, for good."""
    await connection.execute(
        delete(drafts).where(and_(drafts.c.id == draft, drafts.c.author == author))
    )


async def discard_draft(
    connection: AsyncConnection, draft: str, author: str, *, at: Instant
) -> None:
    """Takes a draft away, to be had back for a day; what was discarded before that is gone."""
    await connection.execute(delete(drafts).where(drafts.c.discarded_at < at - _HAD_BACK_FOR))
    await connection.execute(
        update(drafts)
        .where(and_(drafts.c.id == draft, drafts.c.author == author))
        .values(discarded_at=at)
    )


async def restore_draft(connection: AsyncConnection, draft: str, author: str) -> Draft | None:
    """Puts a discarded draft back; None if it is gone or was never there."""
    await connection.execute(
        update(drafts)
        .where(and_(drafts.c.id == draft, drafts.c.author == author))
        .values(discarded_at=None)
    )
    return await read_draft(connection, draft, author)
