"""Commands come through the gateway: once for each key, answered, recorded, readable."""

import asyncio
from datetime import timedelta

import pytest

from engine.core.actors import user
from engine.core.commands import (
    AddComment,
    ClockId,
    Command,
    CommandKey,
    HoldCard,
    MoveCard,
    ReopenCard,
    ResumeCard,
)
from engine.core.reasons import ReasonCode
from engine.gateway import Accepted, KeyReused, NoSuchCard, NoSuchPipe, Rejected
from engine.store import intents
from pipes.identifiers import FieldId, PhaseId, PipeId, TransitionId
from tests.engine.running import Died, Engine, a_command, a_key, eventually_so
from tests.engine.workflows.errands import ERRANDS

START = MoveCard(transition=TransitionId("start"))
BACK = MoveCard(transition=TransitionId("back"))
FINISH = MoveCard(transition=TransitionId("finish"))
TICKET = FieldId("ticket")


async def test_what_was_answered_is_what_everybody_reads_next(engine: Engine):
    card = await engine.create("Buy milk")
    moved = await engine.does(card, START)

    assert moved.recorded
    assert moved.card.stay.phase == "doing"
    assert await engine.stored(card) == moved.card
    assert {event.body.kind for event in moved.events} == {"card.moved", "clock.stopped"}
    assert len(await engine.history(card)) == moved.card.version


async def test_keys_of_cards_are_numbered(engine: Engine):
    first, second = await engine.create("Buy milk"), await engine.create("Buy bread")

    assert [first.identity.key, second.identity.key] == ["ERR-1", "ERR-2"]


async def test_a_card_that_may_not_begin_leaves_nothing_behind(engine: Engine):
    refused = await engine.gateway.create(ERRANDS, key=a_key("k"), actor=user("ana"), values={})
    card = await engine.create("Buy milk", key="k")

    assert isinstance(refused, Rejected)
    assert [reason.code for reason in refused.reasons] == [ReasonCode.MISSING_FIELD]
    assert card.identity.key == "ERR-1"


async def test_a_card_is_held_commented_finished_and_reopened(engine: Engine):
    card = await engine.create()
    held = await engine.does(card, HoldCard(reason="No money"))
    refused = await engine.send(card, START)
    await engine.does(card, AddComment(text="Payday is Friday"))
    await engine.does(card, ResumeCard())
    await engine.does(card, START)
    done = await engine.does(card, FINISH)
    again = await engine.does(card, ReopenCard(reason="Forgot the bread", to=PhaseId("todo")))

    assert held.card.clocks[ClockId("phase:todo")].state == "paused"
    assert isinstance(refused, Rejected)
    assert [reason.code for reason in refused.reasons] == [ReasonCode.ON_HOLD]
    assert done.card.life.status == "done"
    assert (again.card.life.status, again.card.stay.phase) == ("open", "todo")
    assert len(await engine.history(card)) == again.card.version


async def test_a_rejected_command_leaves_no_trace_in_the_workflow(engine: Engine):
    card = await engine.create()
    before = await engine.length(card)

    outcome = await engine.send(card, FINISH)

    assert isinstance(outcome, Rejected)
    assert outcome.card == card
    assert await engine.length(card) == before
    assert (await engine.history(card))[-1].sequence == card.version


async def test_the_same_key_again_gives_the_same_answer_and_changes_nothing(engine: Engine):
    card = await engine.create()
    first = await engine.does(card, START, key="once")
    await engine.does(card, BACK)

    again = await engine.does(card, START, key="once")

    assert again == first
    assert (await engine.stored(card)).stay.phase == "todo"


async def test_a_creation_is_repeated_without_a_second_card(engine: Engine):
    first = await engine.create("Buy milk", key="once")
    await engine.does(first, START)

    again = await engine.create("Buy milk", key="once")

    assert again == first


async def test_a_key_that_was_used_for_something_else_is_refused(engine: Engine):
    card = await engine.create(key="created")
    await engine.does(card, START, key="moved")

    with pytest.raises(KeyReused):
        await engine.send(card, BACK, key="moved")
    with pytest.raises(KeyReused):
        await engine.create("Something else", key="created")
    with pytest.raises(KeyReused):
        await engine.gateway.send(
            card.identity.id,
            Command(key=CommandKey("moved"), actor=user("bo"), wish=START),
        )
    assert (await engine.stored(card)).stay.phase == "doing"


async def test_a_command_for_a_version_that_has_passed_is_refused(engine: Engine):
    card = await engine.create()
    moved = await engine.does(card, START)

    outcome = await engine.send(card, AddComment(text="late"), seen=card.version)

    assert isinstance(outcome, Rejected)
    assert [reason.code for reason in outcome.reasons] == [ReasonCode.VERSION_CONFLICT]
    assert outcome.card == moved.card


async def test_what_does_not_exist_is_said_so(engine: Engine):
    with pytest.raises(NoSuchCard):
        await engine.gateway.send("nobody", Command(key=a_key(None), actor=user("ana"), wish=START))
    with pytest.raises(NoSuchPipe):
        await engine.gateway.create(
            PipeId("nothing"), key=a_key(None), actor=user("ana"), values={}
        )


async def test_forty_commands_at_once_are_all_carried_out_in_one_order(engine: Engine):
    card = await engine.create()

    outcomes = await asyncio.gather(
        *(engine.does(card, AddComment(text=f"number {number}")) for number in range(40))
    )

    assert all(outcome.recorded for outcome in outcomes)
    history = await engine.history(card)
    assert {outcome.events[0].sequence for outcome in outcomes} == {
        event.sequence for event in history if event.body.kind == "comment.added"
    }
    assert len(history) == card.version + 40


async def test_of_two_moves_at_once_one_wins(engine: Engine):
    card = await engine.create()

    outcomes = await asyncio.gather(engine.send(card, START), engine.send(card, START))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Accepted", "Rejected"]


async def test_a_unique_value_is_given_to_one_of_two(engine: Engine):
    async def create() -> object:
        return await engine.gateway.create(
            ERRANDS,
            key=a_key(None),
            actor=user("ana"),
            values={FieldId("what"): "Buy milk", TICKET: "T-1"},
        )

    outcomes = [await create(), await create()]

    assert isinstance(outcomes[0], Accepted)
    assert isinstance(outcomes[1], Rejected)
    assert [reason.code for reason in outcomes[1].reasons] == [ReasonCode.NOT_UNIQUE]


async def test_a_machine_whose_clock_is_wrong_learns_the_time_from_the_card(engine: Engine):
    card = await engine.create()
    slow = engine.a_gateway(clock=lambda: engine.clock() - timedelta(hours=1))

    outcome = await slow.send(card.identity.id, a_command(START))

    assert isinstance(outcome, Accepted)
    assert outcome.card.updated_at - card.updated_at < timedelta(minutes=1)


async def test_without_a_database_the_card_is_told_and_is_recorded_later(engine: Engine):
    card = await engine.create()
    with engine.held_database() as gateway:
        told = await gateway.send(card.identity.id, a_command(START))

        assert isinstance(told, Accepted)
        assert (told.card.stay.phase, told.recorded) == ("doing", False)
        assert await engine.stored(card) == card

    async def is_recorded() -> bool:
        return await engine.stored(card) == told.card

    await eventually_so(is_recorded)


async def test_the_sweeper_records_what_a_dead_process_could_not(engine: Engine):
    card = await engine.create()
    with pytest.raises(Died):
        await engine.dying_gateway().send(card.identity.id, a_command(START, key="k"))
    assert await engine.stored(card) == card

    assert await engine.sweeper.sweep(older_than=timedelta(0)) == 1
    assert await engine.sweeper.sweep(older_than=timedelta(0)) == 0

    assert (await engine.stored(card)).stay.phase == "doing"
    again = await engine.does(card, START, key="k")
    assert again.card == await engine.stored(card)
    assert len(await engine.history(card)) == again.card.version


async def test_the_sweeper_records_cards_whose_creator_died(engine: Engine):
    with pytest.raises(Died):
        await engine.dying_gateway().create(
            ERRANDS, key=a_key("k"), actor=user("ana"), values={FieldId("what"): "Buy milk"}
        )

    assert await engine.sweeper.sweep(older_than=timedelta(0)) == 1

    card = await engine.create("Buy milk", key="k")
    assert card.identity.key == "ERR-1"
    assert await engine.stored(card) == card


async def test_the_next_command_records_what_the_last_one_could_not(engine: Engine):
    card = await engine.create()
    with pytest.raises(Died):
        await engine.dying_gateway().send(card.identity.id, a_command(START))

    after = await engine.does(card, AddComment(text="and on"))

    assert await engine.stored(card) == after.card
    assert len(await engine.history(card)) == after.card.version


async def test_a_command_that_depends_on_what_nobody_has_recorded_has_it_recorded_first(
    engine: Engine,
):
    card = await engine.create()
    with pytest.raises(Died):
        await engine.dying_gateway().send(
            card.identity.id, a_command(HoldCard(reason="The shop is closed"), key="held")
        )

    resumed = await engine.does(card, ResumeCard())  # How much time is left follows from the hold.

    assert resumed.card.life.hold is None
    assert len(await engine.history(card)) == resumed.card.version
    async with engine.database.reading() as connection:
        held = await intents.read(connection, CommandKey("held"))
    assert held is not None
    assert held.state == "answered"


async def test_the_same_command_again_is_answered_by_the_card(engine: Engine):
    card = await engine.create()
    with pytest.raises(Died):
        await engine.dying_gateway().send(card.identity.id, a_command(START, key="k"))

    again = await engine.does(card, START, key="k")

    assert {event.body.kind for event in again.events} == {"card.moved", "clock.stopped"}
    assert await engine.stored(card) == again.card


async def test_a_command_that_never_arrived_is_marked_so_and_may_come_again(engine: Engine):
    card = await engine.create()
    hour_ago = engine.clock() - timedelta(hours=1)
    async with engine.database.writing() as connection:
        await intents.begin(
            connection,
            key=CommandKey("lost"),
            card=card.identity.id,
            body_hash="dead",
            now=hour_ago,
        )

    assert await engine.sweeper.sweep() == 1

    async with engine.database.reading() as connection:
        intent = await intents.read(connection, CommandKey("lost"))
    assert intent is not None
    assert intent.state == "lost"
