"""Migrations as they run: cards go over on the real server, by a job that tells of each."""

import asyncio
import json
import uuid
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import (
    AddComment,
    ClockId,
    EditCard,
    HoldCard,
    MigrateCard,
    MigrationPlan,
    MoveCard,
    ResumeCard,
)
from engine.core.reasons import ReasonCode
from engine.gateway import Accepted, Definitions, Rejected, utc_now
from engine.gateway.migrating import course_of, foretold
from engine.publishing import Publication, publish
from engine.store import card_migrations as store
from engine.store.card_migrations import Line, Migration, Selection
from engine.store.command_tables import reserved_values
from engine.store.queries.filters import CardFilter
from engine.store.tables import card_values
from pipes.identifiers import FieldId, PhaseId, TransitionId
from tests.engine.running import Died, Engine, a_command, a_key, eventually_so
from tests.engine.workflows.errands import DOCUMENT, ERRANDS

CHANGES: dict[str, Any] = {
    "phases": {PhaseId("todo"): PhaseId("waiting")},
    "fields": {FieldId("ticket"): FieldId("number"), FieldId("background"): None},
    "clocks": {"*": "recomputed"},
}
PLAN = MigrationPlan(**CHANGES)


def another_document() -> dict[str, Any]:
    """Errands wait forty days, have a number for a ticket, and no background."""
    document: dict[str, Any] = deepcopy(dict(DOCUMENT))
    fields: dict[str, Any] = document["fields"]
    fields["number"] = {"type": "short_text", "label": "Number", "unique": True, "index": True}
    fields["notes"] = {"type": "long_text", "label": "Notes", "editable": "always"}
    del fields["ticket"], fields["background"]
    waiting = {
        "id": "waiting",
        "name": "Waiting",
        "sla": {"target": "40d"},
        "form": ["notes", "number"],
    }
    rest = [
        {"id": "doing", "name": "Doing"},
        {"id": "done", "name": "Done", "final": "done"},
    ]
    return document | {
        "fields": fields,
        "start": {"phase": "waiting", "form": [{"field": "what", "required": True}]},
        "phases": [waiting, *rest],
        "transitions": [
            {"id": "start", "from": "waiting", "to": "doing", "label": "Start"},
            {"id": "back", "from": "doing", "to": "waiting", "label": "Put back"},
            {"id": "finish", "from": "doing", "to": "done", "label": "Finish"},
        ],
    }


async def publishes(engine: Engine) -> int:
    text = json.dumps(another_document())
    made = await publish(engine.database, text, by="ana", at=engine.clock())
    assert isinstance(made, Publication), made.findings
    return made.version


def a_wish(plan: MigrationPlan = PLAN, version: int = 2) -> MigrateCard:
    return MigrateCard(definition_version=version, definition_hash="", plan=plan)


async def goes_over(engine: Engine, card: Card) -> Accepted:
    async with engine.database.reading() as connection:
        target = await Definitions().version(connection, ERRANDS, 2)
    assert target is not None
    wish = MigrateCard(definition_version=2, definition_hash=target.pinned.hash, plan=PLAN)
    return await engine.does(card, wish)


def a_migration(**parts: Any) -> Migration:
    given = {
        "id": str(uuid.uuid4()),
        "pipe": ERRANDS,
        "to_version": 2,
        "plan": PLAN,
        "wanted": {},
        "dry_run": False,
        "body_hash": "",
        "begun_by": "ana",
        "state": "waiting",
        "created_at": utc_now(),
    }
    return Migration(**{**given, **parts})


async def until_over(engine: Engine, migration: Migration) -> Migration:
    async def is_over() -> bool:
        async with engine.database.reading() as connection:
            found = await store.read(connection, migration.id)
        return found is not None and found.is_over

    await eventually_so(is_over, within=60)
    async with engine.database.reading() as connection:
        found = await store.read(connection, migration.id)
    assert found is not None
    return found


async def lines_of(engine: Engine, migration: Migration) -> dict[str, Line]:
    async with engine.database.reading() as connection:
        found = await store.lines(connection, migration.id, limit=1000)
    return {line.card: line for line in found}


async def test_a_card_runs_the_version_from_then_on_and_its_history_replays(engine: Engine):
    outcome = await engine.gateway.create(
        ERRANDS,
        key=a_key(None),
        actor=user("ana"),
        values={FieldId("what"): "Milk", FieldId("ticket"): "T1"},
    )
    assert isinstance(outcome, Accepted)
    card = outcome.card
    await engine.does(card, EditCard(values={FieldId("background"): "Two litres"}))
    await publishes(engine)

    done = await goes_over(engine, card)

    assert done.card.stay.phase == "waiting"
    assert done.card.values == {"what": "Milk", "number": "T1"}
    clock = done.card.clocks[ClockId("phase:waiting")]
    assert clock.deadline == card.identity.created_at + timedelta(days=40)
    async with engine.database.reading() as connection:
        indexed = (await connection.execute(select(card_values.c.field))).scalars().all()
        held = (await connection.execute(select(reserved_values.c.field))).scalars().all()
    assert (list(indexed), list(held)) == (["number"], ["number"])
    for wish in (
        HoldCard(reason="The shop is closed"),
        ResumeCard(),
        MoveCard(transition=TransitionId("start")),
        AddComment(text="Bought"),
        MoveCard(transition=TransitionId("finish")),
    ):
        await engine.does(card, wish)
    assert await engine.history(card)
    await engine.until_ended(card)
    await engine.replay(card)


async def test_a_card_goes_on_in_the_version_in_its_next_runs(engine: Engine):
    engine.cards._limits = engine.limits = type(engine.limits)(commands=2)  # noqa: SLF001
    card = await engine.create()
    await publishes(engine)
    await goes_over(engine, card)
    for number in range(5):
        await engine.does(card, EditCard(values={FieldId("number"): f"N{number}"}))
    await engine.does(card, MoveCard(transition=TransitionId("start")))
    assert (await engine.stored(card)).pin.version == 2
    assert await engine.history(card)
    await engine.replay(card)


async def test_a_card_that_is_refused_is_untouched_and_nothing_is_reserved(engine: Engine):
    first, second = await engine.create("Milk"), await engine.create("Bread")
    await publishes(engine)
    await goes_over(engine, first)
    await engine.does(first, EditCard(values={FieldId("number"): "T1"}))
    ticket = EditCard(values={FieldId("ticket"): "T1"})
    await engine.send(second, ticket)
    before = await engine.stored(second)

    plan = MigrationPlan(**CHANGES, values={FieldId("number"): "T1"})
    outcome = await engine.send(second, a_wish(plan))

    assert isinstance(outcome, Rejected)
    assert [reason.code for reason in outcome.reasons] == [ReasonCode.NOT_UNIQUE]
    assert await engine.stored(second) == before
    async with engine.database.reading() as connection:
        rows = (await connection.execute(select(reserved_values.c.card))).scalars().all()
    assert first.identity.id in rows
    gone = await engine.send(second, a_wish(version=9))
    assert isinstance(gone, Rejected)
    assert [reason.code for reason in gone.reasons] == [ReasonCode.UNKNOWN_VERSION]


async def test_a_dry_run_tells_what_the_migration_then_does(engine: Engine):
    milk, bread = await engine.create("Milk"), await engine.create("Bread")
    await engine.does(bread, MoveCard(transition=TransitionId("start")))
    finished = await engine.create("Done already")
    await engine.does(finished, MoveCard(transition=TransitionId("start")))
    await engine.does(finished, MoveCard(transition=TransitionId("finish")))
    await publishes(engine)
    dry, real = a_migration(dry_run=True), a_migration()

    await engine.migrations.begin(dry, Selection())
    assert (await until_over(engine, dry)).state == "done"
    told = await lines_of(engine, dry)

    assert set(told) == {milk.identity.id, bread.identity.id}
    assert {line.outcome for line in told.values()} == {"migrates"}
    assert (await engine.stored(milk)).pin.version == 1
    await engine.migrations.begin(real, Selection())
    await until_over(engine, real)
    done = await lines_of(engine, real)
    assert {line.outcome for line in done.values()} == {"migrated"}
    for card, line in done.items():
        assert [(each.code, each.message) for each in line.changes] == [
            (each.code, each.message) for each in told[card].changes
        ]
    again = a_migration()
    await engine.migrations.begin(again, Selection(named=(milk.identity.key,)))
    await until_over(engine, again)
    assert [line.outcome for line in (await lines_of(engine, again)).values()] == ["unchanged"]


async def test_a_refused_card_is_told_with_its_reasons_and_does_not_hold_up_the_others(
    engine: Engine,
):
    milk, bread = await engine.create("Milk"), await engine.create("Bread")
    await engine.does(bread, MoveCard(transition=TransitionId("start")))
    await publishes(engine)
    migration = a_migration(plan=MigrationPlan())

    await engine.migrations.begin(migration, Selection())
    await until_over(engine, migration)

    done = await lines_of(engine, migration)
    assert done[milk.identity.id].outcome == "refused"
    assert [each.code for each in done[milk.identity.id].reasons] == [ReasonCode.NO_COUNTERPART]
    assert done[bread.identity.id].outcome == "migrated"
    async with engine.database.reading() as connection:
        counted = await store.progress(connection, migration.id)
    assert {outcome: number for outcome, number in counted.items() if number} == {
        "migrated": 1,
        "refused": 1,
    }


async def test_only_the_cards_of_a_filter_go_over(engine: Engine):
    milk, bread = await engine.create("Milk"), await engine.create("Bread")
    await engine.does(bread, MoveCard(transition=TransitionId("start")))
    await publishes(engine)
    migration = a_migration()

    await engine.migrations.begin(migration, Selection(wanted=CardFilter(phase="doing")))
    await until_over(engine, migration)

    assert (await engine.stored(milk)).pin.version == 1
    assert (await engine.stored(bread)).pin.version == 2


async def test_the_same_again_begins_nothing_new_and_one_that_was_left_behind_is_begun(
    engine: Engine,
):
    await engine.create()
    await publishes(engine)
    migration = a_migration(created_at=utc_now() - timedelta(minutes=1))
    async with engine.database.writing() as connection:
        assert await store.begin(connection, migration, Selection()) is None

    await engine.migrations.begin_left_behind()

    assert (await until_over(engine, migration)).state == "done"
    known = await engine.migrations.begin(migration, Selection())
    assert known.state == "done"
    assert len(await lines_of(engine, migration)) == 1


async def test_what_is_stopped_leaves_the_rest_where_they_are(engine: Engine):
    cards = [await engine.create(f"Errand {number}") for number in range(3)]
    await publishes(engine)
    migration = a_migration()
    async with engine.database.writing() as connection:
        await store.begin(connection, migration, Selection())
    assert await engine.migrations.stop(migration.id)

    await engine.migrations.begin(migration, Selection())

    assert (await until_over(engine, migration)).state == "stopped"
    assert not await engine.migrations.stop(migration.id)
    assert {(await engine.stored(card)).pin.version for card in cards} == {1}
    assert {line.outcome for line in (await lines_of(engine, migration)).values()} == {"waiting"}


async def test_who_is_no_admin_of_the_pipe_any_more_brings_nothing_over(engine: Engine):
    card = await engine.create()
    await publishes(engine)
    migration = a_migration(begun_by="bo")

    await engine.migrations.begin(migration, Selection())
    await until_over(engine, migration)

    (line,) = (await lines_of(engine, migration)).values()
    assert [each.code for each in line.reasons] == [ReasonCode.NOT_ALLOWED]
    assert (await engine.stored(card)).pin.version == 1


async def test_a_sender_that_dies_leaves_no_card_in_between(engine: Engine):
    """The answer of a card whose sender died is recorded by the sweeper, by both versions."""
    card = await engine.create()
    await publishes(engine)
    dying = engine.dying_gateway()
    with pytest.raises(Died):
        await dying.send(card.identity.id, a_command(a_wish()))
    assert (await engine.stored(card)).pin.version == 1
    await engine.sweeper.sweep(older_than=timedelta(0))
    assert (await engine.stored(card)).pin.version == 2
    assert await engine.history(card)


async def test_a_card_that_is_gone_is_foretold_so(engine: Engine):
    await publishes(engine)
    line = Line(position=1, card="gone", key="ERR-9", title="Gone", version=1)
    async with engine.database.reading() as connection:
        course = await course_of(connection, Definitions(), a_migration())
        found = await foretold(connection, Definitions(), course, line, utc_now())
    assert found.outcome == "failed"


async def test_cards_move_on_while_they_go_over(engine: Engine):
    """People work meanwhile: each card is on the version, and what they did is there."""
    cards = [await engine.create(f"Errand {number}") for number in range(12)]
    await publishes(engine)
    migration = a_migration()

    async def works(card: Card) -> None:
        for number in range(3):
            text = AddComment(text=f"Comment {number}")
            assert isinstance(await engine.send(card, text), Accepted)

    await asyncio.gather(
        engine.migrations.begin(migration, Selection()), *(works(card) for card in cards)
    )
    await until_over(engine, migration)
    for card in cards:
        kinds = [event.body.kind for event in await engine.history(card)]
        assert kinds.count("comment.added") == 3
        assert kinds.count("card.migrated") == 1
