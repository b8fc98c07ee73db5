"""Automations as they run: steps in order, across pipes, refused, run again, stopped, in time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import Schedule, ScheduleActionStartWorkflow, ScheduleSpec
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from engine.core.commands import EditCard, LinkCards, MoveCard
from engine.gateway import Definitions, utc_now
from engine.gateway.sweeping import Sweeper
from engine.reckoning import next_coming
from engine.store import runs
from engine.store.tables import notices
from engine.workflows.errands import ScheduledRun, TimetableEntry
from engine.workflows.scheduled import ScheduledWorkflow
from pipes.identifiers import AutomationId, FieldId, PipeId, TransitionId
from tests.engine.automating import Automated, a_goal, a_task, automated
from tests.engine.running import BRIEFLY, Engine, eventually_so
from workers.scheduling import Schedules
from workers.timetable import CardTimetable

FINISH = MoveCard(transition=TransitionId("finish"))


@pytest.fixture
async def house(engine: Engine) -> AsyncIterator[Automated]:
    async with automated(engine) as house:
        yield house


def set_to(**values: Any) -> EditCard:
    return EditCard(values={FieldId(name): value for name, value in values.items()})


async def test_the_steps_of_an_automation_are_done_in_order_and_told(house: Automated):
    do = [
        {"label": "planned"},
        {
            "create_card": {
                "pipe": "tasks",
                "fields": {"what": {"var": "fields.name"}, "effort": 3},
                "connect": "tasks",
            }
        },
        {"update_connected": {"connection": "tasks", "fields": {"effort": 5}}},
        {"comment": "{{ fields.name | upper }}{% for t in fields.tasks %}: {{ t }}{% endfor %}"},
    ]
    await house.publishes(
        a_task(), a_goal(automations=[{"id": "plan", "on": "card.created", "do": do}])
    )

    goal = await house.creates("goals", name="Trains")

    (run,) = await house.until_ran(goal, "done")
    task = await house.card("TASK-1")
    assert task is not None
    assert task.values == {"what": "Trains", "effort": 5}
    goal = await house.until(goal, tasks=["TASK-1"], labels=("planned",), effort=5)
    history = await house.history(goal)
    comments = [event for event in history if event.body.kind == "comment.added"]
    assert [event.body.text for event in comments] == ["TRAINS: TASK-1"]  # type: ignore[union-attr]
    assert (comments[0].actor.kind, comments[0].actor.id) == ("automation", "plan")
    assert [(cause.card, cause.event, cause.through) for cause in comments[0].chain] == [
        ("GOAL-1", 1, "plan")
    ]
    assert run.done == (
        "adds the label “planned”",
        "created TASK-1",
        "wrote Effort of 1 connected card",
        "writes a comment",
    )
    assert (run.order.event, run.order.sequence) == ("card.created", 1)


async def test_what_is_refused_is_tried_again_then_shown_and_can_be_run_again(house: Automated):
    do = [
        {"label": "tried"},
        {"create_card": {"pipe": "tasks", "fields": {"effort": {"var": "fields.count"}}}},
    ]
    other = {"id": "other", "on": "card.created", "do": [{"label": "other"}]}
    await house.publishes(
        a_task(),
        a_goal(automations=[{"id": "plan", "on": "card.created", "do": do}, other]),
    )

    goal = await house.creates("goals", name="Trains")

    run, _ = await house.until_ran(goal, "failed", "done")
    assert (run.failed_step, run.tries, run.next_try_at) == (1, BRIEFLY.tries, None)
    assert run.reasons == ("What is needed.",)
    assert run.done == ("adds the label “tried”",)
    refusals = [e for e in await house.history(goal) if e.body.kind == "action.refused"]
    assert len(refusals) == 1

    async def admins_know() -> bool:
        async with house.engine.database.reading() as connection:
            rows = await connection.execute(select(notices.c.user, notices.c.kind))
            return ("ana", "failed") in {(row.user, row.kind) for row in rows}

    await eventually_so(admins_know)


async def test_a_chain_that_never_ends_is_stopped_with_its_story(house: Automated):
    count = {"+": [{"var": "fields.count"}, 1]}
    endless = {
        "id": "endless",
        "on": "field.changed",
        "fields": ["count"],
        "if": {"<": [{"var": "fields.count"}, 1000]},  # That it ends so late is nobody's wish.
        "do": [{"set": {"count": count}}],
    }
    await house.publishes(a_task(), a_goal(automations=[endless]))
    goal = await house.creates("goals", name="Trains", count=0)
    await house.does(goal, set_to(count=1))

    *_, last = await house.until_ran(goal, *["done"] * 16, "failed")

    assert "GOAL-1 “Endless” → GOAL-1 “Endless”" in last.reasons[0]
    stored = await house.engine.stored(goal)
    assert stored.values[FieldId("count")] == 17


async def test_parents_move_when_their_last_child_is_done_though_they_run_other_versions(
    house: Automated,
):
    reach = a_goal()["transitions"][0] | {"automatic": True}
    some = {"if": {">": [{"count": [{"var": "children.tasks"}]}, 0]}}
    automatic = [reach | {"when": [*reach["when"], some]}]
    await house.publishes(a_task(), a_goal(transitions=automatic))
    goal = await house.creates("goals", name="Trains")
    await house.publishes(a_task(name="Chores"))
    tasks = [await house.creates("tasks", what=f"Task {number}", effort=2) for number in range(3)]
    keys = tuple(task.identity.key for task in tasks)
    await house.does(goal, LinkCards(connection=FieldId("tasks"), cards=keys))

    for task in tasks:
        await house.does(task, FINISH)

    goal = await house.until(goal, phase="reached", effort=6)
    moves = [event for event in await house.history(goal) if event.body.kind == "card.moved"]
    assert len(moves) == 1
    assert {cause.through for cause in moves[0].chain} == {None}


async def test_cycles_of_connections_do_no_harm(house: Automated):
    """Each goal's effort is rolled up of the other's, and grows with it."""
    fields = a_goal()["fields"] | {
        "tasks": {"type": "connection", "label": "Goals", "pipe": "goals"},
        "effort": {
            "type": "formula",
            "label": "Effort",
            "value": {
                "+": [
                    {"sum": [{"pluck": [{"var": "children.tasks"}, "fields.effort"]}]},
                    {"var": "fields.count"},
                ]
            },
        },
    }
    await house.publishes(a_goal(fields=fields))
    one = await house.creates("goals", name="One", count=1)
    two = await house.creates("goals", name="Two", count=1, tasks=["GOAL-1"])
    await house.does(one, LinkCards(connection=FieldId("tasks"), cards=("GOAL-2",)))

    async def is_stopped() -> bool:
        events = [*await house.history(one), *await house.history(two)]
        return any(event.body.kind == "action.refused" for event in events)

    await eventually_so(is_stopped)
    assert len(await house.history(one)) < 40


async def test_a_schedule_runs_over_the_open_cards_that_it_is_for(house: Automated):
    daily = {
        "id": "daily",
        "on": "schedule",
        "cron": "0 9 * * *",
        "timezone": "America/New_York",
        "if": {">": [{"var": "fields.count"}, 1]},
        "do": [{"label": "counted"}],
    }
    await house.publishes(a_task(), a_goal(automations=[daily]))
    few = await house.creates("goals", name="Few", count=1)
    many = await house.creates("goals", name="Many", count=2)

    entry = TimetableEntry(pipe=PipeId("goals"), automation=AutomationId("daily"))
    await house.engine.client.execute_workflow(
        ScheduledWorkflow.run,
        entry,
        id=f"scheduled-{house.engine.task_queue}",
        task_queue=house.engine.task_queue,
    )

    await house.until(many, labels=("counted",))
    (run,) = await house.until_ran(many, "done")
    assert run.order.event == "schedule"
    assert await house.runs(few) == []


async def test_a_schedule_may_create_cards(house: Automated):
    create = {"create_card": {"pipe": "tasks", "fields": {"what": "Review the goals"}}}
    weekly = {"id": "weekly", "on": "schedule", "cron": "0 9 * * 1", "do": [create]}
    await house.publishes(a_task(), a_goal(automations=[weekly]))

    await house.engine.client.execute_workflow(
        ScheduledWorkflow.run,
        TimetableEntry(pipe=PipeId("goals"), automation=AutomationId("weekly")),
        id=f"scheduled-{house.engine.task_queue}",
        task_queue=house.engine.task_queue,
    )

    task = await house.card("TASK-1")
    assert task is not None
    assert (task.identity.creator.kind, task.identity.creator.id) == ("automation", "weekly")


async def test_a_scheduled_creation_that_is_refused_is_tried_again_before_it_has_failed(
    house: Automated,
):
    create = {"create_card": {"pipe": "tasks", "fields": {"what": "Review the goals"}}}
    weekly = {"id": "weekly", "on": "schedule", "cron": "0 9 * * 1", "do": [create]}
    await house.publishes(a_goal(automations=[weekly]))
    engine = house.engine
    timetable = CardTimetable(engine.database, Definitions(), engine.gateway, BRIEFLY)
    entry = TimetableEntry(pipe=PipeId("goals"), automation=AutomationId("weekly"))

    async def attempt(number: int, at: datetime) -> None:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=number)
        await environment.run(timetable.begin_scheduled, ScheduledRun(entry=entry, at=at))

    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with pytest.raises(ApplicationError) as refused:
        await attempt(1, monday)
    assert not refused.value.non_retryable
    await attempt(BRIEFLY.tries, monday + timedelta(days=7))
    await house.publishes(a_task())
    await attempt(2, monday)

    async with engine.database.reading() as connection:
        found = await runs.of_pipe(
            connection, "goals", automation="weekly", state=None, before=None, limit=9
        )
    assert {(run.state, run.done) for run in found} == {
        ("failed", ()),
        ("done", ("created TASK-1",)),
    }


async def test_schedules_are_kept_as_published_and_follow_daylight_saving(house: Automated):
    def monthly(cron: str) -> dict[str, Any]:
        return a_goal(
            automations=[
                {
                    "id": "monthly",
                    "on": "schedule",
                    "cron": cron,
                    "timezone": "America/New_York",
                    "do": [{"label": "counted"}],
                }
            ]
        )

    engine = house.engine
    schedules = Schedules(engine.database, Definitions(), engine.client, engine.task_queue)
    handle = engine.client.get_schedule_handle(f"{engine.task_queue}/goals/monthly")
    await house.publishes(a_task(), monthly("0 9 1 * *"))

    await schedules.look()

    coming = (await handle.describe()).info.next_action_times
    assert {at.astimezone(UTC).hour for at in coming} == {13, 14}

    await house.publishes(monthly("0 10 1 * *"))
    await schedules.look()

    coming = (await handle.describe()).info.next_action_times
    assert {at.astimezone(UTC).hour for at in coming} == {14, 15}

    await house.publishes(a_goal())
    await schedules.look()

    async def is_gone() -> bool:
        found = [each.id async for each in await engine.client.list_schedules()]
        return not any(name.startswith(engine.task_queue) for name in found)

    await eventually_so(is_gone)


async def test_runs_that_ended_long_ago_are_forgotten(house: Automated):
    label = {"id": "label", "on": "card.created", "do": [{"label": "new"}]}
    await house.publishes(a_task(automations=[label]))
    task = await house.creates("tasks", what="Rails")
    await house.until_ran(task, "done")
    engine = house.engine

    def sweeper(later: timedelta) -> Sweeper:
        return Sweeper(
            engine.database,
            engine.cards,
            Definitions(),
            clock=lambda: utc_now() + later,
            runs_kept=timedelta(days=7),
        )

    await sweeper(timedelta(days=6)).forget()
    assert len(await house.runs(task)) == 1
    await sweeper(timedelta(days=8)).forget()
    assert await house.runs(task) == []


@pytest.mark.parametrize(
    ("cron", "after"),
    [
        ("30 2 * * *", "2027-03-26T12:00:00+00:00"),  # The clock skips 02:30 on the 28th.
        ("0,30 1-3 * * *", "2027-03-27T12:00:00+00:00"),
        ("0 9 * * 0", "2027-03-20T12:00:00+00:00"),
        ("30 2 * * *", "2027-10-29T12:00:00+00:00"),  # And shows it twice on the 31st.
    ],
)
async def test_scenarios_reckon_the_times_of_a_schedule_as_the_server_does(
    engine: Engine, cron: str, after: str
):
    begin = datetime.fromisoformat(after)
    spec = ScheduleSpec(
        cron_expressions=[cron],
        time_zone_name="Europe/Berlin",
        start_at=begin + timedelta(seconds=1),
    )
    action = ScheduleActionStartWorkflow(
        ScheduledWorkflow.run,
        TimetableEntry(pipe=PipeId("goals"), automation=AutomationId("daily")),
        id=f"never-{engine.task_queue}",
        task_queue=engine.task_queue,
    )
    handle = await engine.client.create_schedule(
        f"{engine.task_queue}/{cron}/{after}", Schedule(action=action, spec=spec)
    )
    coming = (await handle.describe()).info.next_action_times
    await handle.delete()

    reckoned = [begin]
    for _ in coming:
        reckoned.append(next_coming(cron, "Europe/Berlin", reckoned[-1]))
    assert reckoned[1:] == [at.astimezone(UTC) for at in coming]
    assert len(coming) == 10
