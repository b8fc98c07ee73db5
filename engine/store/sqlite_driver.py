"""SQLite for SQLAlchemy's asyncio engine, on the event loop's own thread.

A statement of ours takes SQLite some 20 µs; handing it to a thread and back, as aiosqlite does,
takes ten times as long in Python, and so do a greenlet for each call and SQLAlchemy's ceremony
around a transaction. What may wait, the lock for writing, is waited for outside.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, override

from sqlalchemy import URL, Connection, CursorResult, Executable, Pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool

DRIVER = "sqlite+inline"

# For how many seconds a writer waits for another process, and how often it looks.
_BUSY_FOR, _LOOKS_EVERY = 10.0, 0.002
_PATIENT = f"PRAGMA busy_timeout={_BUSY_FOR * 1000:.0f}"
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "cache_size=-65536",
    "mmap_size=268435456",
)
# A transaction seldom gives the event loop away, so few are open at once.
_KEPT = 8


class InlineDialect(SQLiteDialect_pysqlite):
    """The dialect of Python's own driver, for an engine of asyncio."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:  # noqa: ARG003 -- SQLAlchemy's
        """None: `InlineConnections` keeps those that are open."""
        return NullPool

    def create_connect_args(self, url: URL) -> Any:  # noqa: ANN401 -- SQLAlchemy's
        """What `sqlite3.connect` is given; a connection may be used by one thread after another."""
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, "check_same_thread": False}

    def get_driver_connection(self, connection: DBAPIConnection) -> Any:  # noqa: ANN401 -- the driver's
        """The connection itself; nothing is wrapped around it."""
        return connection

    def on_connect(self) -> Any:  # noqa: ANN401 -- SQLAlchemy's
        """What is done with each connection that is opened."""
        usual = super().on_connect()

        def prepare(connection: Any) -> None:  # noqa: ANN401 -- the driver's
            if usual is not None:
                usual(connection)
            connection.isolation_level = None  # Transactions begin where it is said.
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(_PATIENT)

        return prepare

    def do_begin(self, dbapi_connection: Any) -> None:  # noqa: ANN401 -- the driver's
        """Begins a transaction of SQLAlchemy's, as migrations have; within another it is none."""
        if not dbapi_connection.in_transaction:
            dbapi_connection.execute("BEGIN")


registry.register("sqlite.inline", __name__, InlineDialect.__name__)


class InlineConnection(AsyncConnection):
    """A connection whose statements are done when they return: no greenlet waits for them.

    For SQLAlchemy it is in one transaction for ever, in which there is nothing to be done; those
    that there are begin and end in the driver.
    """

    def __init__(self, engine: AsyncEngine, here: Connection) -> None:
        super().__init__(engine, here)
        self._here = here
        driver = here.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 -- there is no other
        self._driver = driver

    @override
    async def execute(
        self,
        statement: Executable,
        parameters: Any = None,
        *,
        execution_options: Any = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        """Runs a statement."""
        return self._here.execute(statement, parameters, execution_options=execution_options)

    @override
    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Runs a statement in SQLite's own words."""
        return self._here.exec_driver_sql(statement, parameters, execution_options)

    def run(self, words: str, places: Sequence[Any]) -> sqlite3.Cursor:
        """Runs a statement past SQLAlchemy, but for what it says when it fails."""
        try:
            return self._driver.execute(words, places)
        except sqlite3.Error as error:
            raise DBAPIError.instance(words, tuple(places), error, sqlite3.Error) from error

    def begin_reading(self) -> None:
        """Begins a transaction that sees the file as it is when it first looks."""
        self.run("BEGIN", ())

    async def begin_writing(self) -> None:
        """Begins a transaction as soon as no other process writes.

        Raises:
            OperationalError: One has written for too long.
        """
        give_up = time.monotonic() + _BUSY_FOR
        while not self._can_write_now(until=give_up):  # noqa: ASYNC110 -- another process has it
            await asyncio.sleep(_LOOKS_EVERY)

    def commit_now(self) -> None:
        """Makes what was written true."""
        self.run("COMMIT", ())

    def end(self) -> bool:
        """Takes back what was not made true; whether the connection is as good as new."""
        if self._here.invalidated:
            return False
        try:
            self._driver.rollback()
        except sqlite3.Error:
            return False
        return True

    def close_now(self) -> None:
        """Closes it."""
        self._here.close()

    def _can_write_now(self, *, until: float) -> bool:
        """Takes the lock, or says at once that it is taken: the event loop must not wait."""
        self._driver.execute("PRAGMA busy_timeout=0")
        try:
            self.run("BEGIN IMMEDIATE", ())
        except OperationalError as error:
            if not _is_locked(error) or time.monotonic() > until:
                raise
            return False
        finally:
            self._driver.execute(_PATIENT)
        return True


class InlineConnections:
    """The connections of a process to its file; one is lent to each transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._idle: list[InlineConnection] = []
        self._kept = _KEPT
        # SQLite has one writer and wakes those who wait in no order: here they stand in a line.
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[InlineConnection]:
        """A transaction that only reads."""
        connection = await self._lend()
        try:
            connection.begin_reading()
            yield connection
        finally:
            self._take_back(connection)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[InlineConnection]:
        """A transaction that writes; it is made true at the end, or not at all."""
        async with self._turn:
            connection = await self._lend()
            try:
                await connection.begin_writing()
                yield connection
                connection.commit_now()
            finally:
                self._take_back(connection)

    async def close(self) -> None:
        """Closes them; one that is lent is closed when it comes back."""
        self._kept = 0
        while self._idle:
            self._idle.pop().close_now()

    async def _lend(self) -> InlineConnection:
        if self._idle:
            return self._idle.pop()
        opened = (await self._engine.connect()).sync_connection
        assert opened is not None  # noqa: S101 -- it has just been opened
        return InlineConnection(self._engine, opened)

    def _take_back(self, connection: InlineConnection) -> None:
        if connection.end() and len(self._idle) < self._kept:
            self._idle.append(connection)
        else:
            connection.close_now()


def _is_locked(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
