"""What changes on boards, as server-sent events: one follower of the database for all listeners."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Self

from engine.store.database import Database
from engine.store.following import follow
from engine.store.queries.feed import Change, read_missed

_HEARTBEAT = 15.0
_BATCH = 500
_MOST_WAITING = 1_000


class LiveChanges:
    """Reads changes as they are written, and hands them to whoever listens."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[Change | None]] = set()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begins to read."""
        self._reading = asyncio.create_task(self._follow(), name="read changes")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends reading."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    def let_go(self) -> None:
        """Ends every stream, as soon as it has told what it is telling."""
        for listener in tuple(self._listeners):
            self._end(listener)

    async def stream(self, pipe: str, after: int | None) -> AsyncIterator[str]:
        """Changes of a pipe as text of server-sent events, until the listener leaves."""
        waiting: asyncio.Queue[Change | None] = asyncio.Queue(_MOST_WAITING)
        self._listeners.add(waiting)
        try:
            yield "retry: 1000\n\n"
            missed = () if after is None else await self._missed(after)
            told = {change.position for change in missed}
            for change in missed:
                if change.pipe == pipe:
                    yield _event(change)
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT):
                        next_one = await waiting.get()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if next_one is None:
                    return
                if next_one.pipe == pipe and next_one.position not in told:
                    yield _event(next_one)
        finally:
            self._listeners.discard(waiting)

    async def _missed(self, after: int) -> tuple[Change, ...]:
        async with self._database.reading() as connection:
            return await read_missed(connection, after=after, limit=_BATCH)

    async def _follow(self) -> None:
        async for change in follow(self._database):
            self._tell(change)

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            if listener.full():
                # Whoever is so far behind connects again and asks for what was missed.
                self._end(listener)
            else:
                listener.put_nowait(change)

    def _end(self, listener: asyncio.Queue[Change | None]) -> None:
        self._listeners.discard(listener)
        if listener.full():
            listener.get_nowait()
        listener.put_nowait(None)


def _event(change: Change) -> str:
    data = json.dumps({"card": change.key, "version": change.version})
    return f"id: {change.position}\nevent: card\ndata: {data}\n\n"
