"""The database: one pool a process, transactions that read and transactions that write.

SQLite and PostgreSQL by the same statements. On SQLite a writing transaction takes the lock when it
begins, so that no two processes can each hold a part of it.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, func, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    TimeoutError as PoolTimeout,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from engine.store import schema, sqlite_driver
from engine.store.schema import NoSuchRevision, Schema, TablesUnfit
from pipes.identifiers import Instant

_DRIVERS = {
    "sqlite": sqlite_driver.DRIVER,
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
# For how many seconds a writer waits for another process, and how often it looks.
_BUSY_FOR, _LOOKS_EVERY = 10.0, 0.002
# Of each index, which takes milliseconds with a million cards.
_ROWS_LOOKED_AT = 400
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    f"busy_timeout={_BUSY_FOR * 1000:.0f}",
    "temp_store=MEMORY",
    "cache_size=-65536",
    "mmap_size=268435456",
)
# Both kinds can leave out a row whose key is taken; each says it in its own words.
_INSERTS: Mapping[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
# What a database says when it is not there, busy or going away: the same can be tried again.
UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout, ConnectionError, OSError)

__all__ = [
    "UNAVAILABLE",
    "AsyncConnection",
    "DBAPIError",
    "Database",
    "NoSuchRevision",
    "Schema",
    "TablesUnfit",
    "insert_new",
]


class Database:
    """The installation's database."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        # SQLite has one writer and wakes those who wait in no order: here they stand in a line.
        self._turn = asyncio.Lock() if self.is_sqlite else contextlib.nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        with _told_apart():
            async with self._engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; it is made true at the end, or not at all."""
        with _told_apart():
            async with self._turn, self._engine.connect() as connection:
                marked = await connection.execution_options(writing=True)
                await _begin(marked)
                yield marked
                await marked.commit()  # What ends otherwise is rolled back with its connection.

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[AsyncIterator[str]]:
        """What PostgreSQL tells on a channel from now on.

        Raises:
            ConnectionError: The connection was lost; something may have been missed.
        """
        told: asyncio.Queue[str | None] = asyncio.Queue()

        def hear(_connection: object, _process: int, _channel: str, payload: str) -> None:
            told.put_nowait(payload)

        def end(_connection: object) -> None:
            told.put_nowait(None)

        async with self._engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None  # noqa: S101 -- it has just been connected
            driver.add_termination_listener(end)
            await driver.add_listener(channel, hear)
            try:
                yield _until_none(told)
            finally:
                driver.remove_termination_listener(end)
                await driver.remove_listener(channel, hear)

    async def migrate(self) -> None:
        """Brings the tables up to date; those of a newer version stay as they are.

        Raises:
            TablesUnfit: They are of a newer version, and this one cannot work with them.
        """
        with _told_apart():
            async with self._engine.connect() as connection:
                await connection.run_sync(schema.upgrade)
        await self.take_statistics()

    async def take_statistics(self) -> None:
        """Lets SQLite look at some rows of each index, by which it finds its ways; PostgreSQL does
        so by itself.
        """
        if not self.is_sqlite:
            return
        async with self.writing() as connection:
            await connection.execute(text(f"PRAGMA analysis_limit={_ROWS_LOOKED_AT}"))
            await connection.execute(text("ANALYZE"))

    async def migrate_down(self, revision: str = "base") -> None:
        """Brings the tables back to a revision; what came after it is lost with its columns.

        Raises:
            NoSuchRevision: There is none of that name before the present one.
        """
        with _told_apart():
            async with self._engine.connect() as connection:
                await connection.run_sync(schema.downgrade, revision)

    async def is_ready(self) -> bool:
        """Whether the database answers, and has tables that this version can work with."""
        try:
            return (await self.schema()).is_usable
        except (*UNAVAILABLE, DBAPIError):
            return False

    async def schema(self) -> Schema:
        """Which tables there are, and which this version needs."""
        with _told_apart():
            async with self._engine.connect() as connection:
                return await connection.run_sync(schema.look)

    async def now(self) -> Instant:
        """The time by the database's clock."""
        async with self._engine.connect() as connection:
            now: Instant = (await connection.execute(select(func.current_timestamp()))).scalar_one()
        return now if now.tzinfo is not None else now.replace(tzinfo=UTC)

    async def close(self) -> None:
        """Closes the connections."""
        await self._engine.dispose()


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """Says of a database that is coming or going that it is not there, as of one that is gone.

    Raises:
        OperationalError: In the place of what has no class of its own: "the database system is
            starting up", a connection that ended in the middle of what it did.
    """
    try:
        yield
    except DBAPIError as error:
        if _is_of_connection(error):
            raise OperationalError(error.statement, error.params, _cause(error)) from error
        raise


def _is_of_connection(error: DBAPIError) -> bool:
    if type(error) is DBAPIError or error.connection_invalidated:
        return True
    # What the driver says when its connection has ended between two of its steps.
    return isinstance(error, InternalError) and type(error.orig).__name__ == "InternalClientError"


def _cause(error: DBAPIError) -> BaseException:
    return error if error.orig is None else error.orig


def insert_new(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insertion that leaves out rows whose key is taken."""
    return _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()


def insert_or_hold(
    connection: AsyncConnection, table: Table, key: str
) -> postgresql.Insert | sqlite.Insert:
    """An insertion that keeps hold of the row whose key is taken, until the transaction ends."""
    given = _INSERTS[connection.dialect.name](table)
    return given.on_conflict_do_update(index_elements=[key], set_={key: given.excluded[key]})


async def _begin(connection: AsyncConnection) -> None:
    """Begins a transaction as soon as no other process writes."""
    give_up = time.monotonic() + _BUSY_FOR
    while True:
        try:
            _ = await connection.begin()
        except OperationalError as error:
            if not _is_locked(error) or time.monotonic() > give_up:
                raise
            await asyncio.sleep(_LOOKS_EVERY)
        else:
            return


def _is_locked(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


async def _until_none(told: asyncio.Queue[str | None]) -> AsyncIterator[str]:
    while (payload := await told.get()) is not None:
        yield payload
    raise ConnectionError("The database has closed the connection.")


def _engine(address: str) -> AsyncEngine:
    url = make_url(address)
    backend = url.get_backend_name()
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if backend == "sqlite":
        engine = create_async_engine(url, pool_size=8, max_overflow=8)
        _prepare_sqlite(engine.sync_engine)
        return engine
    return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _: object) -> None:  # noqa: ANN401 -- the driver's
        connection.isolation_level = None  # Transactions begin where SQLAlchemy says so.
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin_as_wanted(connection: Connection) -> None:
        if connection.get_execution_options().get("writing", False):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Takes the lock or fails at once: the event loop must not wait for another process."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={_BUSY_FOR * 1000:.0f}")
