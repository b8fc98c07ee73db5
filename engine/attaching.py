"""Files on their way in and out: measured, judged, written to the storage, and forgotten again."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Protocol

import structlog

from engine.runtime.settings import Settings
from engine.storage import Storage, StorageUnavailable, storage_of
from engine.storage.scanning import Clamd, Scanner
from engine.store import files
from engine.store.database import Database
from engine.store.files import StoredFile
from pipes.files import Mismatch, judge_type, safe_name
from pipes.files.judging import HEAD
from pipes.identifiers import Instant

# What was uploaded and is named by no card for so long is forgotten.
UNUSED_KEPT = timedelta(days=3)
# Whose session has ended signs in again soon, or not at all.
HELD_KEPT = timedelta(hours=2)
_PIECE = 256 * 1024
_AT_A_TIME = 100

log = structlog.get_logger(__name__)


def utc_now() -> Instant:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class FileRefused(Exception):
    """The file is not taken; the message says why, for whoever sent it."""


class Source(Protocol):
    """A file that is being sent."""

    filename: str | None

    async def read(self, size: int = -1) -> bytes:
        """The next bytes; none at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attaching:
    """Takes files in, and gives them out again."""

    database: Database
    storage: Storage
    largest: int
    scanner: Scanner | None = None
    clock: Callable[[], Instant] = utc_now

    async def take_in(self, source: Source, *, uploader: str, key: str | None = None) -> StoredFile:
        """Keeps a file; a card may name it from now on, if its uploader wants so.

        Args:
            source: What is sent; no more of it is in memory than one piece.
            uploader: The user's id, or an empty text for somebody without an account.
            key: By which the same file, sent again, is known to be the same upload.

        Raises:
            FileRefused: It is too large, empty, not what it says it is, or malware.
            StorageUnavailable: It cannot be kept just now, or nobody can look into it.
        """
        name = safe_name(source.filename or "")
        with NamedTemporaryFile(prefix="phaseline-") as beside:
            measured = await self._measure(name, source, beside.file)
            kind = judge_type(name, measured.head)
            if isinstance(kind, Mismatch):
                raise FileRefused(kind.message)
            await self._look_into(name, Path(beside.name))
            file = StoredFile(
                id=_number(key, measured.hash, name),
                hash=measured.hash,
                name=name,
                type=kind,
                bytes=measured.size,
                uploaded_by=uploader,
                uploaded_at=self.clock(),
            )
            # First the row, then the content: see `forget_unused`.
            async with self.database.writing() as connection:
                await files.add(connection, file)
            await self.storage.put(file.hash, Path(beside.name))
        return file

    async def find(self, ids: list[str], *, uploader: str) -> tuple[StoredFile, ...]:
        """What somebody has uploaded before, by its ids."""
        async with self.database.reading() as connection:
            found = await files.read(connection, ids)
        return tuple(file for file in found if file.uploaded_by == uploader)

    async def open(self, number: str) -> tuple[StoredFile, AsyncIterator[bytes]] | None:
        """A file and what is in it; None if it is not kept."""
        async with self.database.reading() as connection:
            found = await files.read(connection, [number])
        return (found[0], self.storage.read(found[0].hash)) if found else None

    async def forget_unused(self) -> int:
        """Forgets uploads that no card names, and contents that no upload has; how many contents.

        A content is deleted while its row is held. Whoever uploads the same at that moment waits
        for that with their row, and writes the content only then.
        """
        before = self.clock() - UNUSED_KEPT
        async with self.database.writing() as connection:
            await files.forget_unused(
                connection, before=before, held_before=self.clock() - HELD_KEPT
            )
        async with self.database.reading() as connection:
            unused = await files.unused_contents(connection, limit=_AT_A_TIME)
        forgotten = 0
        for content in unused:
            try:
                async with self.database.writing() as connection:
                    if await files.hold_unused(connection, content):
                        await self.storage.delete(content)
                        forgotten += 1
            except StorageUnavailable as error:
                log.warning("cannot forget a file yet", error=str(error))
                break
        return forgotten

    async def _look_into(self, name: str, file: Path) -> None:
        threat = None if self.scanner is None else await self.scanner.threat_in(file)
        if threat is not None:
            log.warning("a file with malware was refused", file=name, threat=threat)
            raise FileRefused(f"“{name}” is not taken: malware was found in it ({threat}).")

    async def _measure(self, name: str, source: Source, beside: IO[bytes]) -> "_Measured":
        digest, size, head = hashlib.sha256(), 0, b""
        while piece := await source.read(_PIECE):
            size += len(piece)
            if size > self.largest:
                raise FileRefused(f"“{name}” is larger than {in_words(self.largest)}.")
            head += piece[: max(0, HEAD - len(head))]
            digest.update(piece)
            await asyncio.to_thread(beside.write, piece)
        if size == 0:
            raise FileRefused(f"“{name}” is empty.")
        await asyncio.to_thread(beside.flush)
        return _Measured(hash=digest.hexdigest(), size=size, head=head)


def attaching_of(database: Database, settings: Settings) -> Attaching:
    """What an installation with these settings takes in, and where it keeps that."""
    return Attaching(
        database=database,
        storage=storage_of(settings),
        largest=settings.largest_upload,
        scanner=Clamd(settings.clamd) if settings.clamd else None,
    )


def _number(key: str | None, content: str, name: str) -> str:
    """An id that nobody can guess; with a key the same for the same file."""
    if key is None:
        return secrets.token_urlsafe(20)
    return hashlib.sha256(f"{key}\0{content}\0{name}".encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """What is known of a file once it has been read."""

    hash: str
    size: int
    head: bytes


def in_words(size: int) -> str:
    """So many bytes, as people say it."""
    for unit, bytes_each in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= bytes_each:
            return f"{size / bytes_each:.3g} {unit}"
    return f"{size} bytes"
