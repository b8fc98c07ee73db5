"""Who may do what: the table of the specification, written out a second time."""

from typing import Any

import pytest

from engine.core.actors import ENGINE, user
from engine.core.card import Card
from engine.core.commands import MoveCard, RunActions
from engine.core.reasons import Rejection
from engine.core.rights import Deed, hidden_fields, may
from pipes.forms import CompiledPipe
from pipes.identifiers import AutomationId, TransitionId
from tests.builders import (
    AUTOMATION,
    PEOPLE,
    PUBLIC,
    a_card,
    a_field,
    a_life,
    a_person,
    a_phase,
    a_pipe,
    a_way,
)

DEEDS: tuple[Deed, ...] = (
    "see",
    "create",
    "edit",
    "move",
    "assign",
    "claim",
    "comment",
    "attach",
    "detach",
    "hold",
    "resume",
    "cancel",
    "reopen",
)
ALL: set[str] = set(DEEDS)
WORK: set[str] = {"see", "edit", "move", "comment", "attach", "detach", "hold", "resume"}
MAY: dict[str, set[str]] = {
    "ora": ALL,  # owner of the installation
    "ana": ALL,  # admin of the pipe
    "cy": WORK | {"create", "assign", "claim"},  # member of the pipe
    "rae": {"create"},  # requester
    "val": {"see"},  # viewer
    "gus": set(),  # guest of the installation
    "out": set(),  # no part in the pipe
}
CARD = a_card()


@pytest.mark.parametrize("who", sorted(MAY))
@pytest.mark.parametrize("deed", DEEDS)
def test_role_and_deed(who: str, deed: Deed):
    assert may(deed, user(who), PEOPLE[who], CARD) == (deed in MAY[who])


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (a_card(creator="gus"), {"see", "comment", "attach", "cancel"}),
        (a_card(assignees=("gus",)), WORK),
    ],
    ids=["creator", "assignee"],
)
def test_a_relation_to_the_card_gives_rights_that_the_role_does_not(card: Card, expected: set[str]):
    allowed = {deed for deed in DEEDS if may(deed, user("gus"), PEOPLE["gus"], card)}

    assert allowed == expected


def test_who_is_not_signed_in_may_nothing_and_the_pipe_itself_everything():
    assert not any(may(deed, PUBLIC, None, CARD) for deed in DEEDS)
    assert all(may(deed, AUTOMATION, None, CARD) for deed in DEEDS)
    assert all(may(deed, ENGINE, None, CARD) for deed in DEEDS)


def test_a_confidential_field_is_hidden_from_all_but_those_it_names():
    pipe = a_pipe(
        fields={
            "name": a_field("short_text", "Name"),
            "problem": a_field("long_text", "Problem"),
            "effort": a_field("number", "Effort"),
            "owner": a_field("user", "Owner", confidential=["team:design", "role:admin"]),
        }
    )
    designer = a_person("cy", teams=frozenset({"design"}))

    assert hidden_fields(pipe.definition, PEOPLE["bo"], CARD) == {"owner"}
    assert hidden_fields(pipe.definition, designer, CARD) == set()
    assert hidden_fields(pipe.definition, PEOPLE["ana"], CARD) == set()
    assert hidden_fields(pipe.definition, None, CARD) == {"owner"}


# --- what is told to everybody who sees the card --------------------------------------------------


def a_pipe_with_a_secret(**parts: Any) -> CompiledPipe:
    """The way to design depends on a field that only the team design may see."""
    return a_pipe(
        fields={
            "name": a_field("short_text", "Name"),
            "salary": a_field("number", "Salary", maximum=9000, confidential=["team:design"]),
        },
        start={"phase": "concept", "form": ["name", "salary"]},
        phases=[a_phase("concept", form=["name", "salary"]), a_phase("done", final="done")],
        transitions=[
            a_way(
                "finish", "concept", "done", when=[{"if": {"<": [{"var": "fields.salary"}, 100]}}]
            )
        ],
        automations=[
            {"id": "pay", "on": "card.created", "do": [{"set": {"salary": 123456}}]},
        ],
        **parts,
    )


def test_a_reason_does_not_say_what_stands_in_a_confidential_field():
    life = a_life(a_pipe_with_a_secret()).creates("cy", name="Offline mode", salary=4321)

    outcome = life.tries("bo", MoveCard(transition=TransitionId("finish")))

    assert isinstance(outcome, Rejection)
    assert [reason.code for reason in outcome.reasons] == ["condition"]
    assert "4321" not in repr(outcome.reasons)


def test_nor_does_what_an_automation_is_refused_say_what_it_was_to_hold():
    life = a_life(a_pipe_with_a_secret()).creates("cy", name="Offline mode")

    run = RunActions(automation=AutomationId("pay"), first=0, end=1, by=ENGINE)
    outcome = life.tries(AUTOMATION, run)

    assert isinstance(outcome, Rejection)
    assert [reason.code for reason in outcome.reasons] == ["invalid_value"]
    assert "9000" not in repr(outcome.reasons)
    assert "123456" not in repr(outcome.reasons)
