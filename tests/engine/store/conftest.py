"""A migrated database on each of the kinds that are supported, fresh for every test."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.store.database import Database
from tests.servers.postgres import PostgresServer


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'phaseline.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
async def on_postgresql(postgres: PostgresServer) -> AsyncIterator[Database]:
    name = f"test_{uuid.uuid4().hex}"
    database = Database(await postgres.create(name))
    await database.migrate()
    yield database
    await database.close()
    await postgres.drop(name)


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    made: Database = request.getfixturevalue(request.param)
    return made
