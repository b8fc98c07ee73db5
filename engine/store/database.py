"""The database: one pool a process, transactions that read and transactions that write.

SQLite and PostgreSQL by the same statements. On SQLite a writing transaction takes the lock when it
begins, so that no two processes can each hold a part of it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC

from sqlalchemy import Table, func, make_url, select, text
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
# Of each index, which takes milliseconds with a million cards.
_ROWS_LOOKED_AT = 400
# Both kinds can leave out a row whose key is taken; each says it in its own words.
_INSERTS: Mapping[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
KINDS = tuple(_INSERTS)

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
        self._connections = (
            sqlite_driver.InlineConnections(self._engine)
            if self.is_sqlite
            else _Pooled(self._engine)
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file on this machine."""
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads."""
        with _told_apart():
            async with self._connections.reading() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes; it is made true at the end, or not at all."""
        with _told_apart():
            async with self._connections.writing() as connection:
                yield connection

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
        async with self.reading() as connection:
            return await connection.run_sync(schema.look)

    async def now(self) -> Instant:
        """The time by the database's clock."""
        async with self.reading() as connection:
            now: Instant = (await connection.execute(select(func.current_timestamp()))).scalar_one()
        return now if now.tzinfo is not None else now.replace(tzinfo=UTC)

    async def close(self) -> None:
        """Closes the connections."""
        await self._connections.close()


class _Pooled:
    """PostgreSQL's connections: SQLAlchemy's pool, and its transactions."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            _ = await connection.begin()
            yield connection
            await connection.commit()  # What ends otherwise is rolled back with its connection.

    async def close(self) -> None:
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
    return insert_new_on(connection.dialect.name, table)


def insert_new_on(kind: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """The same for one of the kinds of databases."""
    return _INSERTS[kind](table).on_conflict_do_nothing()


def insert_or_hold(
    connection: AsyncConnection, table: Table, key: str
) -> postgresql.Insert | sqlite.Insert:
    """An insertion that keeps hold of the row whose key is taken, until the transaction ends."""
    given = _INSERTS[connection.dialect.name](table)
    return given.on_conflict_do_update(index_elements=[key], set_={key: given.excluded[key]})


async def _until_none(told: asyncio.Queue[str | None]) -> AsyncIterator[str]:
    while (payload := await told.get()) is not None:
        yield payload
    raise ConnectionError("The database has closed the connection.")


def _engine(address: str) -> AsyncEngine:
    url = make_url(address)
    backend = url.get_backend_name()
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if backend == "sqlite":
        return create_async_engine(url)
    if "sslmode" in url.query:  # As PostgreSQL's own programs call it; the driver says `ssl`.
        mode = url.query["sslmode"]
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
