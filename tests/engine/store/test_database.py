"""What a database says when it is not there, on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError

from engine.store.database import UNAVAILABLE, Database
from tests.servers.process import free_port


class InternalClientError(Exception):
    """As the driver of PostgreSQL calls it."""


GONE: dict[str, tuple[DBAPIError, type[DBAPIError]]] = {
    "starting up": (
        DBAPIError("SELECT 1", {}, Exception("the database system is starting up")),
        OperationalError,
    ),
    "ended between two steps": (
        InternalError("SELECT 1", {}, InternalClientError("cannot switch to state 12")),
        OperationalError,
    ),
    "lost": (
        InternalError("SELECT 1", {}, Exception("gone"), connection_invalidated=True),
        OperationalError,
    ),
    "a fault of ours": (InternalError("SELECT 1", {}, Exception("aborted")), InternalError),
    "taken": (IntegrityError("INSERT", {}, Exception("unique")), IntegrityError),
}


async def test_a_database_answers_or_does_not(database: Database, tmp_path: Path):
    assert await database.is_reachable()
    for nowhere in (f"sqlite:///{tmp_path}/no/folder", f"postgresql://x@127.0.0.1:{free_port()}/x"):
        away = Database(nowhere)
        assert not await away.is_reachable()
        await away.close()


@pytest.mark.parametrize("case", GONE)
async def test_a_database_that_is_coming_or_going_is_told_from_a_fault(
    database: Database, case: str
):
    raised, expected = GONE[case]
    for transaction in (database.reading, database.writing):
        with pytest.raises(DBAPIError) as caught:
            async with transaction():
                raise raised
        assert type(caught.value) is expected
        assert isinstance(caught.value, UNAVAILABLE) == (expected is OperationalError)
