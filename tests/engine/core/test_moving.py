"""What a move names, what it takes, and what a card keeps on its way, as behaviour has it."""

from typing import Any

import pytest

from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    ClaimCard,
    MoveCard,
    RejectRequest,
    ReturnHandoff,
)
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, PhaseId, TransitionId
from tests.builders import MONDAY, Course, a_life, a_phase, a_pipe, a_way, codes, length


def to(phase: str) -> MoveCard:
    return MoveCard(to=PhaseId(phase))


def by(way: str) -> MoveCard:
    return MoveCard(transition=TransitionId(way))


def a_pipe_of_ways() -> CompiledPipe:
    """From concept one way leads to design and two to done; from design one leads back."""
    return a_pipe(
        phases=[
            a_phase("concept", form=["name", "problem", "effort"]),
            a_phase("design", form=["effort"]),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design"),
            a_way("quick", "concept", "done"),
            a_way("thorough", "concept", "done"),
            a_way("back", "design", "concept"),
            a_way("finish", "design", "done"),
        ],
    )


@pytest.mark.parametrize(
    ("wish", "reasons"),
    [
        (to("design"), []),
        (to("done"), [ReasonCode.AMBIGUOUS_WAY]),
        (to("concept"), [ReasonCode.NO_SUCH_WAY]),
        (to("nowhere"), [ReasonCode.UNKNOWN_PHASE]),
        (by("quick"), []),
        (by("back"), [ReasonCode.NO_SUCH_WAY]),
        (by("nothing"), [ReasonCode.UNKNOWN_TRANSITION]),
    ],
)
def test_a_move_names_a_transition_or_a_phase_that_just_one_leads_to(
    wish: MoveCard, reasons: list[ReasonCode]
):
    life = a_life(a_pipe_of_ways()).creates("bo", name="Offline mode")
    assert codes(life.tries("bo", wish)) == reasons


def test_who_comes_back_to_a_phase_finds_the_values_given_before():
    life = a_life(a_pipe_of_ways()).creates("bo", name="Offline mode", problem="Roaming")
    for way in ("to-design", "back", "to-design", "back"):
        life.does("bo", by(way))
    assert life.phase == "concept"
    assert life.it.values[FieldId("problem")] == "Roaming"
    assert life.it.stay.visit == 5


@pytest.mark.parametrize(("who", "may"), [("bo", True), ("rae", False), ("val", False)])
def test_where_nobody_is_named_any_member_of_the_pipe_moves(who: str, may: bool):
    life = a_life(a_pipe_of_ways()).creates("ana", name="Offline mode")
    assert codes(life.tries(who, to("design"))) == ([] if may else [ReasonCode.NOT_ALLOWED])


HOURS = ["09:00-17:00"]
OFFICE: dict[str, Any] = {
    "office": {"timezone": "UTC", "hours": {"mon": HOURS, "tue": HOURS, "wed": HOURS}}
}


def the_way_by_approval(**stage: Any) -> Course:
    """A card whose way to design waits for cy, in a phase with office hours."""
    approval = {"stages": [{"id": "s", "by": ["team:design"], **stage}]}
    pipe = a_pipe(
        calendars=OFFICE,
        phases=[
            a_phase("concept", form=["name"], sla={"target": "30d", "calendar": "office"}),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design", approval=approval),
            a_way("finish", "design", "done"),
        ],
    )
    life = a_life(pipe, calendars=OFFICE).creates("bo", name="Offline mode")
    life.does("bo", by("to-design"))
    return life


@pytest.mark.parametrize(
    ("deadline", "after"), [("4h", "4h"), ("8h", "1d"), ("1d", "1d"), ("12h", "1d 4h")]
)
def test_the_deadline_of_a_round_runs_in_the_phases_calendar(deadline: str, after: str):
    """From noon of a Monday; a day of this office has eight hours."""
    life = the_way_by_approval(deadline=deadline, on_deadline="approve")
    life.until(MONDAY + length(after) - length("1s"))
    assert life.phase == "concept"
    life.passes(seconds=1)
    assert life.phase == "design"


def test_a_card_that_was_returned_twice_is_known_by_rules():
    enough = {"if": {"<": [{"var": "card.returns"}, 2]}, "else": "It came back twice."}
    pipe = a_pipe(
        phases=[
            a_phase("concept", team="product", form=["name"]),
            a_phase("design", team="design", handoff={"assign": "queue"}),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design", when=[enough]),
            a_way("finish", "design", "done"),
        ],
    )
    life = a_life(pipe).creates("bo", name="Offline mode")
    for _ in range(2):
        life.does("bo", by("to-design"))
        life.does("cy", ReturnHandoff(reason="Not yet"))
    outcome = life.tries("bo", by("to-design"))
    assert codes(outcome) == [ReasonCode.CONDITION]
    assert "It came back twice." in str(outcome)


def test_nobody_decides_or_takes_over_what_does_not_wait():
    life = a_life(a_pipe_of_ways()).creates("bo", name="Offline mode")
    for wish in (ApproveRequest(), RejectRequest(comment="No")):
        assert codes(life.tries("cy", wish)) == [ReasonCode.NO_REQUEST]
    assert codes(life.tries("cy", AcceptHandoff())) == [ReasonCode.NO_HANDOFF]
    life.does("cy", ClaimCard())
    assert codes(life.tries("cy", ClaimCard())) == [ReasonCode.ALREADY_YOURS]
