"""Files that were uploaded: whose they are, what is in them, and which nobody refers to."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.database import insert_new, insert_or_hold
from engine.store.file_tables import card_files, file_contents, files
from pipes.files import FileReference
from pipes.identifiers import Instant

# How the uploader is called of what is kept for somebody whose session has ended; no user is so.
HELD = "held:"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """An upload; `hash` is the SHA-256 of what is in it."""

    id: str
    hash: str
    name: str
    type: str
    bytes: int
    uploaded_by: str
    uploaded_at: Instant

    @property
    def reference(self) -> FileReference:
        """As cards refer to it."""
        return FileReference(id=self.id, name=self.name, bytes=self.bytes, type=self.type)


async def add(connection: AsyncConnection, file: StoredFile) -> None:
    """Keeps an upload, once. Its content is written to the storage after this is committed."""
    content = {"hash": file.hash, "bytes": file.bytes}
    # Waits for whoever is about to forget this very content, and comes after them.
    await connection.execute(insert_or_hold(connection, file_contents, "hash"), [content])
    row = {**asdict(file), "used_at": file.uploaded_at}
    await connection.execute(insert_new(connection, files), [row])


async def read(connection: AsyncConnection, ids: Iterable[str]) -> tuple[StoredFile, ...]:
    """The uploads of these ids, as far as they are there, the oldest first."""
    columns = [column for column in files.c if column.name != "used_at"]
    rows = await connection.execute(
        select(*columns).where(files.c.id.in_(set(ids))).order_by(files.c.uploaded_at, files.c.id)
    )
    return tuple(StoredFile(**row) for row in rows.mappings())


async def uploader_of(connection: AsyncConnection, file: FileReference) -> str | None:
    """Who has uploaded the file; None if none is kept that is so described."""
    found = await read(connection, [file.id])
    return found[0].uploaded_by if found and found[0].reference == file else None


async def note_use(connection: AsyncConnection, file: str, now: Instant) -> None:
    """Notes that somebody is about to refer to it, so that it is not forgotten meanwhile."""
    await connection.execute(update(files).where(files.c.id == file).values(used_at=now))


async def hand_over(connection: AsyncConnection, holder: str, user: str, *, since: Instant) -> None:
    """Makes uploads that were held since then those of somebody who has signed in."""
    await connection.execute(
        update(files)
        .where(files.c.uploaded_by == holder, files.c.uploaded_at >= since)
        .values(uploaded_by=user)
    )


async def forget_unused(
    connection: AsyncConnection, *, before: Instant, held_before: Instant
) -> int:
    """Forgets uploads that no card refers to and nobody has wanted since; how many they were."""
    referred = exists().where(card_files.c.file == files.c.id)
    held = files.c.uploaded_by.startswith(HELD, autoescape=True)
    late = or_(files.c.used_at < before, and_(held, files.c.used_at < held_before))
    gone = await connection.execute(delete(files).where(late, ~referred).returning(files.c.id))
    return len(gone.scalars().all())


async def unused_contents(connection: AsyncConnection, *, limit: int) -> tuple[str, ...]:
    """The hashes of contents that no upload has."""
    used = exists().where(files.c.hash == file_contents.c.hash)
    found = await connection.execute(select(file_contents.c.hash).where(~used).limit(limit))
    return tuple(found.scalars())


async def hold_unused(connection: AsyncConnection, content: str) -> bool:
    """Takes a content off the books if no upload has it; until the transaction ends none gets it.

    The connection has to be writing.
    """
    locked = select(file_contents.c.hash).where(file_contents.c.hash == content)
    if (await connection.execute(locked.with_for_update())).first() is None:
        return False
    found = await connection.execute(select(files.c.id).where(files.c.hash == content).limit(1))
    if found.first() is not None:
        return False
    await connection.execute(delete(file_contents).where(file_contents.c.hash == content))
    return True


async def contents(connection: AsyncConnection) -> dict[str, int]:
    """Every content that has to be in the storage, with its size."""
    rows = await connection.execute(select(file_contents.c.hash, file_contents.c.bytes))
    return {row.hash: row.bytes for row in rows}
