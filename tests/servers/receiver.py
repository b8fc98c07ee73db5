"""A receiver of webhooks and requests for tests: a real HTTP server that remembers what came."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered, after so many seconds by a receiver that is slow."""

    status: int = 204
    after_seconds: float = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


type Answering = Callable[[Received], Reply | None]


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Answers by `answering`, which a test may change at any time; None is silence."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answering: Answering = lambda _: Reply()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read(reader)
            self.received.append(request)
            reply = self.answering(request)
            if reply is None:
                await reader.read()  # Until whoever waits has had enough.
                return
            await asyncio.sleep(reply.after_seconds)
            headers = {"Content-Length": str(len(reply.body)), "Connection": "close"}
            lines = [f"HTTP/1.1 {reply.status} Whatever"]
            lines += [f"{name}: {value}" for name, value in {**headers, **reply.headers}.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + reply.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def a_receiver(
    answering: Answering | None = None,
) -> AsyncIterator[Receiver]:
    receiver = Receiver() if answering is None else Receiver(answering=answering)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method=method, path=path, headers=headers, body=body)
