"""What answers as a ClamAV daemon does: a real server that speaks the part that we use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

# The test file that every scanner takes for malware, put together here so that none takes this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(slots=True, kw_only=True)
class ClamServer:
    """Finds the test file; `largest` is its `StreamMaxLength`, `silent` lets it say nothing."""

    largest: int = 25_000_000
    silent: bool = False
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = await reader.readuntil(b"\0")
            reply = await self._scan(reader) if command == b"zINSTREAM\0" else b"UNKNOWN COMMAND\0"
            if self.silent:
                await reader.read()
            writer.write(reply)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while length := int.from_bytes(await reader.readexactly(4)):
            content += await reader.readexactly(length)
            if len(content) > self.largest:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(content)
        return b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


@asynccontextmanager
async def a_clamd(clam: ClamServer, socket: Path | None = None) -> AsyncIterator[str]:
    """The server as it runs, on a socket or a free port; its address, as the setting says it."""
    if socket is not None:
        server = await asyncio.start_unix_server(clam.serve, socket)
        address = f"unix:{socket}"
    else:
        server = await asyncio.start_server(clam.serve, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield address
