"""HTTP to whoever an author or an admin names: guarded, bounded in time and size, never led on.

A name is resolved once for each connection, every address is judged, and the connection is made to
the address that was judged: a name that leads elsewhere a moment later changes nothing. Redirects
are answers like others; whoever sends looks at them and goes nowhere.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import override

import httpcore2
from httpcore2 import AnyIOBackend, AsyncConnectionPool, AsyncNetworkBackend, AsyncNetworkStream

from engine.runtime.outside import AddressRefused, Network, refuse_odd_url, refuse_unless_reachable

type Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]

_WITHIN_SECONDS = 15.0
LONGEST_ANSWER = 256 * 1024
_AGENT = "Phaseline/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRequest:
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideAnswer:
    """What came back; `body` is no longer than it may be."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotReached(Exception):
    """There was no answer, this time."""


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as this machine sees them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


class OutsideClient:
    """Sends requests; each has a connection of its own."""

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        *,
        resolving: Resolve = resolve,
        within_seconds: float = _WITHIN_SECONDS,
    ) -> None:
        self._within = within_seconds
        self._pool = AsyncConnectionPool(
            max_connections=100,
            max_keepalive_connections=0,
            network_backend=_Guarded(tuple(allowed), resolving),
        )

    async def send(self, request: OutsideRequest) -> OutsideAnswer:
        """Sends a request, once.

        Raises:
            AddressRefused: Nothing may be sent there.
            NotReached: There was no answer in time, or too much of one.
        """
        refuse_odd_url(request.url)
        headers = {
            "User-Agent": _AGENT,
            "Accept-Encoding": "identity",
            "Content-Length": str(len(request.body)),
            **request.headers,
        }
        try:
            async with (
                asyncio.timeout(self._within),
                self._pool.stream(
                    request.method,
                    request.url,
                    headers=list(headers.items()),
                    content=request.body,
                ) as answer,
            ):
                return OutsideAnswer(
                    status=answer.status,
                    headers={
                        name.decode("latin-1").lower(): value.decode("latin-1")
                        for name, value in answer.headers
                    },
                    body=await _read(answer),
                )
        except TimeoutError:
            raise NotReached(f"There was no answer within {self._within:g} seconds.") from None
        except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError) as error:
            raise NotReached(_why(error)) from error
        except httpcore2.ProtocolError as error:
            raise NotReached(f"It does not speak HTTP as it should: {error}.") from error

    async def close(self) -> None:
        """Ends what is under way."""
        await self._pool.aclose()


def _why(error: Exception) -> str:
    return f"It could not be reached: {str(error) or type(error).__name__}."


async def _read(answer: httpcore2.Response) -> bytes:
    """The beginning of the body: as much as is ever looked at."""
    parts: list[bytes] = []
    left = LONGEST_ANSWER
    async for part in answer.aiter_stream():
        parts.append(part[:left])
        left -= len(part)
        if left <= 0:
            break
    return b"".join(parts)


class _Guarded(AsyncNetworkBackend):
    """Connects to addresses that have been judged, and to no name."""

    def __init__(self, allowed: tuple[Network, ...], resolving: Resolve) -> None:
        self._allowed = allowed
        self._resolving = resolving
        self._inner = AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._resolving(host, port)
        refuse_unless_reachable(host, addresses, self._allowed)
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failure = error
        raise failure

    @override
    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        raise AddressRefused("Nothing is sent to a file.")

    @override
    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
