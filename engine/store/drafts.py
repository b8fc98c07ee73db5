"""Drafts of definitions: what authors have typed and not yet published, each their own."""

from dataclasses import asdict, dataclass, replace

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import drafts
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an author has typed.

    Attributes:
        name: What lists call it: the pipe's name, as far as the text says one.
        text: As it was typed, whatever it is.
        origin: The pipe that it began from, and that pipe's version at the time, if any.
        revision: Goes up with every change of the text.
    """

    id: str
    author: str
    name: str
    text: str
    saved_at: Instant
    origin: str | None = None
    origin_version: int | None = None
    revision: int = 1


async def add_draft(connection: AsyncConnection, draft: Draft) -> None:
    """Keeps a new draft."""
    await connection.execute(insert(drafts).values(asdict(draft)))


async def read_draft(connection: AsyncConnection, draft: str, author: str) -> Draft | None:
    """The author's draft of that id; those of others are not theirs to read."""
    found = await connection.execute(
        select(drafts).where(and_(drafts.c.id == draft, drafts.c.author == author))
    )
    row = found.mappings().one_or_none()
    return None if row is None else Draft(**row)


async def list_drafts(connection: AsyncConnection, author: str) -> tuple[Draft, ...]:
    """Everything that an author has not published, the latest first."""
    rows = await connection.execute(
        select(drafts).where(drafts.c.author == author).order_by(drafts.c.saved_at.desc())
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
                drafts.c.author == draft.author,
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
