"""Who is told of what happens to a card, and what they are told."""

from dataclasses import replace
from typing import Any

import pytest

from engine.core.actors import ENGINE
from engine.core.card import Card
from engine.core.commands import (
    AddComment,
    ApproveRequest,
    AssignCard,
    EditCard,
    MoveCard,
    OfferHandoff,
    RejectRequest,
    ReturnHandoff,
    Wish,
)
from engine.core.evolve import evolve
from engine.core.notices import Notice, in_place_of, notices, waiting_request, withholds
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, TransitionId, UserId
from tests.builders import Course, a_document, a_field, a_life, a_phase, a_pipe, a_way
from tests.engine import migrations

ASK = MoveCard(transition=TransitionId("to-design"))
TELL = {"to": ["role:director"], "text": "Look at {{ card.key }}."}
SLA = {
    "target": "4d",
    "warn": ["-1d"],
    "escalate": [{"at": "0m", "notify": ["lead:design"], "do": [{"notify": TELL}]}],
}
APPROVAL: dict[str, Any] = {
    "stages": [
        {
            "id": "s",
            "by": ["team:design"],
            "deadline": "2d",
            "on_deadline": "escalate",
            "escalate_to": ["role:director"],
        }
    ],
    "reset_on_edit": ["problem", "salary"],
}


def the_pipe(assign: str = "queue") -> CompiledPipe:
    """Concept, with a clock → by approval → design, handed over → done."""
    return a_pipe(
        fields={
            **a_document()["fields"],
            "salary": a_field("number", "Salary", confidential=["role:director"]),
        },
        start={"phase": "concept", "form": ["name", "problem"]},
        phases=[
            a_phase("concept", team="product", form=["name", "problem", "salary"], sla=SLA),
            a_phase("design", team="design", handoff={"assign": assign, "accept_within": "1d"}),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way("to-design", "concept", "design", approval=APPROVAL),
            a_way("hand", "concept", "design"),
            a_way("finish", "design", "done"),
        ],
    )


def begun(assign: str = "queue", *before: tuple[str, Wish], away: str = "") -> Course:
    life = a_life(the_pipe(assign), away=set(away.split()))
    life.creates("bo", name="Offline mode", problem="Roaming")
    for who, wish in before:
        life.does(who, wish)
    return life


def told(life: Course, since: int = 0) -> list[tuple[str, list[str], str]]:
    """What people are told because of the events from a number on: kind, to whom, and the text."""
    card: Card | None = None
    found: list[Notice] = []
    for event in life.history:
        if event.sequence > since:
            found += notices(life.pipe, card, event)
        card = evolve(card, event)
    return [
        (
            each.notice_kind,
            list(each.people) if each.people is not None else [*map(str, each.to)],
            each.text.removeprefix("FEAT-1 “Offline mode”").strip(": "),
        )
        for each in found
    ]


def told_of(life: Course, who: Any, wish: Wish) -> list[tuple[str, list[str], str]]:
    """What people are told because somebody does this."""
    before = life.it.version
    life.does(who, wish)
    return told(life, before)


CHANGED = "This has changed: Problem. What was decided before is void."
HAND = MoveCard(transition=TransitionId("hand"))
ASKED = ("bo", ASK)
CASES: dict[str, tuple[Course, str, Wish, list[tuple[str, list[str], str]]]] = {
    "who is given the card": (
        begun(),
        "ana",
        AssignCard(assignees=(UserId("bo"), UserId("ana"))),
        [("assigned", ["bo"], "was given to you.")],
    ),
    "who is mentioned, and who created the card": (
        begun(),
        "ana",
        AddComment(text="@cy, look"),
        [
            (
                "mentioned",
                ["cy"],
                "You are mentioned in a comment on FEAT-1 “Offline mode”.",
            ),
            ("commented", ["bo"], "There is a new comment on FEAT-1 “Offline mode”."),
        ],
    ),
    "the approvers": (
        begun(),
        "bo",
        ASK,
        [("approval", ["cy"], "waits for your approval: To-design.")],
    ),
    "the approvers again, with what has changed": (
        begun("queue", ASKED),
        "bo",
        EditCard(values={FieldId("problem"): "Tunnels"}),
        [
            (
                "approval",
                ["cy"],
                f"waits for your approval again: To-design. {CHANGED}",
            )
        ],
    ),
    "who asked, that it was approved": (
        begun("keep", ASKED),
        "cy",
        ApproveRequest(),
        [
            ("request", ["bo"], "“To-design” was approved."),
            ("handoff", ["team:design"], "has arrived and waits to be accepted."),
        ],
    ),
    "who asked, that it was rejected": (
        begun("queue", ASKED),
        "cy",
        RejectRequest(comment="Too vague."),
        [("request", ["bo"], "“To-design” was rejected: Too vague.")],
    ),
    "the team in whose queue it is": (
        begun(),
        "bo",
        HAND,
        [("handoff", ["team:design"], "has arrived and waits to be accepted.")],
    ),
    "who is picked": (
        begun("least_loaded"),
        "bo",
        HAND,
        [("assigned", ["cy"], "was given to you.")],
    ),
    "the lead, that nobody is there": (
        begun("round_robin", away="cy"),
        "bo",
        HAND,
        [
            (
                "handoff",
                ["lead:design", "team:design"],
                "waits to be accepted, and nobody is there to be given it.",
            )
        ],
    ),
    "who had it, that it came back": (
        begun("queue", ("ana", AssignCard(assignees=(UserId("bo"),))), ("bo", HAND)),
        "cy",
        ReturnHandoff(reason="No sketches."),
        [("handoff", ["bo"], "FEAT-1 “Offline mode” came back to Concept: No sketches.")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_who_is_told(case: str):
    life, who, wish, expected = CASES[case]
    fresh = replace(life, history=list(life.history))
    assert told_of(fresh, who, wish) == [
        (kind, people, text.removeprefix("FEAT-1 “Offline mode”").strip(": "))
        for kind, people, text in expected
    ]


def test_of_a_confidential_field_nobody_is_told_but_that_something_changed():
    life = begun("queue", ASKED)
    director = replace(life.people["ana"], roles=life.people["dee"].roles)
    life.people = {**life.people, "ana": director}
    ((_, _, text),) = told_of(life, "ana", EditCard(values={FieldId("salary"): 5}))
    assert "Something has changed." in text
    assert "Salary" not in text


def test_time_tells_those_whose_work_it_is_and_whom_the_author_names():
    life = begun()
    before = life.it.version
    life.passes(days=4)
    assert told(life, before) == [
        ("clock", ["team:product"], "the time for Concept runs out soon."),
        ("clock", ["lead:design"], "the time for Concept has run out."),
        ("told", ["role:director"], "Look at FEAT-1."),
    ]


def test_an_approval_whose_time_is_up_goes_to_those_to_whom_it_escalates():
    life = begun("queue", ASKED)
    before = life.it.version
    life.passes(days=2)
    assert told(life, before) == [
        ("approval", ["cy", "dee"], "waits for a decision that you may make now, too.")
    ]


def test_the_lead_is_told_each_time_nobody_has_accepted_and_else_the_admins():
    life = begun("queue", ("bo", HAND))
    before = life.it.version
    life.passes(days=2)
    texts = [text for _, _, text in told(life, before)]
    assert texts == [
        "Nobody has accepted FEAT-1 “Offline mode” in time.",
        "Nobody has accepted FEAT-1 “Offline mode” in time, 2 times the allowed time.",
    ]
    card = life.it
    (overdue,) = notices(life.pipe, card, life.history[-1])
    assert [str(each) for each in overdue.otherwise] == ["role:admin"]


def test_the_team_is_told_when_what_somebody_took_is_theirs_again():
    life = begun("queue", ("bo", HAND), ("ana", AssignCard(assignees=(UserId("bo"),))))
    assert told_of(life, ENGINE, OfferHandoff()) == [
        ("handoff", ["team:design"], "waits to be accepted: nobody has it any more.")
    ]


def test_who_stands_in_is_told_for_whom():
    life = begun("queue", ASKED)
    notice = waiting_request(life.pipe, life.it)
    assert notice is not None
    assert in_place_of(notice, "Cy").text == (
        "FEAT-1 “Offline mode” waits for your approval: To-design."
        " You stand in for Cy, who is away."
    )
    assert waiting_request(life.pipe, begun().it) is None


def test_only_a_field_that_was_not_confidential_takes_texts_back():
    known, secret = a_document()["fields"], {"confidential": ["role:admin"]}
    open_ = a_pipe()
    hidden = a_pipe(fields={**known, "problem": {**known["problem"], **secret}})
    more = a_pipe(fields={**known, "salary": a_field("number", "Salary", **secret)})
    cases = (
        (open_, hidden, True),
        (open_, more, True),
        (hidden, hidden, False),
        (hidden, open_, False),
        (more, open_, False),
    )
    for before, after, expected in cases:
        life = migrations.begun(before)
        migrations.goes_over(life, after)
        assert withholds({1: before, 2: after}, life.history) == expected
    assert not withholds({1: open_}, migrations.begun(open_).history)
