"""Phases that hold only so many cards, and values that only one open card may have."""

from typing import Any

import pytest

from engine.core.actors import ENGINE
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    CancelCard,
    LookAgain,
    MoveCard,
    RejectRequest,
    ReopenCard,
    ReturnHandoff,
)
from engine.core.events import LimitExceeded
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import PhaseId, TransitionId
from tests.builders import Course, a_field, a_life, a_phase, a_pipe, a_way, codes, creation, kinds

TO_DESIGN = MoveCard(transition=TransitionId("to-design"))
APPROVAL = {"stages": [{"id": "s", "by": ["team:design"]}], "on_reject": "design"}


def a_pipe_with_limits(
    enforce: str, *, way: dict[str, Any] | None = None, handoff: dict[str, Any] | None = None
) -> CompiledPipe:
    """Concept → design → done, where concept and design hold so many cards."""
    limit = {"cards": 2, "enforce": enforce}
    design = {"handoff": handoff} if handoff is not None else {}
    return a_pipe(
        phases=[
            a_phase("concept", form=["name"], team="product", wip_limit=limit),
            a_phase("design", team="design", wip_limit=limit, **design),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design", **(way or {})),
            a_way("finish", "design", "done"),
        ],
    )


def crowded(enforce: str, full: str, **parts: Any) -> Course:
    """A card in concept, after which these phases have as many cards as they may."""
    life = a_life(a_pipe_with_limits(enforce, **parts)).creates("bo", name="Offline mode")
    life.full = set(full.split())
    return life


def exceeded(life: Course) -> list[LimitExceeded]:
    return [event.body for event in life.history if isinstance(event.body, LimitExceeded)]


def test_no_card_is_created_in_a_full_phase():
    life = a_life(a_pipe_with_limits("block"), full={"concept"})
    assert codes(life.tries("bo", creation(name="Offline mode"))) == [ReasonCode.PHASE_FULL]


def test_no_card_moves_into_a_full_phase():
    life = crowded("block", "design")
    assert codes(life.tries("bo", TO_DESIGN)) == [ReasonCode.PHASE_FULL]
    assert life.phase == "concept"


def test_no_card_is_reopened_into_a_full_phase():
    life = crowded("block", "concept")
    life.does("ana", CancelCard(reason="Not now"))
    assert codes(life.tries("ana", ReopenCard(reason="Now"))) == [ReasonCode.PHASE_FULL]
    life.full.clear()
    life.does("ana", ReopenCard(reason="Now"))


def test_a_card_moves_by_itself_as_soon_as_there_is_room():
    life = a_life(a_pipe_with_limits("block", way={"automatic": True}), full={"design"})
    life.creates("bo", name="Offline mode")
    assert life.does(ENGINE, LookAgain()) == ()
    life.full.clear()
    assert kinds(life.does(ENGINE, LookAgain())) == ["card.moved"]


def test_what_is_sent_back_is_let_in_and_the_crowd_is_noted():
    life = crowded("block", "concept", handoff={})
    life.does("bo", TO_DESIGN)
    happened = kinds(life.does("cy", ReturnHandoff(reason="No sketches")))
    assert happened == ["handoff.returned", "phase.over_limit"]
    assert life.phase == "concept"


def test_where_a_rejection_leads_the_card_is_let_in_and_the_crowd_is_noted():
    life = crowded("block", "design", way={"approval": APPROVAL})
    life.does("bo", TO_DESIGN)
    life.does("cy", RejectRequest(comment="No"))
    assert life.phase == "design"
    assert exceeded(life) == [LimitExceeded(phase=PhaseId("design"), limit=2, cards=3)]


@pytest.mark.parametrize("way", ["moved", "automatic", "approved", "created", "reopened"])
def test_a_limit_that_only_warns_lets_every_card_in_and_notes_the_crowd(way: str):
    parts: dict[str, dict[str, Any]] = {
        "automatic": {"automatic": True},
        "approved": {"approval": APPROVAL},
    }
    life = a_life(a_pipe_with_limits("warn", way=parts.get(way)), full={"concept", "design"})
    life.creates("bo", name="Offline mode")
    if way in ("moved", "approved"):
        life.does("bo", TO_DESIGN)
    if way == "approved":
        life.does("cy", ApproveRequest())
    if way == "reopened":
        life.does("ana", CancelCard(reason="Not now"))
        life.does("ana", ReopenCard(reason="Now"))
    phases = [str(event.phase) for event in exceeded(life)]
    assert (
        phases
        == {
            "moved": ["concept", "design"],
            "automatic": ["concept", "design"],
            "approved": ["concept", "design"],
            "created": ["concept"],
            "reopened": ["concept", "concept"],
        }[way]
    )


def test_accepting_takes_no_further_place():
    life = crowded("block", "", handoff={})
    life.does("bo", TO_DESIGN)
    life.full.add("design")
    life.does("cy", AcceptHandoff())
    assert exceeded(life) == []


def test_a_card_is_not_reopened_when_another_has_its_unique_value_by_now():
    pipe = a_pipe(
        fields={
            "name": a_field("short_text", "Name"),
            "ticket": a_field("short_text", "Ticket", unique=True),
        },
        start={"phase": "concept", "form": ["name", "ticket"]},
        phases=[a_phase("concept", form=["name"]), a_phase("done", final="done")],
        transitions=[a_way("finish", "concept", "done")],
    )
    life = a_life(pipe).creates("bo", name="Offline mode", ticket="T-1")
    life.does("bo", MoveCard(transition=TransitionId("finish")))
    life.taken.add('"t-1"')
    assert codes(life.tries("ana", ReopenCard(reason="Again"))) == [ReasonCode.NOT_UNIQUE]
    life.taken.clear()
    life.does("ana", ReopenCard(reason="Again"))
