"""Automations' runs go on after Temporal has lost them, and do nothing twice."""

from dataclasses import replace

import pytest
from sqlalchemy import delete
from temporalio.testing import ActivityEnvironment

from engine.core.actors import ENGINE, Actor
from engine.core.automations import StepElsewhere
from engine.core.commands import Cause, Command, CommandKey, RunActions
from engine.core.effects import (
    EffectOrder,
    RunAutomations,
    RunOrder,
    resumed,
    run_orders,
    step_id,
)
from engine.gateway import Accepted
from engine.operating.lost_runs import LostRuns
from engine.store import outbox, runs
from engine.store.outbox import Waiting
from engine.store.runs import Run
from engine.store.tables import effects
from engine.workflows.effects import EffectWorkflow, effect_workflow_id
from engine.workflows.errands import SendStep
from pipes.identifiers import AutomationId, Instant
from tests.engine.automating import Automated, a_goal, a_task
from tests.engine.running import Engine
from tests.servers.receiver import Reply, a_receiver

PLAN = {
    "id": "plan",
    "on": "card.created",
    "do": [
        {"comment": "Said once"},
        {"create_card": {"pipe": "tasks", "fields": {"what": "Lay rails"}, "connect": "tasks"}},
        {"label": "planned"},
    ],
}


@pytest.fixture
async def house(engine: Engine) -> Automated:
    """Without a relay: nobody hands anything over."""
    house = Automated(engine)
    await house.publishes(a_task(), a_goal(automations=[PLAN]))
    return house


@pytest.fixture
def lost(engine: Engine) -> LostRuns:
    return LostRuns(engine.database, engine.client, engine.task_queue, engine.clock)


async def begun(engine: Engine, *, at: Instant | None = None) -> tuple[EffectOrder, RunOrder]:
    """The only order, as if a workflow had taken it over and begun its run."""
    async with engine.database.writing() as connection:
        found = await outbox.first(connection, limit=10)
        (order,) = (
            each.order
            for each in found
            if isinstance(each, Waiting) and isinstance(each.order.effect, RunAutomations)
        )
        assert isinstance(order.effect, RunAutomations)
        (run,) = run_orders(order, order.effect)
        await connection.execute(delete(effects))
        await runs.begin(connection, "goals", run, at=at or engine.clock())
    return order, run


async def read(engine: Engine, run: str) -> Run:
    async with engine.database.reading() as connection:
        found = await runs.read(connection, run)
    assert found is not None
    return found


async def test_a_run_that_temporal_has_lost_goes_on_and_does_nothing_twice(
    house: Automated, lost: LostRuns
):
    goal = await house.creates("goals", name="Trains")
    _, run = await begun(house.engine)
    first = RunActions(automation=run.automation, first=0, end=1, by=run.by)
    taken = await house.engine.gateway.send(
        goal.identity.id,
        Command(
            key=CommandKey(f"{run.id}:0"),
            actor=Actor(kind="automation", id=run.automation),
            wish=first,
            chain=run.chain,
        ),
    )
    assert isinstance(taken, Accepted)

    assert await lost.take_up() == 1

    await house.until_ran(goal, "done")
    told = [event.body.kind for event in await house.history(goal)]
    assert told.count("comment.added") == 1
    assert (await house.engine.stored(goal)).work.labels == ("planned",)
    assert await house.card("TASK-1") is not None
    assert await house.card("TASK-2") is None
    assert await lost.take_up() == 0


async def test_a_run_that_goes_on_is_left_alone_and_one_that_was_ended_has_failed(
    house: Automated, lost: LostRuns
):
    await house.creates("goals", name="Trains")
    order, run = await begun(house.engine)
    handle = await house.engine.client.start_workflow(
        EffectWorkflow.run, order, id=effect_workflow_id(order), task_queue="nobody works here"
    )

    assert await lost.take_up() == 0
    assert (await read(house.engine, run.id)).state == "running"

    async with house.engine.database.writing() as connection:
        again = house.engine.clock()
        await runs.note_failed_try(connection, run.id, tries=1, reasons=("No.",), next_try_at=again)
    await handle.terminate("by an operator")
    assert await lost.take_up() == 0
    ended = await read(house.engine, run.id)
    assert (ended.state, ended.failed_step, ended.next_try_at) == ("failed", 0, None)
    assert ended.reasons != ()


async def test_a_request_that_is_sent_already_is_waited_for_and_not_sent_twice(
    house: Automated, lost: LostRuns
):
    answer = Reply(status=200, body=b'{"name": "Ada"}', after_seconds=1.5)
    async with a_receiver(lambda _: answer) as receiver:
        ask = {"http": {"url": receiver.url, "method": "GET", "store": {"name": "/name"}}}
        await house.publishes(a_goal(automations=[{**PLAN, "do": [ask, {"label": "asked"}]}]))
        goal = await house.creates("goals", name="Trains")
        _, run = await begun(house.engine)
        step = SendStep(id=step_id(run, 0), order=run, step=StepElsewhere(index=0))
        await ActivityEnvironment().run(house.engine.outgoing.courier.ask, step)
        assert await house.engine.deliveries.take_up() == 1

        assert await lost.take_up() == 1

        await house.until(goal, labels=("asked",), name="Ada")
        await house.until_ran(goal, "done")
    assert len(receiver.received) == 1


async def test_what_began_so_long_ago_that_it_could_be_done_twice_has_failed(
    house: Automated, lost: LostRuns
):
    await house.creates("goals", name="Trains")
    now = house.engine.clock()
    _, run = await begun(house.engine, at=now.replace(year=now.year - 1))

    assert await lost.take_up() == 0
    assert (await read(house.engine, run.id)).state == "failed"


async def test_a_time_of_a_schedule_that_was_lost_has_failed(house: Automated, lost: LostRuns):
    await house.creates("goals", name="Trains")
    _, run = await begun(house.engine)
    timed = replace(run, id="goals/2026-11-26T09:00:00Z/plan", card=None)
    async with house.engine.database.writing() as connection:
        await runs.end(
            connection, run.id, done=(), reasons=(), failed_step=None, at=house.engine.clock()
        )
        await runs.begin(connection, "goals", timed, at=house.engine.clock())

    assert await lost.take_up() == 0
    assert (await read(house.engine, timed.id)).state == "failed"
    assert (await read(house.engine, run.id)).state == "done"


@pytest.mark.parametrize("occasion", ["", "again-1", "2026-11-26T09:00:00Z"])
@pytest.mark.parametrize("first_step", [0, 2])
def test_what_is_resumed_is_what_it_began_with(occasion: str, first_step: int):
    effect = RunAutomations(
        automations=(AutomationId("plan"), AutomationId("tell")),
        card_key="GOAL-1",
        event="card.moved",
        by=ENGINE,
        chain=(Cause(card="TASK-1", event=3, through=AutomationId("first")),),
        first_step=first_step,
    )
    order = EffectOrder(card="c1", sequence=7, position=2, effect=effect, occasion=occasion)

    assert resumed(run_orders(order, effect)) == (order,)
