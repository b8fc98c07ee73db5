"""Looking for malware in files before they are kept: a ClamAV daemon is asked, by its protocol."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.storage.storage import StorageUnavailable

_UNIX = "unix:"
_PIECE = 256 * 1024
_WITHIN_SECONDS = 60.0
_FOUND, _CLEAN = " FOUND", "OK"


class ScannerUnavailable(StorageUnavailable):
    """The scanner does not answer, or not as one does: what it has not seen is not kept."""


class Scanner(Protocol):
    """Looks into files."""

    async def threat_in(self, file: Path) -> str | None:
        """What malware is in a file, by its name; None if none is known.

        Raises:
            ScannerUnavailable: Nobody can say just now.
        """


@dataclass(frozen=True, slots=True)
class Clamd:
    """A ClamAV daemon, told the content itself (`INSTREAM`), so that it may be on another machine.

    Attributes:
        address: `host:port`, or `unix:` and the path of its socket.
        within: How many seconds it may take for a file.
    """

    address: str
    within: float = _WITHIN_SECONDS

    async def threat_in(self, file: Path) -> str | None:
        """What malware is in a file, by its name; None if none is known.

        Raises:
            ScannerUnavailable: It does not answer in time, or cannot look into the file.
        """
        try:
            async with asyncio.timeout(self.within):
                reply = await self._reply(file)
        except (OSError, TimeoutError) as error:
            why = str(error) or f"nothing came within {self.within:g} seconds"
            raise ScannerUnavailable(f"clamd at {self.address} does not answer: {why}") from error
        said = reply.partition(": ")[2]
        if said.endswith(_FOUND):
            return said.removesuffix(_FOUND)
        if said != _CLEAN:
            raise ScannerUnavailable(f"clamd at {self.address} cannot look into it: {reply[:200]}")
        return None

    async def _reply(self, file: Path) -> str:
        reader, writer = await self._connection()
        try:
            writer.write(b"zINSTREAM\0")
            for piece in _pieces(file):
                writer.write(len(piece).to_bytes(4) + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
        except ConnectionError:
            pass  # It has closed before the end, and may have said why.
        try:
            return (await reader.read(1_000)).decode(errors="replace").strip("\0\n ")
        finally:
            writer.close()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.address.startswith(_UNIX):
            return await asyncio.open_unix_connection(self.address.removeprefix(_UNIX))
        host, _, port = self.address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
