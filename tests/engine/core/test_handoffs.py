"""Cards that pass from team to team: who is given them, and what has to happen first."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core.actors import ENGINE, user
from engine.core.commands import (
    AcceptHandoff,
    AssignCard,
    CancelCard,
    ClaimCard,
    EditCard,
    HoldCard,
    MoveCard,
    OfferHandoff,
    ResumeCard,
    ReturnHandoff,
)
from engine.core.explain import explain, questions_explain
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, TeamId, TransitionId, UserId
from tests.builders import (
    PEOPLE,
    Course,
    a_life,
    a_person,
    a_phase,
    a_pipe,
    a_way,
    codes,
    kinds,
)

TO_DESIGN = MoveCard(transition=TransitionId("to-design"))
FINISH = MoveCard(transition=TransitionId("finish"))
ACCEPT = AcceptHandoff()


def a_pipe_handing_over(design: dict[str, Any] | None = None, **rule: Any) -> CompiledPipe:
    return a_pipe(
        phases=[
            a_phase("concept", team="product", form=["name", "effort"]),
            a_phase("design", team="design", form=["effort"], handoff=rule, **(design or {})),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design"),
            a_way("again", "design", "design"),
            a_way("finish", "design", "done"),
        ],
    )


def handed_over(design: dict[str, Any] | None = None, away: str = "", **rule: Any) -> Course:
    """A card of bo's that has just arrived in design, whose only member is cy."""
    life = a_life(a_pipe_handing_over(design, **rule), away=set(away.split()))
    life.creates("bo", name="Offline mode")
    life.card = replace(life.it, work=replace(life.it.work, assignees=(UserId("bo"),)))
    life.does("bo", TO_DESIGN)
    return life


def test_a_card_from_another_team_waits_to_be_accepted():
    life = handed_over()
    assert life.phase == "design"
    assert life.it.handoff is not None
    assert codes(life.tries("cy", FINISH)) == [ReasonCode.HANDOFF_WAITING]
    life.does("cy", ACCEPT)
    life.does("cy", FINISH)
    assert life.phase == "done"


def test_within_a_team_nothing_is_handed_over():
    life = handed_over()
    life.does("cy", ACCEPT)
    life.does("cy", MoveCard(transition=TransitionId("again")))
    assert life.it.handoff is None


ASSIGNED: list[tuple[str, str, tuple[str, ...], list[str]]] = [
    ("queue", "", (), ["card.moved", "handoff.begun", "card.assigned"]),
    ("round_robin", "", ("cy",), ["card.moved", "handoff.begun", "card.assigned"]),
    ("least_loaded", "", ("cy",), ["card.moved", "handoff.begun", "card.assigned"]),
    ("keep", "", ("bo",), ["card.moved", "handoff.begun"]),
    (
        "queue",
        "cy",
        (),
        ["card.moved", "handoff.begun", "card.assigned", "handoff.queued"],
    ),
    ("keep", "cy", ("bo",), ["card.moved", "handoff.begun"]),
    (
        "keep",
        "bo",
        (),
        ["card.moved", "handoff.begun", "card.assigned", "handoff.queued"],
    ),
    (
        "round_robin",
        "cy",
        (),
        ["card.moved", "handoff.begun", "card.assigned", "handoff.queued"],
    ),
    (
        "least_loaded",
        "cy",
        (),
        ["card.moved", "handoff.begun", "card.assigned", "handoff.queued"],
    ),
]


@pytest.mark.parametrize(("assign", "away", "assignees", "happened"), ASSIGNED)
def test_the_way_to_assign_picks_who_has_the_card(
    assign: str, away: str, assignees: tuple[str, ...], happened: list[str]
):
    life = handed_over(assign=assign, away=away)
    assert life.it.work.assignees == assignees
    assert kinds(event.body for event in life.history[1:]) == happened


# What is done about a handoff that waits when people go or come back: how it was assigned, who had
# it (`-` nobody), who is away, who has it then, and what happened.
PEOPLE_CHANGE: list[tuple[str, str, str, tuple[str, ...], list[str]]] = [
    ("round_robin", "cy", "", ("cy",), []),
    ("round_robin", "cy", "bo", ("cy",), []),
    ("round_robin", "cy", "cy", ("di",), ["handoff.offered", "card.assigned"]),
    ("least_loaded", "cy", "cy", ("di",), ["handoff.offered", "card.assigned"]),
    ("least_loaded", "cy", "cy di", (), ["card.assigned", "handoff.queued"]),
    ("least_loaded", "-", "", ("cy",), ["handoff.offered", "card.assigned"]),
    ("least_loaded", "bo", "", ("cy",), ["handoff.offered", "card.assigned"]),
    ("least_loaded", "cy bo", "bo", ("cy", "bo"), []),
    ("queue", "-", "", (), []),
    ("queue", "-", "cy di", (), ["handoff.queued"]),
    ("queue", "cy", "cy", (), ["handoff.offered", "card.assigned"]),
    ("queue", "cy", "cy di", (), ["card.assigned", "handoff.queued"]),
    ("keep", "bo", "cy di", ("bo",), []),
    ("keep", "bo", "bo", (), ["card.assigned", "handoff.queued"]),
    ("keep", "bo cy", "bo", ("bo", "cy"), []),
]


@pytest.mark.parametrize(("assign", "had", "away", "has", "happened"), PEOPLE_CHANGE)
def test_when_nobody_is_left_who_was_offered_it_it_is_offered_anew(
    assign: str, had: str, away: str, has: tuple[str, ...], happened: list[str]
):
    people = {**PEOPLE, "di": a_person("di", teams=frozenset([TeamId("design")]))}
    life = a_life(a_pipe_handing_over(assign=assign), people=people)
    life.creates("bo", name="Offline mode")
    life.does("bo", TO_DESIGN)
    given = tuple(UserId(name) for name in had.replace("-", "").split())
    life.card = replace(life.it, work=replace(life.it.work, assignees=given))
    life.away = set(away.split())

    assert kinds(life.does(ENGINE, OfferHandoff())) == happened
    assert life.it.work.assignees == has
    assert life.does(ENGINE, OfferHandoff()) == ()  # Once, however often it is looked at.


def test_who_comes_back_is_offered_what_waits_in_the_queue():
    life = handed_over(assign="least_loaded", away="cy")
    assert life.it.handoff is not None
    assert life.it.handoff.is_queued
    life.away.clear()

    assert kinds(life.does(ENGINE, OfferHandoff())) == ["handoff.offered", "card.assigned"]
    assert life.it.work.assignees == ("cy",)
    assert not life.it.handoff.is_queued


def test_what_waits_for_nobody_is_not_offered():
    life = handed_over()
    life.does("cy", ACCEPT)
    assert codes(life.tries(ENGINE, OfferHandoff())) == [ReasonCode.NO_HANDOFF]


def test_a_queue_with_nobody_there_is_visible():
    life = handed_over(away="cy")
    facts = life.facts(user("bo"), questions_explain(life.pipe, life.it))
    explained = explain(life.pipe, life.it, user("bo"), facts)
    assert explained.situation.endswith("Nobody of it was there to be given it.")


def test_who_accepts_from_the_queue_has_the_card():
    life = handed_over()
    life.does("cy", ACCEPT)
    assert life.it.work.assignees == ("cy",)


@pytest.mark.parametrize(
    ("who", "may"), [("cy", True), ("ana", True), ("bo", False), ("val", False)]
)
def test_the_team_accepts_and_nobody_else_but_admins(who: str, may: bool):
    outcome = handed_over().tries(who, ACCEPT)
    assert codes(outcome) == ([] if may else [ReasonCode.NOT_ALLOWED])


@pytest.mark.parametrize("assign", ["queue", "round_robin", "least_loaded"])
def test_nobody_gets_around_the_team_by_taking_the_card_first(assign: str):
    life = handed_over(assign=assign)
    assert codes(life.tries("bo", ClaimCard())) == [ReasonCode.NOT_ALLOWED]
    life.does("bo", AssignCard(assignees=(UserId("bo"),)))
    assert codes(life.tries("bo", ACCEPT)) == [ReasonCode.NOT_ALLOWED]
    life.does("cy", ClaimCard())
    life.does("cy", ACCEPT)


def test_who_keeps_the_card_accepts_it_and_who_is_given_it_meanwhile_does_not():
    life = handed_over(assign="keep")
    life.does("ana", AssignCard(assignees=(UserId("bo"), UserId("dee"))))
    assert codes(life.tries("dee", ACCEPT)) == [ReasonCode.NOT_ALLOWED]
    life.does("bo", ACCEPT)
    assert life.it.work.assignees == ("bo", "dee")


def test_accepting_needs_the_whole_checklist():
    life = handed_over(checklist=["Problem read", "Questions listed"])
    partly = AcceptHandoff(checked=("Problem read",))
    assert codes(life.tries("cy", partly)) == [ReasonCode.CHECKLIST_OPEN]
    assert codes(life.tries("cy", ACCEPT)) == [ReasonCode.CHECKLIST_OPEN] * 2
    life.does("cy", AcceptHandoff(checked=("Questions listed", "Problem read")))
    assert life.it.handoff is None


def test_returning_puts_the_card_back_to_who_had_it_and_is_counted():
    life = handed_over(assign="least_loaded")
    assert codes(life.tries("cy", ReturnHandoff(reason=" "))) == [ReasonCode.EMPTY_TEXT]
    life.does("cy", ReturnHandoff(reason="No research"))
    assert (life.phase, life.it.work.assignees, life.it.life.returns) == ("concept", ("bo",), 1)
    assert life.it.handoff is None
    life.does("bo", TO_DESIGN)
    life.does("cy", ReturnHandoff(reason="Still none"))
    assert life.it.life.returns == 2


def test_where_nothing_can_be_returned_it_says_so():
    life = handed_over(return_to_sender=False)
    outcome = life.tries("cy", ReturnHandoff(reason="No research"))
    assert codes(outcome) == [ReasonCode.CANNOT_RETURN]


def test_the_teams_leads_are_told_again_and_again_until_somebody_accepts():
    life = handed_over(accept_within="1d")
    life.passes(hours=23)
    assert "handoff.overdue" not in kinds(event.body for event in life.history)
    life.passes(days=3)
    told = [event for event in life.history if event.body.kind == "handoff.overdue"]
    assert [event.at.day for event in told] == [3, 4, 5]
    assert life.it.work.assignees == ()
    life.does("cy", ACCEPT)
    life.passes(days=9)
    assert len([each for each in life.history if each.body.kind == "handoff.overdue"]) == 3


def test_reminders_wait_while_the_card_is_on_hold():
    life = handed_over(accept_within="1d")
    life.passes(days=1, hours=12)
    life.does("bo", HoldCard(reason="Legal"))
    life.passes(days=10)
    life.does("bo", ResumeCard())
    life.passes(hours=11)
    assert count_of(life, "handoff.overdue") == 1
    life.passes(hours=2)
    assert count_of(life, "handoff.overdue") == 2


def count_of(life: Course, kind: str) -> int:
    return sum(event.body.kind == kind for event in life.history)


SLA = {"sla": {"target": "5d"}}


@pytest.mark.parametrize(("clock", "runs"), [("arrival", True), ("acceptance", False)])
def test_the_phases_clock_starts_on_arrival_or_on_acceptance(clock: str, runs: bool):
    life = handed_over(SLA, clock=clock)
    assert ("phase:design" in life.it.clocks) == runs
    life.passes(days=1)
    life.does("cy", ACCEPT)
    begun = life.it.clocks["phase:design"].started_at.day  # type: ignore[index]
    assert begun == (2 if runs else 3)


def test_cancelling_ends_the_wait():
    life = handed_over(accept_within="1d")
    life.does("bo", CancelCard(reason="Double"))
    assert life.it.handoff is None
    assert all(not clock.is_alive for clock in life.it.clocks.values())


def test_without_a_handoff_there_is_nothing_to_accept():
    life = a_life(a_pipe_handing_over()).creates("bo", name="Offline mode")
    for wish in (ACCEPT, ReturnHandoff(reason="x")):
        assert codes(life.tries("ana", wish)) == [ReasonCode.NO_HANDOFF]


def test_a_waiting_card_may_still_be_filled_in():
    life = handed_over()
    assert kinds(life.does("cy", EditCard(values={FieldId("effort"): 3}))) == ["field.changed"]


def test_the_explanation_names_the_team_and_what_to_tick():
    life = handed_over(checklist=["Problem read"], accept_within="1d")
    facts = life.facts(user("bo"), questions_explain(life.pipe, life.it))
    explained = explain(life.pipe, life.it, user("bo"), facts)
    assert explained.situation == (
        "In “Design”. The team Design has to accept it, or return it to Concept."
    )
    assert explained.handoff is not None
    assert explained.handoff.checklist == ("Problem read",)
    assert [reason.code for reason in explained.handoff.reasons] == [ReasonCode.NOT_ALLOWED]
    assert any("accept" in coming.what for coming in explained.upcoming)


def test_where_the_team_is_empty_the_explanation_says_so_and_who_can_help():
    life = handed_over()
    life.people = {"ana": life.people["ana"]}
    facts = life.facts(user("ana"), questions_explain(life.pipe, life.it))
    explained = explain(life.pipe, life.it, user("ana"), facts)
    assert "Nobody is in the team Design: a pipe admin has to accept it" in explained.situation
    assert explained.ways_out[0].who == "a pipe admin"
