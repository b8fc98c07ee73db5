"""The card as a workflow: over new runs, restarts, its end and its waking, and in time."""

import asyncio
from pathlib import Path

from temporalio.client import Client

from engine.core.commands import AddComment, EditCard, MoveCard, ReopenCard
from engine.core.reasons import ReasonCode
from engine.gateway import Rejected
from engine.gateway.cards import workflow_id
from engine.workflows.messages import Limits
from pipes.identifiers import FieldId, PhaseId, TransitionId
from tests.engine.running import Engine, an_engine, eventually_so

START = MoveCard(transition=TransitionId("start"))
BACK = MoveCard(transition=TransitionId("back"))
FINISH = MoveCard(transition=TransitionId("finish"))


async def runs_of(engine: Engine, card_id: str) -> int:
    query = f'WorkflowId = "{workflow_id(card_id)}"'
    return (await engine.client.count_workflows(query)).count


async def test_a_storm_of_commands_over_many_runs_leaves_no_gap_and_no_repeat(
    engine_client: Client, tmp_path: Path
):
    few = Limits(events=100, commands=5)
    async with an_engine(engine_client, tmp_path, limits=few) as engine, engine.worker():
        card = await engine.create()

        async def comments(person: int) -> list[int]:
            return [
                (await engine.does(card, AddComment(text=f"{person}: {number}"))).card.version
                for number in range(10)
            ]

        told = await asyncio.gather(*(comments(person) for person in range(6)))

        versions = sorted(version for versions in told for version in versions)
        assert versions == list(range(card.version + 1, card.version + 61))
        assert len(await engine.history(card)) == card.version + 60

        async def has_many_runs() -> bool:
            return await runs_of(engine, card.identity.id) >= 10

        await eventually_so(has_many_runs)
        await engine.replay(card)


async def test_a_key_is_known_in_later_runs(engine_client: Client, tmp_path: Path):
    async with (
        an_engine(engine_client, tmp_path, limits=Limits(commands=2)) as engine,
        engine.worker(),
    ):
        card = await engine.create()
        first = await engine.does(card, START, key="once")
        for number in range(5):
            await engine.does(card, AddComment(text=str(number)))

        answer = await engine.cards.answer(card.identity.id, first.events[0].command)

        assert answer is not None
        assert (answer.deed.first, answer.deed.last) == (
            first.events[0].sequence,
            first.events[-1].sequence,
        )


async def test_a_command_sent_while_no_worker_runs_is_not_lost(
    engine_client: Client, tmp_path: Path
):
    """temporalio/sdk-python#848: an update that arrives with the first task of another worker."""
    async with an_engine(engine_client, tmp_path) as engine:
        async with engine.worker():
            card = await engine.create()
        sending = asyncio.create_task(engine.does(card, START))
        async with engine.worker():
            moved = await sending
        async with engine.worker():
            report = await engine.report(card)

        assert report.card == moved.card == await engine.stored(card)


async def test_a_finished_card_ends_once_all_is_recorded_and_wakes_when_asked(
    engine_client: Client, tmp_path: Path
):
    async with an_engine(engine_client, tmp_path) as engine, engine.worker():
        card = await engine.create()
        await engine.does(card, START)
        done = await engine.does(card, FINISH, key="finish")
        await engine.until_ended(card)

        commented = await engine.does(card, AddComment(text="Well done"))
        again = await engine.does(card, FINISH, key="finish")
        reopened = await engine.does(card, ReopenCard(reason="Not quite", to=PhaseId("doing")))

        assert commented.card.version == done.card.version + 1
        assert again == done
        assert reopened.card.life.status == "open"
        assert len(await engine.history(card)) == reopened.card.version
        await engine.replay(card)


async def test_a_command_that_wakes_a_card_may_be_refused(engine: Engine):
    card = await engine.create()
    await engine.does(card, START)
    await engine.does(card, FINISH)
    await engine.until_ended(card)

    outcome = await engine.send(card, START)

    assert isinstance(outcome, Rejected)
    assert [reason.code for reason in outcome.reasons] == [ReasonCode.CARD_FINISHED]


async def test_the_key_of_a_command_before_the_end_is_known_after_it(engine: Engine):
    card = await engine.create(key="created")
    await engine.does(card, START)
    done = await engine.does(card, FINISH, key="finish")
    await engine.until_ended(card)
    await engine.does(card, AddComment(text="Well done"))

    answer = await engine.cards.answer(card.identity.id, done.events[0].command)

    assert answer is not None
    assert answer.deed.last == done.card.version


async def test_a_card_that_would_grow_too_large_is_refused(engine: Engine):
    card = await engine.create()

    longest = {FieldId(name): "x" * 100_000 for name in ("notes", "background", "findings")}
    outcome = await engine.send(card, EditCard(values=longest))

    assert isinstance(outcome, Rejected)
    assert ReasonCode.CARD_TOO_LARGE in [reason.code for reason in outcome.reasons]


async def test_every_run_begins_with_a_timer(engine: Engine):
    """Its first task emits a command, so that no update can be merged with the beginning."""
    card = await engine.create()

    handle = engine.client.get_workflow_handle(workflow_id(card.identity.id))
    kinds = [event.WhichOneof("attributes") for event in (await handle.fetch_history()).events]

    assert "timer_started_event_attributes" in kinds


async def test_a_move_that_makes_nothing_due_sooner_costs_five_events_of_history(engine: Engine):
    """The update's two and its task's three: the timer that runs is left to run."""
    card = await engine.create()
    before = await engine.length(card)

    for wish in (START, BACK, START, BACK):
        await engine.does(card, wish)

    assert (await engine.length(card) - before) / 4 <= 5
