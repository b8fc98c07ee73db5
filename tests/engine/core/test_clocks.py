"""Clocks: what they do and when, each once, whatever else happens to the card."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine.core.actors import ENGINE, user
from engine.core.commands import (
    ClockId,
    EditCard,
    HoldCard,
    MoveCard,
    RecomputeClocks,
    ReopenCard,
    ResumeCard,
    RingClock,
)
from engine.core.due import due
from engine.core.explain import explain, questions_explain
from engine.core.explain_waiting import RunningClock
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, JsonValue, TransitionId
from tests.builders import MONDAY, Course, a_life, a_phase, a_pipe, a_way, codes, kinds

CONCEPT = ClockId("phase:concept")
TO_DESIGN = MoveCard(transition=TransitionId("to-design"))
BACK = MoveCard(transition=TransitionId("back"))
STEPS = [
    {"at": "0m", "notify": ["assignees"]},
    {"at": "+4h", "notify": ["lead:design"], "do": [{"label": "late"}]},
    {
        "at": "+2d",
        "notify": ["role:admin"],
        "do": [{"priority": "urgent"}],
        "repeat": {"every": "1d", "times": 3},
    },
]


def a_pipe_with_sla(
    sla: dict[str, Any] | None = None, whole: Any = None, **parts: Any
) -> CompiledPipe:
    given_sla = {"target": "4d", "warn": ["50%", "-1d"], "escalate": STEPS, **(sla or {})}
    return a_pipe(
        phases=[
            a_phase("concept", form=["name", "effort", "problem"], sla=given_sla),
            a_phase("design", form=["effort"]),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design"),
            a_way("back", "design", "concept"),
            a_way("finish", "design", "done"),
        ],
        **({"sla": whole} if whole else {}),
        **parts,
    )


def begun(sla: dict[str, Any] | None = None, **parts: Any) -> Course:
    return a_life(a_pipe_with_sla(sla, **parts)).creates("bo", name="Offline mode")


def told(life: Course) -> list[tuple[str, timedelta]]:
    """What the clocks did, and how long after the card began."""
    return [
        (event.body.kind, event.at - MONDAY)
        for event in life.history
        if event.body.kind.startswith("sla.")
    ]


def days(number: float) -> timedelta:
    return timedelta(days=number)


EVERYTHING = [
    ("sla.warning", days(2)),
    ("sla.warning", days(3)),
    ("sla.breached", days(4)),
    ("sla.escalated", days(4)),
    ("sla.escalated", days(4) + timedelta(hours=4)),
    ("sla.escalated", days(6)),
    ("sla.escalated", days(7)),
    ("sla.escalated", days(8)),
    ("sla.escalated", days(9)),
]


def test_warnings_breach_and_escalation_come_in_order_and_once():
    life = begun().passes(days=30)
    assert told(life) == EVERYTHING
    assert life.it.work.labels == ("late",)
    assert life.it.work.priority == "urgent"


def test_what_fell_due_while_nothing_ran_comes_at_once_marked_late_with_its_due_time():
    life = begun().waits(days=30)
    life.does(ENGINE, RingClock(clock=CONCEPT))
    assert [kind for kind, _ in told(life)] == [kind for kind, _ in EVERYTHING]
    moments: list[tuple[datetime, bool]] = [
        (event.body.due, event.body.late)
        for event in life.history
        if event.body.kind in ("sla.warning", "sla.escalated")
    ]
    assert [at - MONDAY for at, _ in moments] == [
        at for kind, at in EVERYTHING if kind != "sla.breached"
    ]
    assert all(is_late for _, is_late in moments)
    assert life.does(ENGINE, RingClock(clock=CONCEPT)) == ()


def test_a_warned_clock_is_met_when_the_card_leaves_in_time():
    life = begun().passes(days=2, hours=1)
    assert life.it.clocks[CONCEPT].state == "warned"
    life.does("bo", TO_DESIGN)
    assert life.it.clocks[CONCEPT].state == "met"
    assert due(life.pipe, life.it) is None


def test_stopping_the_clock_stops_what_has_not_fired():
    life = begun().passes(days=4, hours=1)
    life.does("bo", TO_DESIGN)
    assert life.it.clocks[CONCEPT].state == "missed"
    assert told(life.passes(days=30)) == EVERYTHING[:4]


def test_a_pause_moves_everything_by_the_time_that_was_left():
    life = begun().passes(days=1)
    life.does("bo", HoldCard(reason="Legal"))
    life.passes(days=10)
    life.does("bo", ResumeCard())
    life.passes(days=30)
    assert told(life) == [(kind, at + days(10)) for kind, at in EVERYTHING]


def test_a_pause_after_a_warning_keeps_it_warned():
    life = begun().passes(days=2, hours=1)
    life.does("bo", HoldCard(reason="Legal"))
    assert life.it.clocks[CONCEPT].state == "paused"
    life.passes(days=5)
    life.does("bo", ResumeCard())
    assert life.it.clocks[CONCEPT].state == "warned"
    assert told(life.passes(days=30))[1:] == [(kind, at + days(5)) for kind, at in EVERYTHING[1:]]


def test_on_hold_escalation_of_a_breached_clock_waits():
    life = begun().passes(days=4, hours=1)
    life.does("bo", HoldCard(reason="Legal"))
    assert due(life.pipe, life.it) is None
    life.passes(days=10)
    life.does("bo", ResumeCard())
    assert life.it.clocks[CONCEPT].state == "breached"
    life.passes(days=30)
    assert told(life)[4:] == [(kind, at + days(10)) for kind, at in EVERYTHING[4:]]


PAUSED_BY_RULE = {"paused_when": {">": [{"var": "fields.effort"}, 3]}}


def edited(**values: JsonValue) -> EditCard:
    return EditCard(values={FieldId(name): value for name, value in values.items()})


def test_a_rule_pauses_the_clock_and_lets_it_go_on():
    life = begun(PAUSED_BY_RULE).passes(days=1)
    assert kinds(life.does("bo", edited(effort=5))) == ["field.changed", "clock.paused"]
    assert life.it.clocks[CONCEPT].paused_because == "Effort is more than 3"
    life.passes(days=7)
    assert kinds(life.does("bo", edited(effort=1))) == ["field.changed", "clock.resumed"]
    life.passes(days=30)
    assert told(life) == [(kind, at + days(7)) for kind, at in EVERYTHING]


def test_a_clock_whose_rule_holds_at_once_begins_standing_still():
    life = begun(PAUSED_BY_RULE)
    life.does("bo", TO_DESIGN)
    life.does("bo", edited(effort=5))
    assert kinds(life.does("bo", BACK))[-2:] == ["clock.started", "clock.paused"]
    assert life.it.clocks[CONCEPT].remaining_seconds == days(4).total_seconds()


def test_while_rule_and_hold_both_pause_neither_end_alone_lets_it_go_on():
    life = begun(PAUSED_BY_RULE)
    life.does("bo", edited(effort=5))
    life.does("bo", HoldCard(reason="Legal"))
    assert kinds(life.does("bo", ResumeCard())) == ["card.resumed"]
    assert life.it.clocks[CONCEPT].state == "paused"
    assert kinds(life.does("bo", edited(effort=1))) == ["field.changed", "clock.resumed"]


def test_on_reentry_the_clock_starts_anew():
    life = begun().passes(days=3)
    life.does("bo", TO_DESIGN)
    life.passes(days=5)
    life.does("bo", BACK)
    assert life.it.clocks[CONCEPT].deadline == MONDAY + days(12)


def test_on_reentry_a_clock_may_go_on_with_what_was_left():
    life = begun({"reentry": "resume"}).passes(days=3)
    life.does("bo", TO_DESIGN)
    life.passes(days=5)
    life.does("bo", BACK)
    assert life.it.clocks[CONCEPT].state == "warned"
    assert told(life.passes(days=30)) == [
        *EVERYTHING[:2],
        *((kind, at + days(5)) for kind, at in EVERYTHING[2:]),
    ]


def test_a_missed_clock_that_goes_on_is_breached_still_and_tells_only_what_it_has_not():
    life = begun({"reentry": "resume"}).passes(days=4, hours=5)
    life.does("bo", TO_DESIGN)
    life.passes(days=5)
    life.does("bo", BACK)
    assert life.it.clocks[CONCEPT].state == "breached"
    assert [kind for kind, _ in told(life.passes(days=30))].count("sla.breached") == 1
    assert told(life)[5:] == [(kind, at + days(5)) for kind, at in EVERYTHING[5:]]


def test_after_reopening_clocks_start_anew():
    life = begun(whole={"target": "20d"}).passes(days=5)
    life.does("bo", TO_DESIGN)
    life.does("bo", MoveCard(transition=TransitionId("finish")))
    life.passes(days=30)
    life.does("ana", ReopenCard(reason="Again"))
    assert life.it.clocks[ClockId("pipe")].deadline == MONDAY + days(55)


def test_the_target_may_depend_on_the_card():
    target = [{"if": {">": [{"var": "fields.effort"}, 3]}, "is": "10d"}, {"is": "1d"}]
    life = begun({"target": target, "warn": ["50%"], "escalate": []})
    assert life.it.clocks[CONCEPT].deadline == MONDAY + days(1)
    life.does("bo", TO_DESIGN)
    life.does("bo", edited(effort=5))
    life.does("bo", BACK)
    assert life.it.clocks[CONCEPT].target == "10d"


def test_reminders_wait_for_quiet_hours_to_end_and_the_breach_does_not():
    calendar = {"timezone": "UTC", "hours": {"mon": ["09:00-17:00"], "thu": ["09:00-17:00"]}}
    pipe = a_pipe(
        calendars={"office": calendar},
        phases=[
            a_phase(
                "concept",
                form=["name"],
                sla={"target": "1d", "quiet": "office", "escalate": STEPS[:1]},
            ),
            a_phase("done", final="done"),
        ],
        transitions=[a_way("finish", "concept", "done")],
    )
    life = a_life(pipe, calendars={"office": calendar}).creates("bo", name="Offline mode")
    clock = life.it.clocks[CONCEPT]
    assert clock.deadline == MONDAY + days(1)
    assert clock.steps[0].at == datetime.fromisoformat("2026-03-05T09:00:00Z")


def test_clocks_are_reckoned_anew_only_by_a_recorded_command_of_an_admin():
    life = begun().passes(days=1)
    life.does("bo", HoldCard(reason="Legal"))
    life.passes(days=2)
    life.does("bo", ResumeCard())
    assert codes(life.tries("bo", RecomputeClocks(reason="Carnival"))) == [ReasonCode.NOT_ALLOWED]
    assert life.does("ana", RecomputeClocks(reason="Nothing has changed")) == ()
    life.pipe = a_pipe_with_sla({"target": "3d"})
    assert kinds(life.does("ana", RecomputeClocks(reason="Shorter"))) == ["clock.recomputed"]
    assert life.it.clocks[CONCEPT].deadline == MONDAY + days(5)


@pytest.mark.parametrize("on_hold", [False, True])
def test_a_deadline_that_is_ahead_again_was_not_breached_but_no_step_comes_twice(on_hold: bool):
    life = begun().passes(days=5)
    done = told(life)
    if on_hold:
        life.does("bo", HoldCard(reason="Legal"))
    life.pipe = a_pipe_with_sla({"target": "10d"})
    life.does("ana", RecomputeClocks(reason="Carnival had been forgotten"))
    clock = life.it.clocks[CONCEPT]
    assert (clock.state, clock.is_breached) == ("paused" if on_hold else "warned", False)
    if on_hold:
        life.does("bo", ResumeCard())
    assert life.it.clocks[CONCEPT].deadline == MONDAY + days(10)
    life.passes(days=30)
    again = [("sla.breached", days(10))]
    assert told(life) == done + again + [
        ("sla.escalated", days(10 + after)) for after in (2, 3, 4, 5)
    ]


def test_the_explanation_says_why_a_clock_stands_still_and_what_comes():
    life = begun(PAUSED_BY_RULE)
    asked = questions_explain(life.pipe, life.it)
    explained = explain(life.pipe, life.it, user("bo"), life.facts(user("bo"), asked))
    assert [coming.what for coming in explained.upcoming][:3] == [
        "a warning that the time for Concept runs out",
        "a warning that the time for Concept runs out",
        "the time for Concept runs out",
    ]
    life.does("bo", edited(effort=5))
    asked = questions_explain(life.pipe, life.it)
    explained = explain(life.pipe, life.it, user("bo"), life.facts(user("bo"), asked))
    assert explained.clocks[0].still_because == "Effort is more than 3"
    assert explained.upcoming == ()


def clock_explained(life: Course) -> RunningClock:
    facts = life.facts(user("bo"), questions_explain(life.pipe, life.it))
    return explain(life.pipe, life.it, user("bo"), facts).clocks[0]


def test_the_explanation_says_by_whom_the_card_is_held():
    life = begun()
    life.does("ana", HoldCard(reason="Legal"))
    assert clock_explained(life).still_because == "on hold by @ana: Legal"


def test_the_explanation_says_until_when_a_clock_is_outside_its_hours():
    hours = ["09:00-17:00"]
    office = {"timezone": "UTC", "hours": {"mon": hours, "tue": hours}}
    pipe = a_pipe_with_sla({"target": "6h", "calendar": "office"}, calendars={"office": office})
    life = a_life(pipe, calendars={"office": office}).creates("bo", name="Offline mode")
    assert clock_explained(life).opens_at is None
    life.passes(hours=6)  # From noon to six in the evening of a Monday.
    shown = clock_explained(life)
    assert shown.opens_at == MONDAY + timedelta(hours=21)
    assert shown.still_because is None


ACTIONS: list[tuple[dict[str, Any], str]] = [
    ({"set": {"effort": 8}}, "field.changed"),
    ({"set": {"effort": {"+": [{"var": "fields.effort"}, 1]}}}, "field.changed"),
    ({"set": {"effort": -3}}, "action.refused"),
    ({"assign": {"to": ["lead:design"]}}, "card.assigned"),
    ({"assign": {"least_loaded": "product"}}, "card.assigned"),
    ({"assign": {"to": ["role:nobody"]}}, "action.refused"),
    ({"label": "late"}, "card.labelled"),
    ({"priority": "urgent"}, "card.prioritized"),
    ({"due": "2d"}, "card.due_changed"),
    ({"comment": "Too late"}, "comment.added"),
    ({"notify": {"to": ["team:product"], "text": "Look"}}, "people.notified"),
    ({"move": "to-design"}, "card.moved"),
    ({"move": "finish"}, "action.refused"),
]


@pytest.mark.parametrize(("action", "happened"), ACTIONS, ids=lambda part: str(part)[:40])
def test_a_step_does_what_it_says_or_notes_why_not(action: dict[str, Any], happened: str):
    step = {"at": "0m", "do": [action]}
    life = begun({"target": "1d", "warn": [], "escalate": [step]})
    life.does("bo", edited(effort=2))
    seen = len(life.history)
    life.passes(days=2)
    after = kinds(event.body for event in life.history[seen:])
    assert after[:3] == ["sla.breached", "sla.escalated", happened] or (
        happened == "card.moved" and "card.moved" in after
    )


@given(
    pauses=st.lists(
        st.tuples(st.integers(1, 60), st.integers(1, 200), st.sampled_from(["hold", "rule"])),
        max_size=5,
    )
)
def test_however_a_clock_is_paused_it_measures_the_same_time(pauses: list[tuple[int, int, str]]):
    life = begun(PAUSED_BY_RULE)
    still = measured_so_far = 0
    for measured, paused, how in pauses:
        life.passes(hours=measured)
        measured_so_far += measured
        life.does("bo", HoldCard(reason="x") if how == "hold" else edited(effort=9))
        life.passes(hours=paused)
        life.does("bo", ResumeCard() if how == "hold" else edited(effort=1))
        still += paused if measured_so_far < 9 * 24 else 0
    life.passes(days=60)
    assert len(told(life)) == len(EVERYTHING)
    total = timedelta(hours=still)
    assert told(life)[-1][1] == EVERYTHING[-1][1] + total
    moments = [at for _, at in told(life)]
    assert moments == sorted(moments)
