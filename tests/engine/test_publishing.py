"""Publishing: versions, what they change, and what is refused."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.publishing import Publication, Refusal, publish
from engine.store import registry
from engine.store.database import Database
from pipes.canonical import format_document
from tests.builders import MONDAY, a_document


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'phaseline.db'}")
    await made.migrate()
    yield made
    await made.close()


async def test_a_new_version_says_what_it_changes(database: Database):
    first = await publish(database, a_document(), by="ana", at=MONDAY)
    again = await publish(database, a_document(), by="ana", at=MONDAY)
    changed = a_document(name="Ideas")
    second = await publish(database, changed, by="bo", at=MONDAY)

    assert isinstance(first, Publication)
    assert (first.version, first.is_new, first.changes) == (1, True, ())
    assert isinstance(again, Publication)
    assert (again.version, again.is_new, again.changes) == (1, False, ())
    assert isinstance(second, Publication)
    assert (second.version, second.is_new) == (2, True)
    assert second.changes == ("Pipe: name Features → Ideas.",)
    async with database.reading() as connection:
        versions = await registry.list_versions(connection, "features")
    assert {(each.version, each.published_by) for each in versions} == {(1, "ana"), (2, "bo")}


async def test_what_was_published_comes_back_with_its_order(database: Database):
    """Columns of tables and options stand in the author's order."""
    laid_out = format_document(a_document())
    await publish(database, laid_out, by="ana", at=MONDAY)

    async with database.reading() as connection:
        stored = await registry.read_document(connection, "features", 1)

    assert stored is not None
    assert format_document(json.loads(stored)) == laid_out


async def test_what_means_nothing_is_refused_and_not_stored(database: Database):
    outcome = await publish(database, a_document(phases=[]), by="ana", at=MONDAY)

    assert isinstance(outcome, Refusal)
    assert outcome.findings
    async with database.reading() as connection:
        assert await registry.current_version(connection, "features") is None
