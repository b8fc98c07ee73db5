"""What each command leads to, and everything that is said against it."""

from datetime import timedelta

import pytest

from engine.core.commands import (
    AddComment,
    AssignCard,
    CancelCard,
    ClaimCard,
    EditCard,
    HoldCard,
    MoveCard,
    ReopenCard,
    ResumeCard,
    Wish,
)
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, JsonValue, PhaseId, TransitionId, UserId
from tests.builders import Course, a_life, a_phase, a_pipe, a_pipe_with_way, a_way, codes, kinds

TO_DESIGN = MoveCard(transition=TransitionId("to-design"))
FINISH = MoveCard(transition=TransitionId("finish"))


def edit(**values: JsonValue) -> EditCard:
    return EditCard(values={FieldId(name): value for name, value in values.items()})


def in_concept() -> Course:
    return a_life().creates(name="Offline mode")


def in_design() -> Course:
    life = in_concept()
    life.does("bo", TO_DESIGN)
    return life


def finished() -> Course:
    life = in_design()
    life.does("bo", FINISH)
    return life


def on_hold() -> Course:
    life = in_concept()
    life.does("bo", HoldCard(reason="Waiting for legal"))
    return life


ACCEPTED: list[tuple[str, Course, str, Wish, list[str]]] = [
    ("edit", in_concept(), "bo", edit(problem="Lost notes"), ["field.changed"]),
    ("edit nothing", in_concept(), "bo", edit(name="Offline mode"), []),
    ("label", in_concept(), "bo", EditCard(labels=("mobile",)), ["card.labelled"]),
    ("prioritize", in_concept(), "bo", EditCard(priority="high"), ["card.prioritized"]),
    ("move", in_concept(), "bo", TO_DESIGN, ["card.moved"]),
    ("move by phase", in_concept(), "bo", MoveCard(to=PhaseId("design")), ["card.moved"]),
    ("finish", in_design(), "bo", FINISH, ["card.moved", "card.done"]),
    (
        "give up",
        in_design(),
        "bo",
        MoveCard(transition=TransitionId("reject")),
        ["card.moved", "card.cancelled"],
    ),
    ("assign", in_concept(), "bo", AssignCard(assignees=(UserId("cy"),)), ["card.assigned"]),
    ("claim", in_concept(), "cy", ClaimCard(), ["card.assigned"]),
    ("comment", in_concept(), "bo", AddComment(text="@cy look"), ["comment.added"]),
    ("hold", in_concept(), "bo", HoldCard(reason="Legal"), ["card.held"]),
    ("resume", on_hold(), "bo", ResumeCard(), ["card.resumed"]),
    ("cancel", in_concept(), "bo", CancelCard(reason="Double"), ["card.cancelled"]),
    ("reopen", finished(), "ana", ReopenCard(reason="Again"), ["card.reopened"]),
]


@pytest.mark.parametrize(
    ("life", "who", "wish", "happened"),
    [case[1:] for case in ACCEPTED],
    ids=[case[0] for case in ACCEPTED],
)
def test_what_a_command_leads_to(life: Course, who: str, wish: Wish, happened: list[str]):
    assert kinds(life.does(who, wish)) == happened


def pipe_with_conditions() -> CompiledPipe:
    return a_pipe_with_way(
        when=[{"if": {">=": [{"var": "fields.effort"}, 3]}, "else": "The effort must reach 3."}],
        comment="required",
    )


REJECTED: list[tuple[str, Course, str, Wish, list[ReasonCode]]] = [
    ("a stranger edits", in_concept(), "val", edit(name="Other"), [ReasonCode.NOT_ALLOWED]),
    ("a stranger moves", in_concept(), "gus", TO_DESIGN, [ReasonCode.NOT_ALLOWED]),
    ("too long", in_concept(), "bo", edit(name="x" * 41), [ReasonCode.INVALID_VALUE]),
    ("wrong kind", in_concept(), "bo", edit(effort="much"), [ReasonCode.INVALID_VALUE]),
    ("no such field", in_concept(), "bo", edit(price=1), [ReasonCode.UNKNOWN_FIELD]),
    ("not in this form", in_design(), "bo", edit(name="Other"), [ReasonCode.FIELD_CLOSED]),
    (
        "no such way",
        in_concept(),
        "bo",
        MoveCard(transition=TransitionId("nowhere")),
        [ReasonCode.UNKNOWN_TRANSITION],
    ),
    ("not from here", in_concept(), "bo", FINISH, [ReasonCode.NO_SUCH_WAY]),
    ("on hold", on_hold(), "bo", TO_DESIGN, [ReasonCode.ON_HOLD]),
    ("finished", finished(), "bo", TO_DESIGN, [ReasonCode.CARD_FINISHED]),
    (
        "nobody of that name",
        in_concept(),
        "bo",
        AssignCard(assignees=(UserId("nobody"),)),
        [ReasonCode.UNKNOWN_PERSON],
    ),
    ("an empty comment", in_concept(), "bo", AddComment(text="  "), [ReasonCode.EMPTY_TEXT]),
    ("held twice", on_hold(), "bo", HoldCard(reason="Again"), [ReasonCode.ON_HOLD]),
    ("not on hold", in_concept(), "bo", ResumeCard(), [ReasonCode.NOT_ON_HOLD]),
    ("cancelled by others", in_concept(), "cy", CancelCard(reason="x"), [ReasonCode.NOT_ALLOWED]),
    ("reopened while open", in_concept(), "ana", ReopenCard(reason="x"), [ReasonCode.CARD_OPEN]),
]


@pytest.mark.parametrize(
    ("life", "who", "wish", "expected"),
    [case[1:] for case in REJECTED],
    ids=[case[0] for case in REJECTED],
)
def test_why_a_command_is_turned_away(
    life: Course, who: str, wish: Wish, expected: list[ReasonCode]
):
    before = life.it

    assert codes(life.tries(who, wish)) == expected
    assert life.it == before


def test_every_reason_is_given_at_once():
    life = a_life(pipe_with_conditions()).creates(name="Offline mode")

    outcome = codes(life.tries("val", TO_DESIGN))

    assert set(outcome) == {
        ReasonCode.NOT_ALLOWED,
        ReasonCode.CONDITION,
        ReasonCode.COMMENT_REQUIRED,
    }


def test_values_sent_with_a_move_are_stored_first_in_the_same_step():
    life = a_life(pipe_with_conditions()).creates(name="Offline mode")
    wish = MoveCard(
        transition=TransitionId("to-design"), values={FieldId("effort"): 3}, comment="Ready"
    )

    assert kinds(life.does("bo", wish)) == ["field.changed", "card.moved"]
    assert life.phase == "design"


def test_a_full_phase_takes_no_card():
    pipe = a_pipe(
        phases=[
            a_phase("concept", form=["name"]),
            a_phase("design", wip_limit={"cards": 2, "enforce": "block"}),
            a_phase("done", final="done"),
        ],
        transitions=[a_way("to-design", "concept", "design"), a_way("finish", "design", "done")],
    )
    life = a_life(pipe, full={"design"}).creates(name="Offline mode")

    assert codes(life.tries("bo", TO_DESIGN)) == [ReasonCode.PHASE_FULL]


def test_somebody_who_saw_an_older_version_is_told():
    life = in_concept()
    life.does("bo", edit(problem="Lost notes"))

    assert codes(life.tries("cy", edit(problem="Other"), seen=1)) == [ReasonCode.VERSION_CONFLICT]


def test_a_transition_that_waits_happens_by_itself_when_its_time_has_come():
    pipe = a_pipe(
        transitions=[
            a_way("to-design", "concept", "design"),
            a_way("finish", "design", "done", after="30d"),
        ]
    )
    life = a_life(pipe).creates(name="Offline mode")
    life.does("bo", TO_DESIGN)

    life.passes(days=29)
    assert life.phase == "design"
    life.passes(days=2)
    assert life.phase == "done"


def test_an_automatic_transition_happens_as_soon_as_its_condition_holds():
    pipe = a_pipe_with_way(
        automatic=True, when=[{"if": {">=": [{"var": "fields.effort"}, 3]}, "else": "Effort!"}]
    )
    life = a_life(pipe).creates(name="Offline mode")
    assert life.phase == "concept"

    life.does("bo", edit(effort=5))

    assert life.phase == "design"


def test_a_clock_pauses_while_the_card_is_on_hold():
    pipe = a_pipe(
        phases=[
            a_phase("concept", form=["name"], sla={"target": "3d"}),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[a_way("to-design", "concept", "design"), a_way("finish", "design", "done")],
    )
    life = a_life(pipe).creates(name="Offline mode")
    (clock,) = life.it.clocks.values()
    first = clock.deadline

    life.waits(days=1).does("bo", HoldCard(reason="Legal"))
    life.waits(days=10).does("bo", ResumeCard())

    (clock,) = life.it.clocks.values()
    assert clock.deadline == first + timedelta(days=10)
    life.passes(days=3)
    assert "sla.breached" in [event.body.kind for event in life.history]
    assert "clock.stopped" in kinds(life.does("bo", TO_DESIGN))
