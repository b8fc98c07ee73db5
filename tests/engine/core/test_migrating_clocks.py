"""What becomes of clocks and timers when a card goes over to another version."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core.commands import (
    ClockId,
    HoldCard,
    ResumeCard,
)
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from tests.builders import (
    MONDAY,
    Course,
    a_life,
    a_phase,
    a_pipe,
    a_way,
)
from tests.engine.core.test_clocks import STEPS, a_pipe_with_sla
from tests.engine.migrations import (
    CONCEPT,
    TO_DESIGN,
    a_plan,
    begun,
    goes_over,
    refused,
    timed,
    told,
)


def with_clock(target: str = "4d", days: float = 1, **sla: Any) -> Course:
    life = a_life(a_pipe_with_sla({"target": target, **sla})).creates("bo", name="Offline mode")
    return life.passes(days=days)


def until(life: Course) -> timedelta:
    return life.it.clocks[CONCEPT].deadline - MONDAY


@pytest.mark.parametrize(
    ("how", "deadline", "started", "said"),
    [
        ("kept", 4, 0, "clock_kept"),
        ("recomputed", 10, 0, "clock_recomputed"),
        ("restarted", 11, 1, "clock_restarted"),
    ],
)
def test_a_clock_is_kept_reckoned_anew_or_started_again(
    how: str, deadline: int, started: int, said: str
):
    life = with_clock()
    assert said in told(life, a_pipe_with_sla({"target": "10d"}), clocks={"phase:concept": how})
    assert until(life) == timedelta(days=deadline)
    assert life.it.clocks[CONCEPT].started_at == MONDAY + timedelta(days=started)


def test_a_clock_that_is_dropped_does_nothing_any_more():
    life = with_clock()
    assert "clock_dropped" in told(life, a_pipe_with_sla({"target": "1d"}), clocks={"*": "dropped"})
    assert life.it.clocks[CONCEPT].state == "dropped"
    life.passes(days=30)
    assert not [event for event in life.history if event.body.kind.startswith("sla.")]


def test_a_clock_that_is_reckoned_anew_may_have_run_out():
    life = with_clock(days=3)
    goes_over(life, a_pipe_with_sla({"target": "2d", "warn": []}), clocks={"*": "recomputed"})
    assert life.passes(hours=0).it.clocks[CONCEPT].state == "breached"


def test_no_step_comes_twice_and_none_that_is_new_comes_for_a_moment_that_has_passed():
    life = with_clock(days=2.5)
    fired = [event.body.kind for event in life.history if event.body.kind == "sla.warning"]
    assert fired == ["sla.warning"]
    target = a_pipe_with_sla({"target": "10d", "warn": ["10%", "50%", "80%"], "escalate": []})
    goes_over(life, target, clocks={"*": "recomputed"})
    marks = [step.mark.at for step in life.it.clocks[CONCEPT].steps]
    assert marks == ["80%"]


def test_a_clock_that_is_kept_does_what_the_version_has_of_its_steps():
    life = with_clock()
    goes_over(life, a_pipe_with_sla({"escalate": STEPS[1:]}))
    steps = life.it.clocks[CONCEPT].steps
    escalations = [step for step in steps if step.step_kind == "escalation"]
    assert {(step.index, step.mark.at) for step in escalations} == {(0, "+4h"), (1, "+2d")}
    life.passes(days=30)
    assert life.it.work.labels == ("late",)


def test_a_pause_before_going_over_still_counts():
    life = with_clock()
    life.does("bo", HoldCard(reason="Legal"))
    life.passes(days=10)
    goes_over(life, a_pipe_with_sla({"target": "6d"}), clocks={"*": "recomputed"})
    assert life.it.clocks[CONCEPT].stands_still
    life.passes(days=2)
    life.does("bo", ResumeCard())
    assert until(life) == timedelta(days=18)


@pytest.mark.parametrize("how", ["kept", "recomputed", "restarted"])
def test_a_rule_of_the_version_lets_its_clocks_stand_still_and_go_on(how: str):
    rule = {"===": [{"var": "fields.problem"}, "wait"]}
    pausing = a_pipe_with_sla({"target": "4d", "paused_when": rule})
    life = begun(a_pipe_with_sla({"target": "4d"}), problem="wait").passes(days=1)
    goes_over(life, pausing, clocks={"*": how})
    assert life.it.clocks[CONCEPT].stands_still
    life.passes(days=3)
    back = replace(a_plan(clocks={"*": how}), definition_version=3)
    life.tries("ana", back, target=a_pipe_with_sla({"target": "4d"}))
    assert not life.it.clocks[CONCEPT].stands_still
    expected = {"kept": 7, "recomputed": 7, "restarted": 8}
    assert until(life) == timedelta(days=expected[how])


def test_a_changed_calendar_reaches_clocks_that_are_reckoned_anew():
    nights = {"timezone": "UTC", "hours": {"mon": ["00:00-06:00"], "tue": ["00:00-06:00"]}}
    parts = {"calendars": {"night": nights}}
    target = a_pipe(
        phases=[
            a_phase("concept", form=["name"], sla={"target": "3h", "calendar": "night"}),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[a_way("to-design", "concept", "design"), a_way("finish", "design", "done")],
        **parts,
    )
    life = with_clock("3h", days=0)
    life.calendars = {"night": nights}
    goes_over(life, target, clocks={"*": "recomputed"})
    clock = life.it.clocks[CONCEPT]
    assert (clock.calendar, until(life)) == ("night", timedelta(hours=15))


def test_a_clock_whose_calendar_is_gone_cannot_be_kept():
    hours = {"timezone": "UTC", "hours": {"mon": ["00:00-24:00"]}}
    pipe = a_pipe(
        calendars={"office": hours},
        phases=[
            a_phase("concept", form=["name"], sla={"target": "3h", "calendar": "office"}),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[a_way("to-design", "concept", "design"), a_way("finish", "design", "done")],
    )
    target = a_pipe_with_sla({"target": "3h"})
    assert refused(begun(pipe), target) == [ReasonCode.NO_COUNTERPART]
    life = begun(pipe)
    goes_over(life, target, clocks={"*": "recomputed"})
    assert life.it.clocks[CONCEPT].calendar is None


def test_what_only_the_version_measures_begins_with_it_or_when_the_stay_began():
    for plan, deadline in (({}, 5), ({"clocks": {"*": "recomputed"}}, 4)):
        life = begun().passes(days=1)
        assert "clock_started" in told(life, a_pipe_with_sla({"target": "4d"}), **plan)
        assert until(life) == timedelta(days=deadline)
    life = begun().passes(days=1)
    goes_over(life, a_pipe_with_sla({"target": "4d"}), clocks={"phase:concept": "dropped"})
    assert CONCEPT not in life.it.clocks


def test_the_clock_of_a_renamed_phase_goes_on_and_is_stopped_when_the_phase_is_left():
    renamed = a_pipe(
        phases=[
            a_phase("idea", form=["name"], sla={"target": "4d", "escalate": STEPS}),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        start={"phase": "idea", "form": ["name"]},
        transitions=[a_way("to-design", "idea", "design"), a_way("finish", "design", "done")],
    )
    life = with_clock()
    goes_over(life, renamed, phases={"concept": "idea"})
    assert list(life.it.clocks) == ["phase:idea"]
    life.does("bo", TO_DESIGN)
    assert life.it.clocks[ClockId("phase:idea")].state == "met"


@pytest.mark.parametrize(
    ("before", "plan", "after"),
    [
        ("30d", {}, 30),
        ("30d", {"clocks": {"timer:give-up": "recomputed"}}, 10),
        ("30d", {"clocks": {"*": "restarted"}}, 11),
        (None, {}, 11),
        (None, {"clocks": {"*": "recomputed"}}, 10),
    ],
)
def test_timed_transitions_are_treated_as_clocks_are(
    before: str | None, plan: dict[str, Any], after: int
):
    life = begun(timed(before) if before else None).passes(days=1)
    goes_over(life, timed("10d"), **plan)
    life.passes(days=after - 1 - 0.1)
    assert life.phase == "concept"
    life.passes(days=0.2)
    assert life.phase == "rejected"


@pytest.mark.parametrize("target", [timed("10d"), a_pipe()])
def test_a_timed_transition_that_is_dropped_or_gone_waits_no_more(target: CompiledPipe):
    life = begun(timed("10d")).passes(days=1)
    assert "timer_dropped" in told(life, target, clocks={"*": "dropped"})
    assert life.passes(days=90).phase == "concept"
