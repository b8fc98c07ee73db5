"""A card's events, its read model and its workflow are compared, and mended where they differ."""

import shutil
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from engine.core.actors import user
from engine.core.commands import AddComment, EditCard, MoveCard
from engine.core.reasons import ReasonCode
from engine.gateway import Accepted, Rejected
from engine.gateway.cards import workflow_id
from engine.operating.reconciling import Reconciler
from engine.store.integrity import BrokenHistory
from engine.store.readmodel import Indexing, value_rows
from pipes.identifiers import FieldId, TransitionId
from tests.builders import a_life
from tests.engine.running import Engine, a_key
from tests.engine.workflows.errands import ERRANDS

START = MoveCard(transition=TransitionId("start"))
FINISH = MoveCard(transition=TransitionId("finish"))


@pytest.fixture
def reconciler(engine: Engine) -> Reconciler:
    return Reconciler(engine.database, engine.client, engine.task_queue)


async def kinds(reconciler: Reconciler, card: str) -> list[str]:
    return [each.kind for each in await reconciler.compare(card)]


def tamper(engine: Engine, statement: str) -> None:
    with sqlite3.connect(engine.database_file) as connection:
        connection.execute(statement)
    connection.close()


async def test_cards_that_are_well_agree(engine: Engine, reconciler: Reconciler):
    card = await engine.create()
    await engine.does(card, START)
    finished = await engine.create()
    await engine.does(finished, START)
    await engine.does(finished, FINISH)

    assert {each async for each in reconciler.cards()} >= {card.identity.id, finished.identity.id}
    assert await reconciler.compare(card.identity.id) == ()
    assert await reconciler.compare(finished.identity.id) == ()


async def test_values_are_the_same_in_whatever_order_they_came(
    engine: Engine, reconciler: Reconciler
):
    values = {FieldId("what"): "Fly home", FieldId("ticket"): "T-1"}
    created = await engine.gateway.create(
        ERRANDS, key=a_key(None), actor=user("ana"), values=values
    )
    assert isinstance(created, Accepted)

    assert await reconciler.compare(created.card.identity.id) == ()


async def test_an_instant_is_the_same_in_whatever_zone_it_was_told(
    engine: Engine, reconciler: Reconciler
):
    card = await engine.create()
    due = datetime(2027, 3, 1, 10, tzinfo=timezone(timedelta(hours=-3)))
    await engine.does(card, EditCard(values={}, due=(due,)))

    assert await reconciler.compare(card.identity.id) == ()


def test_a_whole_number_is_found_by_what_people_write():
    life = a_life().creates(name="Offline mode")
    assert life.card is not None
    card = replace(life.card, values={**life.card.values, FieldId("effort"): 7.0})
    indexing = replace(Indexing.of(life.pipe.definition), indexed=(FieldId("effort"),))

    (row,) = value_rows(card, indexing)

    assert (row["text"], row["number"]) == ("7", 7.0)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE cards SET phase = 'todo'", "phase"),
        ("UPDATE cards SET title = 'x'", "title"),
        ("UPDATE cards SET snapshot = '{}'", "snapshot"),
        ("DELETE FROM card_labels", "card_labels"),
        ("INSERT INTO card_assignees SELECT 'eve', id FROM cards", "card_assignees"),
    ],
)
async def test_a_damaged_read_model_is_named_and_written_anew(
    engine: Engine, reconciler: Reconciler, damage: str, named: str
):
    card = await engine.create()
    await engine.does(card, START)
    marked = await engine.does(card, EditCard(labels=("late",)))
    tamper(engine, damage)
    (found,) = await reconciler.compare(card.identity.id)

    assert found.kind == "read_model"
    assert named in found.message
    assert await reconciler.rebuild(card.identity.id) == marked.card
    assert await reconciler.compare(card.identity.id) == ()


async def test_a_card_without_a_workflow_goes_on_after_its_rebuilding(
    engine: Engine, reconciler: Reconciler
):
    card = await engine.create()
    await engine.client.get_workflow_handle(workflow_id(card.identity.id)).terminate()
    before = await kinds(reconciler, card.identity.id)
    rebuilt = await reconciler.rebuild(card.identity.id)
    moved = await engine.does(card, START)

    assert before == ["no_workflow"]
    assert rebuilt == card
    assert moved.card.version > card.version
    assert await reconciler.compare(card.identity.id) == ()
    assert len(await engine.history(card)) == moved.card.version


async def test_rebuilding_a_card_that_is_well_changes_nothing(
    engine: Engine, reconciler: Reconciler
):
    card = await engine.create()
    moved = await engine.does(card, START, key="the-move")

    assert await reconciler.rebuild(card.identity.id) == moved.card
    repeated = await engine.does(card, START, key="the-move")
    assert repeated.card == moved.card


async def test_what_was_acknowledged_after_the_backup_comes_back_from_temporal(
    engine: Engine, reconciler: Reconciler
):
    """The database is set back; moves made and cards created since are in Temporal's histories."""
    card = await engine.create(key="first")
    backup = engine.database_file.with_suffix(".backup")
    tamper(engine, f"VACUUM INTO '{backup}'")
    moved = await engine.does(card, START)
    said = await engine.does(card, AddComment(text="Hurry"))
    later = await engine.create("Buy bread", key="second")
    await engine.database.close()
    for suffix in ("-wal", "-shm"):
        engine.database_file.with_name(engine.database_file.name + suffix).unlink(missing_ok=True)
    shutil.copy(backup, engine.database_file)

    assert await kinds(reconciler, card.identity.id) == ["workflow_ahead"]
    assert await kinds(reconciler, later.identity.id) == ["unknown_card"]
    assert later.identity.id in {each async for each in reconciler.cards()}
    assert await reconciler.rebuild(card.identity.id) == said.card
    assert await reconciler.rebuild(later.identity.id) == later
    assert await engine.stored(card) == said.card
    assert said.card.version > moved.card.version
    assert len(await engine.history(later)) == later.version
    newest = await engine.create("Buy salt")
    assert newest.identity.key == "ERR-3"


async def test_a_unique_value_is_held_again_after_a_rebuilding(
    engine: Engine, reconciler: Reconciler
):
    ticketed = {FieldId("what"): "Buy milk", FieldId("ticket"): "T-1"}
    first = await engine.gateway.create(
        ERRANDS, key=a_key(None), actor=user("ana"), values=ticketed
    )
    assert isinstance(first, Accepted)
    tamper(engine, "DELETE FROM reserved_values")
    await reconciler.rebuild(first.card.identity.id)

    second = await engine.gateway.create(
        ERRANDS, key=a_key(None), actor=user("ana"), values=ticketed
    )
    assert isinstance(second, Rejected)
    assert [reason.code for reason in second.reasons] == [ReasonCode.NOT_UNIQUE]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM events WHERE sequence = 2", "Event 2 is missing."),
        (
            "UPDATE events SET actor = 'eve' WHERE sequence = 1",
            "Event 1 is not what was written.",
        ),
    ],
)
async def test_a_history_that_was_changed_is_named_and_never_built_upon(
    engine: Engine, reconciler: Reconciler, damage: str, said: str
):
    card = await engine.create()
    await engine.does(card, START)
    tamper(engine, damage)
    (found,) = await reconciler.compare(card.identity.id)

    assert (found.kind, found.message) == ("broken_history", said)
    with pytest.raises(BrokenHistory, match=said):
        await reconciler.rebuild(card.identity.id)


async def test_a_card_that_nobody_knows_cannot_be_rebuilt(reconciler: Reconciler):
    with pytest.raises(LookupError, match="nowhere"):
        await reconciler.rebuild("nowhere")
