"""What a database says when it is not there, on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError

from engine.store.database import UNAVAILABLE, Database, NoSuchRevision, TablesUnfit
from tests.servers.postgres import PostgresServer
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
    assert await database.is_ready()
    for nowhere in (f"sqlite:///{tmp_path}/no/folder", f"postgresql://x@127.0.0.1:{free_port()}/x"):
        away = Database(nowhere)
        assert not await away.is_ready()
        await away.close()


async def test_whether_by_tls_is_said_as_postgresql_says_it(postgres: PostgresServer):
    """The tests' own server has none."""
    for mode, answers in {"disable": True, "require": False}.items():
        database = Database(f"{postgres.url('postgres')}?sslmode={mode}")
        try:
            if answers:
                assert (await database.schema()).found is None
            else:
                with pytest.raises(UNAVAILABLE, match="SSL"):
                    await database.schema()
        finally:
            await database.close()


async def made_by_a_newer_version(database: Database, *changes: str) -> None:
    async with database.writing() as connection:
        for change in (*changes, "UPDATE alembic_version SET version_num = 'of_tomorrow'"):
            await connection.execute(text(change))


async def test_a_database_without_tables_is_not_ready(database: Database):
    await database.migrate_down()

    assert not await database.is_ready()


async def test_tables_of_a_newer_version_stay_as_they_are(database: Database):
    """An upgrade lets the old version run on beside the new one."""
    await made_by_a_newer_version(database, "ALTER TABLE cards ADD COLUMN of_tomorrow INTEGER")
    await database.migrate()

    assert (await database.schema()).found == "of_tomorrow"
    assert await database.is_ready()


async def test_newer_tables_that_lack_something_are_refused(database: Database):
    await made_by_a_newer_version(
        database,
        "ALTER TABLE automation_runs DROP COLUMN tries",
        "ALTER TABLE secrets RENAME TO hidden",
    )
    with pytest.raises(TablesUnfit, match=r"missing: secrets, automation_runs\.tries\).*--back-to"):
        await database.migrate()
    with pytest.raises(NoSuchRevision):
        await database.migrate_down("nowhere")

    assert not await database.is_ready()


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
