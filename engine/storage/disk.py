"""Contents as files in a folder: `ab/cd/abcd…`, written beside and then put into their place."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from engine.storage.storage import ContentMissing, StorageUnavailable

_PIECE = 256 * 1024


class DiskStorage:
    """A folder of contents; any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: str, source: Path) -> None:
        """Keeps what is in a file."""
        try:
            await asyncio.to_thread(_copy, source, self._place(content))
        except OSError as error:
            raise StorageUnavailable(f"{self._folder}: {error.strerror}") from error

    async def read(self, content: str) -> AsyncIterator[bytes]:
        """What is in a content."""
        opened = await asyncio.to_thread(_open, self._place(content))
        try:
            while piece := await asyncio.to_thread(opened.read, _PIECE):
                yield piece
        finally:
            opened.close()

    async def delete(self, content: str) -> None:
        """Forgets a content."""
        try:
            await asyncio.to_thread(self._place(content).unlink, missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"{self._folder}: {error.strerror}") from error

    async def has(self, content: str) -> bool:
        """Whether the content is there."""
        return await asyncio.to_thread(self._place(content).is_file)

    def _place(self, content: str) -> Path:
        return self._folder / content[:2] / content[2:4] / content


def _open(place: Path) -> BinaryIO:
    try:
        return place.open("rb")
    except FileNotFoundError as error:
        raise ContentMissing(place.name) from error
    except OSError as error:
        raise StorageUnavailable(f"{place.parent}: {error.strerror}") from error


def _copy(source: Path, place: Path) -> None:
    """Nobody ever sees half a content, also not after a failure of power."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.{uuid.uuid4().hex}.part")
    try:
        with source.open("rb") as given, beside.open("wb") as written:
            shutil.copyfileobj(given, written, _PIECE)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
