"""Drafts in the store: each author's own, and never written over by who has not seen the latest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.store import drafts, people
from engine.store.database import Database
from engine.store.drafts import Draft
from engine.store.people import User
from tests.builders import MONDAY

DRAFT = Draft(id="d1", author="ana", name="Ideas", text='{"name": "Räder 🛞"}', saved_at=MONDAY)


@pytest.fixture
async def kept(database: Database) -> Database:
    """A database with two authors and a draft of one of them."""
    async with database.writing() as connection:
        for author in ("ana", "bo"):
            await people.add_user(
                connection,
                User(
                    id=author,
                    name=author,
                    email=None,
                    password_hash=None,
                    must_change_password=False,
                    installation_role="author",
                    disabled=False,
                    created_at=MONDAY,
                ),
            )
        await drafts.add_draft(connection, DRAFT)
    return database


async def test_a_draft_is_read_as_it_was_kept_and_by_its_author_alone(kept: Database):
    async with kept.reading() as connection:
        assert await drafts.read_draft(connection, "d1", "ana") == DRAFT
        assert await drafts.read_draft(connection, "d1", "bo") is None
        assert await drafts.list_drafts(connection, "bo") == ()


async def test_a_change_is_kept_only_by_who_has_seen_the_one_before(kept: Database):
    later = MONDAY + timedelta(minutes=1)
    async with kept.writing() as connection:
        changed = await drafts.change_draft(connection, DRAFT, name="More", text="{}", at=later)
        late = await drafts.change_draft(connection, DRAFT, name="Late", text="[]", at=later)

    assert changed == replace(DRAFT, name="More", text="{}", saved_at=later, revision=2)
    assert late is None
    async with kept.reading() as connection:
        assert await drafts.read_draft(connection, "d1", "ana") == changed


async def test_the_latest_draft_comes_first(kept: Database):
    newer = replace(DRAFT, id="d2", saved_at=MONDAY + timedelta(days=1))
    async with kept.writing() as connection:
        await drafts.add_draft(connection, newer)
    async with kept.reading() as connection:
        assert await drafts.list_drafts(connection, "ana") == (newer, DRAFT)


async def test_a_draft_is_removed_by_its_author_alone(kept: Database):
    async with kept.writing() as connection:
        await drafts.remove_draft(connection, "d1", "bo")
        assert await drafts.list_drafts(connection, "ana") == (DRAFT,)
        await drafts.remove_draft(connection, "d1", "ana")
        assert await drafts.list_drafts(connection, "ana") == ()


async def test_a_discarded_draft_is_had_back_for_a_day(kept: Database):
    async with kept.writing() as connection:
        await drafts.discard_draft(connection, "d1", "bo", at=MONDAY)
        assert await drafts.read_draft(connection, "d1", "ana") == DRAFT
        await drafts.discard_draft(connection, "d1", "ana", at=MONDAY)
        assert await drafts.read_draft(connection, "d1", "ana") is None
        assert await drafts.list_drafts(connection, "ana") == ()
        assert await drafts.change_draft(connection, DRAFT, name="X", text="", at=MONDAY) is None

        assert await drafts.restore_draft(connection, "d1", "bo") is None
        assert await drafts.restore_draft(connection, "d1", "ana") == DRAFT

        await drafts.discard_draft(connection, "d1", "ana", at=MONDAY)
        later = MONDAY + timedelta(days=1, seconds=1)
        await drafts.discard_draft(connection, "none", "ana", at=later)
        assert await drafts.restore_draft(connection, "d1", "ana") is None
