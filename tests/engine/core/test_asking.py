"""What shows to be needed only while a command is decided: who stands in a value that a rule gives,
whether a value is free with which a field begins.
"""

from typing import Any

import pytest

from engine.core.actors import ENGINE
from engine.core.asking import with_missing
from engine.core.commands import ApproveRequest, ClockId, EditCard, MoveCard, RingClock, RunActions
from engine.core.decide import decide
from engine.core.facts import IsUnique, PeopleIn, Unanswered
from engine.core.questions import questions
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import AutomationId, FieldId, TransitionId
from tests.builders import (
    AUTOMATION,
    Course,
    a_document,
    a_field,
    a_life,
    a_phase,
    a_pipe,
    a_way,
    codes,
    creation,
)

REVIEWERS = FieldId("reviewers")
LATER = {"if": [{">": [{"var": "today"}, "2026-03-02"]}, "design", "product"]}
APPROVE = ApproveRequest()
TO_DESIGN = MoveCard(transition=TransitionId("to-design"))


def a_pipe_whose_reviewers_change(**parts: Any) -> CompiledPipe:
    """The way from concept to design is approved by a team that stands in a field.

    After a day in concept the clock puts the designers there, by a rule over the date.
    """
    known = a_document()["fields"]
    return a_pipe(
        fields={**known, "reviewers": a_field("team", "Reviewers", default="product")},
        start={"phase": "concept", "form": ["name", "reviewers"]},
        phases=[
            a_phase(
                "concept",
                form=["name", "reviewers", "owner"],
                sla={
                    "target": "1d",
                    "escalate": [{"at": "0m", "do": [{"set": {"reviewers": LATER}}]}],
                },
            ),
            a_phase("design"),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way(
                "to-design",
                "concept",
                "design",
                approval={"stages": [{"id": "review", "by": ["field:reviewers"]}]},
            ),
            a_way("finish", "design", "done"),
        ],
        **parts,
    )


def waiting(**parts: Any) -> Course:
    """A card that waits for Bo of the product team, the only one there."""
    life = a_life(a_pipe_whose_reviewers_change(**parts)).creates("dee", name="Offline mode")
    life.does("ana", TO_DESIGN)
    assert life.it.pending is not None
    assert life.it.pending.approvers == ("bo",)
    return life


def test_what_a_rule_over_the_date_will_write_cannot_be_foreseen():
    life = waiting()
    life.waits(days=1)
    command = life.command(ENGINE, RingClock(clock=ClockId("phase:concept")))
    foreseen = life.facts(ENGINE, questions(life.pipe, life.card, command))

    with pytest.raises(Unanswered) as raised:
        decide(life.pipe, life.card, command, foreseen)

    assert raised.value.question == PeopleIn(principal="team:design")


def test_an_escalation_may_give_a_request_to_other_approvers():
    life = waiting()
    life.passes(days=1)

    assert life.it.values[REVIEWERS] == "design"
    assert codes(life.tries("bo", APPROVE)) == [ReasonCode.NOT_ALLOWED]
    assert life.tries("cy", APPROVE)
    assert life.phase == "design"


def test_an_automation_may_write_a_person_whom_a_rule_names():
    owner = {"if": [{">": [{"var": "today"}, "2026-01-01"]}, "cy", "bo"]}
    life = waiting(
        automations=[{"id": "own", "on": "card.created", "do": [{"set": {"owner": owner}}]}]
    )
    run = RunActions(automation=AutomationId("own"), first=0, end=1, by=ENGINE)

    life.does(AUTOMATION, run)

    assert life.it.values[FieldId("owner")] == "cy"


def test_one_action_may_build_on_what_another_has_written():
    design = {"if": [{">": [{"var": "fields.effort"}, 5]}, "design", "product"]}
    life = waiting(
        automations=[
            {
                "id": "grow",
                "on": "card.created",
                "do": [{"set": {"effort": 8}}, {"set": {"reviewers": design}}],
            }
        ]
    )
    life.does(AUTOMATION, RunActions(automation=AutomationId("grow"), first=0, end=2, by=ENGINE))

    assert life.it.pending is not None
    assert life.it.values[REVIEWERS] == "design"
    assert life.tries("cy", APPROVE)


def test_what_stays_without_an_answer_is_not_asked_for_ever():
    missing = Unanswered(PeopleIn(principal="team:design"))
    besides = with_missing((), missing)

    with pytest.raises(Unanswered):
        with_missing(besides, missing)


# --- unique values with which a field begins ------------------------------------------------------


def a_pipe_with_tickets() -> CompiledPipe:
    """Each card begins with a ticket after its name, in the form of design with a number."""
    return a_pipe(
        fields={
            "name": a_field("short_text", "Name"),
            "ticket": a_field("short_text", "Ticket", unique=True, default={"var": "fields.name"}),
            "number": a_field("number", "Number", unique=True, default=1),
        },
        start={"phase": "concept", "form": ["name", "ticket"]},
        phases=[
            a_phase("concept", form=["name", "ticket"]),
            a_phase("design", form=["number"]),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design"),
            a_way("finish", "design", "done"),
        ],
    )


def test_no_card_begins_with_a_default_that_another_open_card_has():
    life = a_life(a_pipe_with_tickets(), taken={'"offline mode"'})

    turned_away = life.tries("bo", creation(name="Offline mode"))

    assert codes(turned_away) == [ReasonCode.NOT_UNIQUE]
    assert life.tries("bo", creation(name="Offline mode", ticket="T-1"))


def test_whether_a_default_is_free_is_asked_by_a_reservation():
    life = a_life(a_pipe_with_tickets())
    command = life.command("bo", creation(name="Offline mode"))

    with pytest.raises(Unanswered) as raised:
        decide(
            life.pipe,
            None,
            command,
            life.facts(command.person, questions(life.pipe, None, command)),
        )

    assert raised.value.question == IsUnique(field=FieldId("ticket"), value='"offline mode"')


def test_a_default_that_is_taken_leaves_a_phases_field_empty():
    life = a_life(a_pipe_with_tickets(), taken={"1"}).creates("bo", name="Offline mode")

    life.does("bo", TO_DESIGN)

    assert FieldId("number") not in life.it.values
    life.taken.clear()
    life.does("bo", EditCard(values={FieldId("number"): 1}))
