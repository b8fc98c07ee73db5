"""What every storage can do. Contents are named by their SHA-256, so that none ever changes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class StorageUnavailable(Exception):
    """The storage does not answer, or refuses what is asked of it; the message says why."""


class ContentMissing(Exception):
    """The storage has no content of this hash, although there should be one."""


class Storage(Protocol):
    """Keeps contents by their hashes.

    Each method may raise `StorageUnavailable`.
    """

    async def put(self, content: str, source: Path) -> None:
        """Keeps what is in a file; the same again changes nothing."""

    def read(self, content: str) -> AsyncIterator[bytes]:
        """What is in a content, piece by piece.

        Raises:
            ContentMissing: There is none, said before the first piece.
        """

    async def delete(self, content: str) -> None:
        """Forgets a content, if it is there."""

    async def has(self, content: str) -> bool:
        """Whether the content is there."""
