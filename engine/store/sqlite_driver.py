"""SQLite for SQLAlchemy's asyncio engine, on the event loop's own thread.

A statement of ours takes SQLite some 20 µs; handing it to a thread and back, as aiosqlite does,
takes ten times as long in Python. What may wait, the lock for writing, is waited for outside.
"""

import sqlite3
from collections.abc import Awaitable, Generator, Sequence
from typing import Any

from sqlalchemy import URL, Pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+inline"


class _Done(Awaitable[None]):
    """An awaitable that is ready: SQLAlchemy wants to see that a driver awaits."""

    def __await__(self) -> Generator[Any, Any]:
        yield from ()


_DONE = _Done()


class InlineCursor(sqlite3.Cursor):
    """A cursor whose statements are done when they return."""

    def execute(self, sql: str, parameters: Any = (), /) -> "InlineCursor":  # noqa: ANN401 -- the driver's
        """Runs a statement."""
        await_(_DONE)
        super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Sequence[Any], /) -> "InlineCursor":  # type: ignore[override]
        """Runs a statement with each of the parameters."""
        await_(_DONE)
        super().executemany(sql, parameters)
        return self

    async def _async_soft_close(self) -> None:
        """Nothing is left to fetch: sqlite3 has it all in this process."""


class InlineConnection(sqlite3.Connection):
    """A connection that gives such cursors."""

    def cursor(self, factory: type[sqlite3.Cursor] = InlineCursor) -> sqlite3.Cursor:  # type: ignore[override]
        """A cursor."""
        return super().cursor(factory)


class InlineDialect(SQLiteDialect_pysqlite):
    """The dialect of Python's own driver, for an engine of asyncio."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:  # noqa: ARG003 -- SQLAlchemy's
        """A pool whose waiting does not hold up the event loop."""
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:  # noqa: ANN401 -- SQLAlchemy's
        """What `sqlite3.connect` is given; a pool may be used by one thread after the other."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "factory": InlineConnection, "check_same_thread": False}

    def get_driver_connection(self, connection: DBAPIConnection) -> Any:  # noqa: ANN401 -- the driver's
        """The connection itself; nothing is wrapped around it."""
        return connection


registry.register("sqlite.inline", __name__, InlineDialect.__name__)
