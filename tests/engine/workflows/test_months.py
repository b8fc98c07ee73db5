"""Months pass: every moment of a clock comes once and on time, whatever lies between."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pytest
from temporalio.testing import WorkflowEnvironment

from engine.core.card import Card
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    HoldCard,
    MoveCard,
    ResumeCard,
)
from engine.core.events import Event
from engine.gateway import Cards
from pipes.identifiers import TransitionId
from tests.engine.months import Months, months

BERLIN = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = time(9), time(17)
ON_TIME = timedelta(seconds=5)
DAY = timedelta(days=1)


def a_pipe(**phase: Any) -> dict[str, Any]:
    return {
        "id": "watched",
        "name": "Watched",
        "card": {"noun": "thing", "key": "THI", "title": "what"},
        "teams": {"desk": "Desk", "plant": "Plant"},
        "calendars": {
            "office": {
                "timezone": "Europe/Berlin",
                "hours": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
                "holidays": {"country": "DE", "subdivision": "BE"},
            }
        },
        "fields": {"what": {"type": "short_text", "label": "What"}},
        "start": {"phase": "open", "form": ["what"]},
        "phases": [
            {"id": "open", "name": "Open", "team": "desk", **phase},
            {"id": "waiting", "name": "Waiting", "team": "desk"},
            {"id": "done", "name": "Done", "final": "done"},
        ],
        "transitions": [
            {"id": "wait", "from": "open", "to": "waiting", "label": "Wait"},
            {"id": "finish", "from": "waiting", "to": "done", "label": "Finish"},
        ],
    }


SLA = {
    "target": "30d",
    "calendar": "office",
    "warn": ["50%", "-5d"],
    "escalate": [
        {"at": "0m", "notify": ["assignees"]},
        {"at": "+2d", "do": [{"label": "late"}], "repeat": {"every": "1d", "times": 2}},
    ],
}


def office_days(begin: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The hours of the office from an instant on, counted out day by day."""
    closed = holidays.country_holidays("DE", subdiv="BE")
    day = begin.astimezone(BERLIN).date()
    while True:
        if day.weekday() < 5 and day not in closed:
            opens = datetime.combine(day, OPENS, BERLIN).astimezone(UTC)
            closes = datetime.combine(day, CLOSES, BERLIN).astimezone(UTC)
            if closes > begin:
                yield max(opens, begin), closes
        day += timedelta(days=1)


def after_working(begin: datetime, days: float) -> datetime:
    """When so many days of eight hours have been worked."""
    left = timedelta(hours=8 * days)
    for opens, closes in office_days(begin):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise AssertionError("There is always another day.")


def before_the_clocks_change(now: datetime) -> datetime:
    """Two weeks before the next change between summer and winter time."""
    day = now + timedelta(days=15)
    while day.astimezone(BERLIN).utcoffset() == (day + DAY).astimezone(BERLIN).utcoffset():
        day += DAY
    return day - timedelta(days=14)


def moments(history: tuple[Event, ...]) -> list[tuple[str, datetime]]:
    return [(event.body.kind, event.at) for event in history if event.body.kind.startswith("sla.")]


def come_on_time(found: list[tuple[str, datetime]], due: list[tuple[str, datetime]]) -> None:
    assert [kind for kind, _ in found] == [kind for kind, _ in due]
    for (kind, at), (_, moment) in zip(found, due, strict=True):
        assert timedelta(0) <= at - moment <= ON_TIME, (kind, at, moment)


def worked(begin: datetime, end: datetime) -> float:
    """How many days of eight hours have been worked between two instants."""
    spans = takewhile(lambda span: span[0] < end, office_days(begin))
    return sum((min(closes, end) - opens for opens, closes in spans), timedelta(0)) / (DAY / 3)


def everything(begin: datetime, done: float = 0) -> list[tuple[str, datetime]]:
    """All that the clock does, and when, if so many of its days are used at the beginning."""
    return [
        (kind, after_working(begin, days - done))
        for kind, days in (
            ("sla.warning", 15),
            ("sla.warning", 25),
            ("sla.breached", 30),
            ("sla.escalated", 30),
            ("sla.escalated", 32),
            ("sla.escalated", 33),
            ("sla.escalated", 34),
        )
    ]


async def in_two_weeks_clocks_change(world: Months) -> Card:
    pipe = await world.publish(a_pipe(sla=SLA))
    await world.time.passes(before_the_clocks_change(world.now) - world.now)
    return await world.create(pipe, what="Licence")


async def test_thirty_working_days_with_holidays_and_a_change_of_clocks(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        card = await in_two_weeks_clocks_change(world)
        await world.passes(card, timedelta(days=120))

        history = await world.engine.history(card)

        come_on_time(moments(history), everything(card.identity.created_at))
        assert (await world.engine.stored(card)).work.labels == ("late",)
        assert not any(getattr(event.body, "late", False) for event in history)
        begin, end = history[0].at.astimezone(BERLIN), history[-1].at.astimezone(BERLIN)
        assert begin.utcoffset() != end.utcoffset()


async def test_a_month_on_hold_moves_everything_by_the_working_time_that_was_left(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        card = await in_two_weeks_clocks_change(world)
        await world.passes(card, timedelta(days=7))
        held = await world.does(card, "ana", HoldCard(reason="The authority is closed"))
        await world.passes(card, timedelta(days=40))
        assert moments(await world.engine.history(card)) == []
        resumed = await world.does(card, "ana", ResumeCard())
        await world.passes(card, timedelta(days=150))

        done = worked(card.identity.created_at, held.updated_at)
        come_on_time(
            moments(await world.engine.history(card)), everything(resumed.updated_at, done)
        )


async def test_a_timer_that_comes_before_its_card_is_due_is_set_anew(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    """It was for the clock of a phase that the card has left since."""
    document = a_pipe(sla={"target": "10d", "escalate": [{"at": "0m", "do": [{"label": "late"}]}]})
    document["phases"][1]["sla"] = {"target": "30d", "warn": ["-5d"]}
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        card = await world.create(await world.publish(document), what="Lease")
        await world.passes(card, DAY)
        moved = await world.does(card, "ana", MoveCard(transition=TransitionId("wait")))
        await world.passes(card, timedelta(days=40))

        begin = moved.updated_at
        due = [("sla.warning", begin + 25 * DAY), ("sla.breached", begin + 30 * DAY)]
        come_on_time(moments(await world.engine.history(card)), due)
        assert (await world.engine.stored(card)).work.labels == ()


async def test_a_card_that_nothing_happened_to_for_years_still_keeps_its_time(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    """It goes on in new runs meanwhile."""
    patient = {"target": "900d", "escalate": [{"at": "+100d", "do": [{"priority": "urgent"}]}]}
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        pipe = await world.publish(a_pipe(sla=patient))
        card = await world.create(pipe, what="Lease")
        await world.passes(card, timedelta(days=899))
        assert moments(await world.engine.history(card)) == []
        await world.passes(card, timedelta(days=200))

        begin = card.identity.created_at
        due = [("sla.breached", begin + 900 * DAY), ("sla.escalated", begin + 1000 * DAY)]
        come_on_time(moments(await world.engine.history(card)), due)


async def test_a_card_without_clocks_looks_after_itself_and_answers_years_later(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        card = await world.create(await world.publish(a_pipe()), what="Lease")
        await world.passes(card, timedelta(days=800))
        moved = await world.does(card, "ana", MoveCard(transition=TransitionId("wait")))
        assert moved.version == len(await world.engine.history(card))


async def test_leads_are_reminded_each_working_day_until_somebody_accepts(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    document = a_pipe()
    document["phases"][1] = {
        "id": "waiting",
        "name": "Waiting",
        "team": "plant",
        "handoff": {"accept_within": "1d"},
        "sla": {"target": "60d", "calendar": "office"},
    }
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        card = await world.create(await world.publish(document), what="Licence")
        moved = await world.does(card, "ana", MoveCard(transition=TransitionId("wait")))
        await world.passes(card, timedelta(days=60))
        reminded = [
            event.at
            for event in await world.engine.history(card)
            if event.body.kind == "handoff.overdue"
        ]
        assert len(reminded) > 30
        for number, at in enumerate(reminded, start=1):
            late = at - after_working(moved.updated_at, number)
            assert timedelta(0) <= late <= ON_TIME * number

        await world.does(card, "ana", AcceptHandoff())
        await world.passes(card, timedelta(days=30))
        kinds = [event.body.kind for event in await world.engine.history(card)]
        assert kinds.count("handoff.overdue") == len(reminded)


@pytest.mark.parametrize(
    ("on_deadline", "phase", "happened"),
    [
        ("approve", "waiting", "approval.approved"),
        ("reject", "open", "approval.rejected"),
        ("escalate", "open", "approval.escalated"),
    ],
)
async def test_when_nobody_decides_for_weeks_the_deadline_does(
    time_skipping: WorkflowEnvironment,
    tmp_path: Path,
    on_deadline: str,
    phase: str,
    happened: str,
):
    document = a_pipe(sla={"target": "90d", "calendar": "office"})
    stage = {"id": "board", "by": ["user:bo"], "deadline": "20d", "on_deadline": on_deadline}
    document["transitions"][0]["approval"] = {"stages": [{**stage, "escalate_to": ["creator"]}]}
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        card = await world.create(await world.publish(document), what="Licence")
        asked = await world.does(card, "ana", MoveCard(transition=TransitionId("wait")))
        await world.passes(card, timedelta(days=45))

        history = await world.engine.history(card)
        came = next(event for event in history if event.body.kind == happened)
        due = after_working(asked.updated_at, 20)
        assert timedelta(0) <= came.at - due <= ON_TIME
        assert (await world.engine.stored(card)).stay.phase == phase
        if on_deadline == "escalate":
            moved = await world.does(card, "ana", ApproveRequest())
            assert moved.stay.phase == "waiting"


async def test_a_card_for_which_nobody_does_what_is_due_does_it_by_itself(
    time_skipping: WorkflowEnvironment, tmp_path: Path
):
    async with months(time_skipping, tmp_path) as world, world.engine.worker():
        pipe = await world.publish(a_pipe(sla={"target": "10d"}))
        cards = Cards(
            world.engine.client, world.engine.task_queue, patience=lambda _card: 2 * ON_TIME
        )
        gateway = world.engine.a_gateway(cards=cards)
        card = await world.create(pipe, what="Lease", gateway=gateway)
        deadline = card.identity.created_at + 10 * DAY

        await world.passes(card, 11 * DAY)

        ((kind, at),) = moments(await world.engine.history(card))
        assert kind == "sla.breached"
        assert deadline + 2 * ON_TIME <= at <= deadline + 3 * ON_TIME
