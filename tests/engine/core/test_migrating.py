"""Going over to another version: where the card stands then, its values, and what waits."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core.commands import (
    ApproveRequest,
    ClockId,
    EditCard,
    MoveCard,
    ReturnHandoff,
)
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, TransitionId
from tests.builders import (
    a_field,
    a_phase,
    a_pipe,
    a_way,
    codes,
)
from tests.engine.core.test_approvals import a_pipe_asking, a_stage
from tests.engine.core.test_handoffs import a_pipe_handing_over, handed_over
from tests.engine.migrations import (
    RENAMED,
    TO_DESIGN,
    a_pipe_of,
    a_plan,
    begun,
    goes_over,
    refused,
    told,
)

# --- where it stands ------------------------------------------------------------------------------


def test_a_plan_that_names_nothing_changes_nothing_but_the_version():
    life = begun(problem="Notes are lost")
    life.does("bo", EditCard(values={FieldId("effort"): 3}))
    before = life.it
    assert goes_over(life, a_pipe()) == ["card.migrated"]
    expected = replace(
        before,
        version=before.version + 1,
        updated_at=life.it.updated_at,
        pin=life.it.pin,
        earlier=(1,),
    )
    assert life.it == expected


def test_a_card_whose_phase_has_no_counterpart_is_refused():
    life = begun()
    assert refused(life, RENAMED) == [ReasonCode.NO_COUNTERPART]
    assert goes_over(life, RENAMED, phases={"concept": "idea"}) == ["card.migrated"]
    assert life.phase == "idea"
    life.does("bo", TO_DESIGN)
    assert life.phase == "design"


def test_a_phase_may_become_another_that_both_versions_have():
    life = begun()
    assert goes_over(life, a_pipe(), phases={"concept": "design"}) == ["card.migrated"]
    assert life.phase == "design"


def test_a_card_is_not_ended_by_going_over():
    life = begun()
    assert refused(life, a_pipe(), phases={"concept": "done"}) == [ReasonCode.FINAL_PHASE]


def test_a_card_that_has_ended_stays_on_its_version():
    life = begun()
    life.does("ana", MoveCard(transition=TransitionId("reject")))
    assert refused(life, a_pipe()) == [ReasonCode.CARD_FINISHED]


@pytest.mark.parametrize("who", ["bo", "cy", "rae", "val", "gus"])
def test_only_admins_of_the_pipe_bring_cards_onto_another_version(who: str):
    life = begun()
    outcome = life.tries(who, a_plan(), target=a_pipe())
    assert codes(outcome) == [ReasonCode.NOT_ALLOWED]


def test_a_card_that_runs_the_version_already_is_left_as_it_is():
    life = begun()
    goes_over(life, a_pipe())
    assert life.tries("ana", a_plan(), target=a_pipe()) == ()


def test_a_version_that_is_not_there_is_refused():
    life = begun()
    assert codes(life.tries("ana", a_plan())) == [ReasonCode.UNKNOWN_VERSION]


def test_a_phase_that_becomes_too_full_is_noted_and_holds_nobody_up():
    limited = [
        a_phase("design", form=["name"], wip_limit={"cards": 1}),
        a_phase("done", final="done"),
    ]
    target = a_pipe(
        phases=limited,
        start={"phase": "design", "form": ["name"]},
        transitions=[a_way("finish", "design", "done")],
    )
    life = begun()
    life.full.add("design")
    happened = goes_over(life, target, phases={"concept": "design"})
    assert happened == ["card.migrated", "phase.over_limit"]


def test_what_happens_by_itself_in_the_version_happens_at_once():
    target = a_pipe(
        transitions=[
            a_way("to-design", "concept", "design", automatic=True),
            a_way("finish", "design", "done"),
        ]
    )
    life = begun()
    assert "moved" in told(life, target)
    assert life.phase == "design"


# --- fields ---------------------------------------------------------------------------------------


def test_a_renamed_field_keeps_its_value():
    target = a_pipe_of(problem=None, pain=a_field("long_text", "Pain"))
    life = begun(problem="Notes are lost")
    lines = told(life, target, fields={"problem": "pain"})
    assert lines["field_renamed"] == "“Problem” becomes “Pain”."
    assert life.it.values == {"name": "Offline mode", "pain": "Notes are lost"}


def test_a_dropped_value_stays_in_the_history_alone():
    life = begun(problem="Notes are lost")
    goes_over(life, a_pipe_of(problem=None), fields={"problem": None})
    assert "problem" not in {**life.it.values, **life.it.archived}
    assert "Notes are lost" in str(life.history[-1].body)


def test_a_value_that_no_plan_names_is_kept_aside_and_is_there_again_with_its_field():
    life = begun(problem="Notes are lost")
    assert "value_archived" in told(life, a_pipe_of(problem=None))
    assert "problem" not in life.it.values
    assert life.it.archived == {"problem": "Notes are lost"}
    back = replace(a_plan(), definition_version=3)
    life.tries("ana", back, target=a_pipe())
    assert (life.it.values[FieldId("problem")], dict(life.it.archived)) == ("Notes are lost", {})
    assert life.it.earlier == (1, 2)


def test_a_value_that_does_not_fit_any_more_is_refused_with_the_reason_of_its_field():
    target = a_pipe_of(effort=a_field("number", "Effort", maximum=2))
    life = begun()
    life.does("bo", EditCard(values={FieldId("effort"): 3}))
    assert refused(life, target) == [ReasonCode.INVALID_VALUE]
    goes_over(life, target, fields={"effort": None})
    assert "effort" not in life.it.values


def test_a_date_that_has_passed_since_is_no_reason():
    due = a_field("date", "Due", not_before="today")
    life = begun(a_pipe_of(due=due))
    life.does("bo", EditCard(values={FieldId("due"): "2026-03-05"}))
    life.passes(days=30)
    target = a_pipe_of(due=None, wanted={**due, "label": "Wanted"})
    goes_over(life, target, fields={"due": "wanted"})
    assert life.it.values[FieldId("wanted")] == "2026-03-05"


def test_a_field_that_must_not_repeat_any_more_is_judged_when_the_card_comes():
    target = a_pipe_of(problem=a_field("long_text", "Problem", unique=True))
    life = begun(problem="Lost")
    life.taken.add('"lost"')
    assert refused(life, target) == [ReasonCode.NOT_UNIQUE]
    life.taken.clear()
    goes_over(life, target)


def test_what_is_newly_required_is_told_and_may_be_given():
    tier = a_field("select", "Tier", options=[{"id": "gold", "label": "Gold"}])
    target = a_pipe_of(["name", {"field": "tier", "required": True}], tier=tier)
    life = begun()
    asked = told(life, target)["newly_required"]
    assert asked == "“Tier” will be needed before the card can move on."
    assert codes(life.tries("bo", TO_DESIGN)) == [ReasonCode.MISSING_FIELD]
    life = begun()
    lines = told(life, target, values={"tier": "gold"})
    assert "newly_required" not in lines
    assert life.it.values[FieldId("tier")] == "gold"
    assert refused(begun(), target, values={"tier": "tin"}) == [ReasonCode.INVALID_VALUE]


def test_a_new_field_begins_with_its_default_and_a_formula_is_worked_out():
    double = a_field("formula", "Double", value={"*": [{"var": "fields.effort"}, 2]})
    size = a_field("short_text", "Size", default="S")
    life = begun()
    life.does("bo", EditCard(values={FieldId("effort"): 3}))
    goes_over(life, a_pipe_of(double=double, size=size))
    assert (life.it.values[FieldId("double")], life.it.values[FieldId("size")]) == (6, "S")


def test_the_title_follows_the_field_that_the_version_names():
    target = a_pipe(card={"noun": "Feature", "key": "FEAT", "title": "problem"})
    life = begun(problem="Notes are lost")
    goes_over(life, target)
    assert life.it.work.title == "Notes are lost"


@pytest.mark.parametrize(
    "plan",
    [
        {"phases": {"concept": "nowhere"}},
        {"fields": {"problem": "nothing"}},
        {"fields": {"problem": "name"}},
        {"fields": {"problem": "name", "effort": "name"}},
        {"values": {"nothing": 1}},
    ],
)
def test_a_plan_that_names_what_the_version_does_not_have_is_refused(plan: dict[str, Any]):
    assert ReasonCode.BAD_PLAN in refused(begun(problem="Lost"), a_pipe(), **plan)


# --- what waits for people ------------------------------------------------------------------------


def test_a_request_is_kept_with_what_was_decided():
    life = begun(a_pipe_asking(a_stage(need=2)))
    life.does("bo", TO_DESIGN)
    life.does("p1", ApproveRequest())
    assert "request_kept" in told(life, a_pipe_asking(a_stage(need=2), reset_on_edit=["name"]))
    life.does("p2", ApproveRequest())
    assert life.phase == "design"


def test_a_request_of_which_the_version_asks_less_is_settled_at_once():
    life = begun(a_pipe_asking(a_stage(need=2)))
    life.does("bo", TO_DESIGN)
    life.does("p1", ApproveRequest())
    assert "approval.approved" in goes_over(life, a_pipe_asking(a_stage(need=1)))
    assert life.phase == "design"


@pytest.mark.parametrize("target", [a_pipe(), a_pipe_asking(a_stage("others")), RENAMED])
def test_a_request_that_the_version_does_not_know_is_made_void_or_refused(target: CompiledPipe):
    life = begun(a_pipe_asking(a_stage(deadline="2d")))
    life.does("bo", TO_DESIGN)
    phases = {"concept": "idea"} if target is RENAMED else {}
    assert refused(life, target, phases=phases) == [ReasonCode.NO_COUNTERPART]
    lines = told(life, target, phases=phases, requests={"to-design": "void"})
    assert "request_void" in lines
    assert life.it.pending is None
    assert not life.it.clocks[ClockId("stage:peers")].is_alive


def test_a_handoff_waits_on_and_leads_back_to_the_renamed_phase():
    design = {"id": "design", "name": "Design", "team": "design", "form": ["effort"]}
    target = a_pipe(
        phases=[
            a_phase("idea", team="product", form=["name", "effort"]),
            {**design, "handoff": {"accept_within": "1d"}},
            a_phase("done", final="done"),
        ],
        start={"phase": "idea", "form": ["name"]},
        transitions=[a_way("to-design", "idea", "design"), a_way("finish", "design", "done")],
    )
    assert refused(handed_over(), target) == [ReasonCode.NO_COUNTERPART]
    life = handed_over()
    assert "clock_started" in told(life, target, phases={"concept": "idea"})
    life.does("cy", ReturnHandoff(reason="No sketches"))
    assert life.phase == "idea"


def test_a_handoff_that_the_version_does_not_know_is_refused():
    target = a_pipe_handing_over()
    bare = a_pipe(transitions=[a_way("finish", "design", "done")])
    assert refused(handed_over(), bare) == [ReasonCode.NO_COUNTERPART]
    goes_over(handed_over(), target)
