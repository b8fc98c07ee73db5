"""Steps of automations that are done again, as after a death before their end was heard of."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from engine.core.actors import user
from engine.core.automations import StepElsewhere, StepOnCard
from engine.core.card import Card
from engine.core.effects import EffectOrder, RunAutomations, RunOrder, run_orders, step_id
from engine.gateway import Definitions
from engine.store import deliveries
from engine.store.deliveries import Wanted
from engine.workflows.errands import (
    CardStep,
    CreateErrand,
    CreateStep,
    OtherStep,
    SendStep,
    WriteErrand,
    WriteStep,
)
from pipes.identifiers import AutomationId, FieldId
from tests.engine.automating import Automated, a_goal, a_task, automated
from tests.engine.running import BRIEFLY, Engine
from tests.servers.receiver import a_receiver
from workers.automating import CardAutomator

PLAN = AutomationId("plan")


@pytest.fixture
async def house(engine: Engine) -> AsyncIterator[Automated]:
    async with automated(engine) as house:
        yield house


def automator_of(house: Automated) -> CardAutomator:
    engine = house.engine
    return CardAutomator(engine.database, Definitions(), engine.gateway, BRIEFLY)


async def a_planned_goal(house: Automated, *do: dict[str, Any]) -> tuple[Card, RunOrder]:
    """A goal with a task, and the order to run the automation that does this to it; it has not
    been run.
    """
    plan = {"id": PLAN, "on": "button", "label": "Plan", "do": list(do)}
    await house.publishes(a_task(), a_goal(automations=[plan]))
    task = await house.creates("tasks", what="Rails")
    goal = await house.creates("goals", name="Trains", tasks=[task.identity.key])
    effect = RunAutomations(
        automations=(PLAN,), card_key=goal.identity.key, event="button.pressed", by=user("ana")
    )
    order = EffectOrder(card=goal.identity.id, sequence=1, position=0, effect=effect)
    (run,) = run_orders(order, effect)
    return goal, run


async def test_what_is_done_to_the_card_is_done_once(house: Automated):
    goal, run = await a_planned_goal(house, {"comment": "Planned"}, {"label": "planned"})
    step = CardStep(order=run, step=StepOnCard(first=0, end=2))
    automator = automator_of(house)

    told = [await ActivityEnvironment().run(automator.act, step) for _ in range(2)]

    assert told == ["writes a comment, adds the label “planned”"] * 2
    kinds = [event.body.kind for event in await house.history(goal)]
    assert kinds == ["card.created", "comment.added", "card.labelled"]


async def test_a_card_is_created_and_connected_once(house: Automated):
    task = {"pipe": "tasks", "fields": {"what": {"var": "fields.name"}}, "connect": "tasks"}
    goal, run = await a_planned_goal(house, {"create_card": task})
    automator, step = automator_of(house), StepElsewhere(index=0)
    errand = await ActivityEnvironment().run(automator.work_out, OtherStep(order=run, step=step))
    assert isinstance(errand, CreateErrand)
    create = CreateStep(order=run, step=step, errand=errand)

    told = [await ActivityEnvironment().run(automator.create, create) for _ in range(2)]

    assert told == ["created TASK-2"] * 2
    assert await house.card("TASK-3") is None
    assert (await house.engine.stored(goal)).values[FieldId("tasks")] == ["TASK-1", "TASK-2"]
    assert len(await house.history(goal)) == 2


async def test_connected_cards_are_written_once(house: Automated):
    write = {"update_connected": {"connection": "tasks", "fields": {"effort": 5}}}
    _, run = await a_planned_goal(house, write)
    automator, step = automator_of(house), StepElsewhere(index=0)
    errand = await ActivityEnvironment().run(automator.work_out, OtherStep(order=run, step=step))
    assert isinstance(errand, WriteErrand)
    (card,) = errand.cards
    write_step = WriteStep(order=run, step=step, card=card, values=errand.values)

    for _ in range(2):
        await ActivityEnvironment().run(automator.write, write_step)

    task = await house.card("TASK-1")
    assert task is not None
    kinds = [event.body.kind for event in await house.history(task)]
    assert kinds == ["card.created", "field.changed"]


async def test_what_leaves_has_the_same_id_however_often_it_is_begun(house: Automated):
    async with a_receiver() as receiver:
        mail = {"to": ["eve@example.com"], "subject": "x", "body": "{{ card.key }}"}
        sends = (
            {"email": mail},
            {"webhook": {"url": receiver.url}},
            {"http": {"url": receiver.url}},
        )
        _, run = await a_planned_goal(house, *sends)
        courier = house.engine.outgoing.courier
        for index, do in enumerate((courier.send_off, courier.send_off, courier.ask)):
            step = SendStep(id=step_id(run, index), order=run, step=StepElsewhere(index=index))
            for _ in range(2):
                await ActivityEnvironment().run(do, step)

    async with house.engine.database.reading() as connection:
        found = await deliveries.listed(connection, Wanted(), limit=9)
    assert sorted(each.kind for each in found) == ["email", "http", "webhook"]
