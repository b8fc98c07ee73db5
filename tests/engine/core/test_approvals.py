"""Moves that wait for people: who may decide, how many it takes, and everything that may happen."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from engine.core.actors import ENGINE, Standing, user
from engine.core.commands import (
    ApproveRequest,
    AssignCard,
    CancelCard,
    EditCard,
    HoldCard,
    LookAgain,
    MoveCard,
    RejectRequest,
    ResumeCard,
    WithdrawRequest,
)
from engine.core.explain import explain, questions_explain
from engine.core.reasons import ReasonCode, Rejection
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, RoleName, StageId, TeamId, TransitionId, UserId
from tests.builders import (
    PEOPLE,
    Course,
    a_life,
    a_person,
    a_phase,
    a_pipe,
    a_pipe_with_way,
    a_way,
    codes,
    kinds,
)

TO_DESIGN = MoveCard(transition=TransitionId("to-design"))
YES = ApproveRequest()
NO = RejectRequest(comment="Too vague")

CROWD = {
    name: a_person(name, teams=frozenset([TeamId("product")]))
    for name in ("p1", "p2", "p3", "p4", "p5")
}


def a_stage(name: str = "peers", **parts: Any) -> dict[str, Any]:
    return {"id": name, "by": ["team:product"], "need": 1, **parts}


def a_pipe_asking(*stages: dict[str, Any], **parts: Any) -> CompiledPipe:
    return a_pipe_with_way(approval={"stages": list(stages or [a_stage()]), **parts})


def asked(pipe: CompiledPipe, who: str = "bo", **people: Standing) -> Course:
    """A card for whose move somebody has asked for approval."""
    life = a_life(pipe, people={**PEOPLE, **CROWD, **people}).creates("ana", name="Offline mode")
    life.does(who, TO_DESIGN)
    return life


def vars_of(body: Any) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__dataclass_fields__}


def test_a_move_that_needs_approval_becomes_a_request_and_the_card_stays():
    life = a_life(a_pipe_asking(), people={**PEOPLE, **CROWD}).creates("ana", name="Offline mode")
    assert kinds(life.does("bo", TO_DESIGN)) == ["approval.requested", "approval.stage_opened"]
    assert life.phase == "concept"
    assert life.it.pending is not None
    assert life.it.pending.requester == user("bo")


def test_the_last_approval_moves_the_card_at_once():
    life = asked(a_pipe_asking())
    happened = life.does("p1", YES)
    assert kinds(happened) == [
        "approval.given",
        "approval.stage_passed",
        "approval.approved",
        "card.moved",
    ]
    assert life.phase == "design"
    assert life.it.pending is None


def test_while_a_request_waits_the_card_moves_no_other_way():
    life = asked(a_pipe_asking())
    assert ReasonCode.REQUEST_PENDING in codes(life.tries("ana", TO_DESIGN))


def test_stages_run_one_after_the_other():
    life = asked(a_pipe_asking(a_stage(), a_stage("directors", by=["role:director"])))
    assert codes(life.tries("dee", YES)) == [ReasonCode.NOT_ALLOWED]
    life.does("p1", YES)
    assert life.phase == "concept"
    assert codes(life.tries("p1", ApproveRequest(stage=StageId("peers")))) == [
        ReasonCode.STAGE_CLOSED,
        ReasonCode.NOT_ALLOWED,
    ]
    life.does("dee", YES)
    assert life.phase == "design"


# need, how many of bo and the five have to approve
NEEDS: list[tuple[Any, int]] = [
    (1, 1),
    (3, 3),
    ("all", 6),
    ("majority", 4),
    ({"percent": 50}, 3),
    ({"percent": 60}, 4),
    ({"percent": 100}, 6),
    ({"percent": 1}, 1),
]


@pytest.mark.parametrize(("need", "wanted"), NEEDS, ids=str)
def test_so_many_approvals_are_needed(need: Any, wanted: int):
    life = asked(a_pipe_asking(a_stage(need=need)), who="ana")
    for name in ("bo", "p1", "p2", "p3", "p4", "p5")[: wanted - 1]:
        life.does(name, YES)
    assert life.phase == "concept"
    life.does(("bo", "p1", "p2", "p3", "p4", "p5")[wanted - 1], YES)
    assert life.phase == "design"


@pytest.mark.parametrize(
    ("exclude", "shut_out"),
    [(["requester"], "bo"), (["creator"], "ana"), (["assignees"], "p5"), (["user:p1"], "p1")],
)
def test_who_is_excluded_may_not_decide(exclude: list[str], shut_out: str):
    pipe = a_pipe_asking(a_stage(by=["team:product", "user:ana"]), exclude=exclude)
    life = a_life(pipe, people={**PEOPLE, **CROWD}).creates("ana", name="Offline mode")
    work = replace(life.it.work, assignees=(UserId("p5"),))
    life.card = replace(life.it, work=work)
    life.does("bo", TO_DESIGN)
    assert codes(life.tries(shut_out, YES)) == [ReasonCode.NOT_ALLOWED]
    life.does("p2", YES)
    assert life.phase == "design"


def test_one_rejection_ends_the_request_and_needs_a_reason():
    life = asked(a_pipe_asking(a_stage(need="all")))
    assert codes(life.tries("p1", RejectRequest(comment=" "))) == [ReasonCode.COMMENT_REQUIRED]
    assert kinds(life.does("p1", NO)) == ["approval.refused", "approval.rejected"]
    assert life.phase == "concept"
    assert life.it.pending is None


def test_a_rejection_may_send_the_card_to_another_phase():
    life = asked(a_pipe_asking(on_reject="rejected"))
    happened = kinds(life.does("p1", NO))
    assert happened[:3] == ["approval.refused", "approval.rejected", "card.moved"]
    assert (life.phase, life.it.life.status) == ("rejected", "cancelled")


def test_with_reject_impossible_it_ends_only_when_the_need_cannot_be_reached():
    life = asked(a_pipe_asking(a_stage(need=5), reject="impossible"))
    life.does("p1", NO)
    assert life.it.pending is not None
    life.does("p2", NO)
    assert life.it.pending is None


def test_a_decision_may_be_changed_until_its_stage_closes():
    life = asked(a_pipe_asking(a_stage(need=2), reject="impossible"))
    life.does("p1", NO)
    life.does("p1", YES)
    assert kinds(life.does("p1", YES)) == []
    life.does("p2", YES)
    assert life.phase == "design"


def test_a_person_counts_once_however_they_are_reached():
    life = asked(a_pipe_asking(a_stage(by=["team:product", "user:p1", "user:p1"], need=2)))
    life.does("p1", YES)
    assert life.phase == "concept"
    life.does("p2", YES)
    assert life.phase == "design"


# --- delegates ------------------------------------------------------------------------------------


def test_a_delegate_decides_in_the_others_name_and_history_shows_both():
    standin = a_person("sam", acts_for=frozenset([UserId("p1")]))
    life = asked(a_pipe_asking(), sam=standin)
    given = life.tries("sam", YES)
    assert not isinstance(given, Rejection)
    assert given[0].actor == user("sam")
    assert vars_of(given[0].body)["in_name_of"] == "p1"


def test_an_excluded_delegate_decides_for_nobody():
    life = asked(
        a_pipe_asking(exclude=["requester"]),
        bo=a_person("bo", acts_for=frozenset([UserId("p1")])),
    )
    assert codes(life.tries("bo", YES)) == [ReasonCode.NOT_ALLOWED]


def test_nobody_decides_twice_not_even_as_a_delegate():
    both = a_person("p2", teams=frozenset([TeamId("product")]), acts_for=frozenset([UserId("p1")]))
    life = asked(a_pipe_asking(a_stage(need=2)), p2=both)
    life.does("p2", YES)
    assert codes(life.tries("p2", ApproveRequest(in_name_of=UserId("p1")))) == [
        ReasonCode.NOT_ALLOWED
    ]
    assert life.phase == "concept"


def test_four_eyes_hold_for_whom_the_delegate_stands_in():
    standin = a_person("sam", acts_for=frozenset([UserId("bo")]))
    life = asked(
        a_pipe_asking(a_stage(by=["user:bo", "user:p1"]), exclude=["requester"]), sam=standin
    )
    assert codes(life.tries("sam", YES)) == [ReasonCode.NOT_ALLOWED]


# --- time and people ------------------------------------------------------------------------------


def test_a_deadline_lets_more_people_decide():
    stage = a_stage(deadline="2d", on_deadline="escalate", escalate_to=["lead:design"])
    life = asked(a_pipe_asking(stage))
    assert codes(life.tries("cy", YES)) == [ReasonCode.NOT_ALLOWED]
    life.passes(days=3)
    assert "approval.escalated" in kinds(event.body for event in life.history)
    life.does("cy", YES)
    assert life.phase == "design"


def test_a_deadline_may_approve():
    life = asked(a_pipe_asking(a_stage(deadline="2d", on_deadline="approve")))
    life.passes(days=3)
    assert life.phase == "design"


def test_a_deadline_may_reject():
    life = asked(a_pipe_asking(a_stage(deadline="2d", on_deadline="reject")))
    life.passes(days=3)
    assert life.it.pending is None
    assert life.phase == "concept"


def test_a_stage_that_nobody_can_decide_escalates_at_once():
    stage = a_stage(by=["role:finance"], escalate_to=["role:director"])
    life = a_life(a_pipe_asking(stage)).creates("ana", name="Offline mode")
    assert "approval.escalated" in kinds(life.does("bo", TO_DESIGN))
    life.does("dee", YES)
    assert life.phase == "design"


def test_where_an_escalation_reaches_nobody_the_admins_decide():
    life = a_life(a_pipe_asking(a_stage(by=["role:finance"]))).creates("bo", name="Offline mode")
    life.does("bo", TO_DESIGN)
    life.does("ana", YES)
    assert life.phase == "design"


def test_who_joins_the_team_meanwhile_may_decide():
    life = asked(a_pipe_asking())
    life.people = {**life.people, "new": a_person("new", teams=frozenset([TeamId("product")]))}
    life.does("new", YES)
    assert life.phase == "design"


def test_when_too_few_are_left_the_stage_escalates():
    life = asked(a_pipe_asking(a_stage(by=["role:director"], escalate_to=["lead:design"])))
    life.people = {**life.people, "dee": a_person("dee")}
    assert kinds(life.does(ENGINE, LookAgain())) == ["approval.escalated"]
    life.does("cy", YES)
    assert life.phase == "design"


def test_all_means_all_who_are_still_there():
    life = asked(a_pipe_asking(a_stage(by=["user:p1", "role:director"], need="all")))
    life.does("p1", YES)
    life.people = {**life.people, "dee": a_person("dee", roles=frozenset([RoleName("other")]))}
    life.does(ENGINE, LookAgain())
    assert life.phase == "design"


def test_when_the_assignees_who_decide_are_gone_the_stage_escalates_at_once():
    stage = a_stage(by=["assignees"], escalate_to=["lead:design"])
    life = a_life(a_pipe_asking(stage), people={**PEOPLE, **CROWD}).creates("ana", name="Offline")
    life.does("ana", AssignCard(assignees=(UserId("p1"), UserId("p2"))))
    life.does("bo", TO_DESIGN)
    assert kinds(life.does("ana", AssignCard(assignees=(UserId("p2"),)))) == ["card.assigned"]
    assert kinds(life.does("ana", AssignCard(assignees=()))) == [
        "card.assigned",
        "approval.escalated",
    ]
    life.does("cy", YES)
    assert life.phase == "design"


def test_when_another_person_stands_in_the_field_of_who_decides_it_is_theirs():
    life = asked(a_pipe_asking(a_stage(by=["field:owner"], escalate_to=["lead:design"])))
    assert life.it.pending is not None
    assert life.it.pending.is_escalated
    life.does("ana", edited(owner="p3"))
    assert codes(life.tries("p2", YES)) == [ReasonCode.NOT_ALLOWED]
    life.does("p3", YES)
    assert life.phase == "design"


def test_on_hold_no_conclusion_is_drawn_but_as_soon_as_the_card_goes_on():
    life = asked(a_pipe_asking(a_stage(by=["user:p1", "role:director"], need="all")))
    life.does("p1", YES)
    life.does("bo", HoldCard(reason="Legal"))
    life.people = {**life.people, "dee": a_person("dee")}
    assert life.does(ENGINE, LookAgain()) == ()
    assert life.phase == "concept"
    life.does("bo", ResumeCard())
    assert life.phase == "design"


# --- what changes meanwhile -----------------------------------------------------------------------


def edited(**values: Any) -> EditCard:
    return EditCard(values={FieldId(name): value for name, value in values.items()})


def test_an_edit_of_what_was_decided_on_voids_the_decisions():
    life = asked(a_pipe_asking(a_stage(need=2), reset_on_edit=["problem"]))
    life.does("p1", YES)
    assert kinds(life.does("bo", edited(effort=3))) == ["field.changed"]
    assert kinds(life.does("bo", edited(problem="Another"))) == [
        "field.changed",
        "approval.voided",
        "approval.stage_opened",
    ]
    life.does("p2", YES)
    assert life.phase == "concept"


def test_what_is_written_along_with_the_request_voids_nothing():
    pipe = a_pipe_asking(a_stage(), reset_on_edit=["problem"])
    life = a_life(pipe, people={**PEOPLE, **CROWD}).creates("ana", name="Offline mode")
    wish = replace(TO_DESIGN, values={FieldId("problem"): "Another"})
    assert kinds(life.does("bo", wish)) == [
        "field.changed",
        "approval.requested",
        "approval.stage_opened",
    ]


def test_conditions_are_checked_again_when_the_last_stage_is_satisfied():
    guard = {"if": {">=": [{"var": "fields.effort"}, 3]}, "else": "The effort must reach 3."}
    pipe = a_pipe_with_way(when=[guard], approval={"stages": [a_stage()]})
    life = a_life(pipe, people={**PEOPLE, **CROWD}).creates("ana", name="Offline mode")
    life.does("bo", edited(effort=5))
    life.does("bo", TO_DESIGN)
    life.does("bo", edited(effort=1))
    happened = life.does("p1", YES)
    assert kinds(happened)[-1] == "approval.returned"
    assert vars_of(happened[-1])["reasons"] == ("The effort must reach 3.",)
    assert life.phase == "concept"
    assert life.it.pending is None


def test_a_full_phase_returns_the_request_and_does_not_refuse_it():
    life = a_life(limited(), people={**PEOPLE, **CROWD}, full={"design"})
    life.creates("ana", name="Offline mode").does("bo", TO_DESIGN)
    assert kinds(life.does("p1", YES))[-1] == "approval.returned"


def limited() -> CompiledPipe:
    return a_pipe(
        phases=[
            a_phase("concept", form=["name", "problem"]),
            a_phase("design", wip_limit={"cards": 1}),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design", approval={"stages": [a_stage()]}),
            a_way("finish", "design", "done"),
        ],
    )


@pytest.mark.parametrize(("who", "may"), [("bo", True), ("ana", True), ("p1", False)])
def test_who_may_withdraw(who: str, may: bool):
    life = asked(a_pipe_asking())
    outcome = life.tries(who, WithdrawRequest())
    assert (not isinstance(outcome, Rejection)) == may
    assert (life.it.pending is None) == may


def test_cancelling_the_card_withdraws_the_request():
    life = asked(a_pipe_asking(a_stage(deadline="2d")))
    assert kinds(life.does("ana", CancelCard(reason="Double")))[:1] == ["clock.stopped"]
    assert life.it.pending is None
    assert codes(life.tries("p1", YES)) == [ReasonCode.CARD_FINISHED]


def test_on_hold_nobody_decides_and_the_stages_clock_stands_still():
    life = asked(a_pipe_asking(a_stage(deadline="2d", on_deadline="approve")))
    life.does("bo", HoldCard(reason="Legal"))
    assert codes(life.tries("p1", YES)) == [ReasonCode.ON_HOLD]
    life.passes(days=9)
    assert life.phase == "concept"


def test_without_a_request_there_is_nothing_to_decide():
    life = a_life(a_pipe_asking()).creates("ana", name="Offline mode")
    for wish in (YES, NO, WithdrawRequest()):
        assert codes(life.tries("bo", wish)) == [ReasonCode.NO_REQUEST]


def test_an_automatic_way_asks_for_its_approval_by_itself_and_only_once():
    pipe = a_pipe(
        phases=[
            a_phase("concept", form=["name", "effort"]),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way(
                "to-design",
                "concept",
                "design",
                automatic=True,
                when=[{"if": {">=": [{"var": "fields.effort"}, 3]}}],
                approval={"stages": [a_stage()]},
            ),
            a_way("finish", "design", "done"),
        ],
    )
    life = a_life(pipe, people={**PEOPLE, **CROWD}).creates("ana", name="Offline mode")
    assert kinds(life.does("bo", edited(effort=5))) == [
        "field.changed",
        "approval.requested",
        "approval.stage_opened",
    ]
    assert kinds(life.does("p1", NO)) == ["approval.refused", "approval.rejected"]
    assert kinds(life.does("bo", edited(effort=8))) == ["field.changed"]


# --- why ------------------------------------------------------------------------------------------


def test_the_explanation_says_what_a_request_waits_for_and_who_can_act():
    life = asked(a_pipe_asking(a_stage(name="peers", need=2), exclude=["requester"]))
    life.does("p1", YES)
    facts = life.facts(user("p2"), questions_explain(life.pipe, life.it))
    explained = explain(life.pipe, life.it, user("p2"), facts)
    request = explained.request
    assert request is not None
    assert (request.approvals, request.needed) == (1, 2)
    assert request.undecided == ("p2", "p3", "p4", "p5")
    assert request.names == ("p2",)
    assert not request.may_withdraw
    assert explained.situation.endswith("waits for 1 approval: peers, by the team Product.")


# --- any course of decisions, against a model written a second time -------------------------------


@given(
    need=st.one_of(st.integers(1, 7), st.sampled_from(["all", "majority"])),
    mode=st.sampled_from(["any", "impossible"]),
    said=st.lists(st.tuples(st.sampled_from(sorted(CROWD)), st.booleans()), max_size=12),
)
def test_a_stage_ends_exactly_when_the_count_says_so(
    need: Any, mode: str, said: list[tuple[str, bool]]
):
    pipe = a_pipe_asking(a_stage(by=[f"user:{name}" for name in CROWD], need=need), reject=mode)
    life = asked(pipe)
    wanted = {"all": 5, "majority": 3}.get(need, need)
    wanted = min(wanted, len(CROWD))
    votes: dict[str, bool] = {}
    for who, yes in said:
        if life.it.pending is None:
            break
        life.does(who, YES if yes else NO)
        votes[who] = yes
        approvals, rejections = sum(votes.values()), len(votes) - sum(votes.values())
        ended = (rejections and mode == "any") or len(CROWD) - rejections < wanted
        assert life.phase == ("design" if approvals >= wanted and not ended else "concept")
        assert (life.it.pending is None) == (approvals >= wanted or bool(ended))
