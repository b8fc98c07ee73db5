"""What is counted: commands by what came of them, events once, clocks by how late they were."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from engine.core.actors import ENGINE
from engine.core.clock_events import SlaBreached
from engine.core.commands import ClockId, CommandKey, MoveCard
from engine.core.events import Event
from engine.runtime.metrics import command_measured, count_recorded
from pipes.identifiers import TransitionId
from tests.engine.running import Engine

DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_commands_are_counted_by_what_came_of_them(engine: Engine):
    def counted(kind: str, outcome: str) -> float:
        return value("phaseline_commands_total", kind=kind, outcome=outcome)

    before = counted("create_card", "accepted"), counted("move_card", "rejected")
    moved = value("phaseline_events_recorded_total", type="card.moved")
    card = await engine.create()
    await engine.send(card, MoveCard(transition=TransitionId("finish")))
    await engine.does(card, MoveCard(transition=TransitionId("start")))

    assert counted("create_card", "accepted") == before[0] + 1
    assert counted("move_card", "rejected") == before[1] + 1
    assert value("phaseline_events_recorded_total", type="card.moved") == moved + 1


def test_a_command_that_fails_is_counted_by_its_failure():
    before = value("phaseline_commands_total", kind="k", outcome="LookupError")
    with pytest.raises(LookupError), command_measured("k"):
        raise LookupError

    assert value("phaseline_commands_total", kind="k", outcome="LookupError") == before + 1


def test_lateness_is_counted_from_the_instant_that_was_due():
    before = value("phaseline_clock_lateness_seconds_sum")
    breach = Event(
        sequence=7,
        at=DUE + timedelta(seconds=3),
        actor=ENGINE,
        command=CommandKey("k"),
        body=SlaBreached(clock=ClockId("phase:todo"), deadline=DUE),
    )
    count_recorded([breach], now=DUE + timedelta(seconds=4))

    assert value("phaseline_clock_lateness_seconds_sum") - before == pytest.approx(3)
