"""Automations: what sets them off, when they hold, what they do as one, and how chains end."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.core.actors import ENGINE, Actor, user
from engine.core.automations import (
    MOST_LINKS,
    StepElsewhere,
    StepOnCard,
    goes_on_for_ever,
    set_off,
    steps,
)
from engine.core.commands import (
    AcceptHandoff,
    AddComment,
    ApproveRequest,
    CancelCard,
    Cause,
    EditCard,
    MoveCard,
    NoteFailure,
    PressButton,
    RejectRequest,
    ReopenCard,
    ReturnHandoff,
    RunActions,
    Wish,
    WriteFields,
)
from engine.core.effects import LookAgainAt, RunAutomations, effects, run_orders
from engine.core.evolve import evolve
from engine.core.notices import notices
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import AutomationId, FieldId, TransitionId
from tests.builders import (
    AUTOMATION,
    Course,
    a_document,
    a_life,
    a_phase,
    a_pipe,
    a_way,
    codes,
    kinds,
)

MOVE = MoveCard(transition=TransitionId("to-design"))
NOTHING: list[dict[str, Any]] = [{"label": "seen"}]


def an_automation(on: str, **parts: Any) -> dict[str, Any]:
    return {"id": "it", "on": on, "do": NOTHING, **parts}


def a_pipe_that(*automations: dict[str, Any], **parts: Any) -> CompiledPipe:
    return a_pipe(automations=list(automations), **parts)


def what_was_set_off(life: Course) -> list[list[str]]:
    """For each event which automations it set off; events with none are left out."""
    before, found = None, list[list[str]]()
    for event in life.history:
        after = evolve(before, event)
        names = set_off(life.pipe, before, event, after)
        if names:
            found.append([event.body.kind, *names])
        before = after
    return found


def edited(**values: Any) -> EditCard:
    return EditCard(values={FieldId(name): value for name, value in values.items()})


def wishes(*named: tuple[str, Wish]) -> Callable[[Course], None]:
    def live(life: Course) -> None:
        for who, wish in named:
            life.does(who, wish)

    return live


FINISH = MoveCard(transition=TransitionId("finish"))
APPROVED = {"stages": [{"id": "peers", "by": ["role:director"], "need": 1}]}
GATED = [a_way("to-design", "concept", "design", approval=APPROVED)]
HANDED = [
    a_phase("concept", team="product"),
    a_phase("design", team="design", handoff={}),
    a_phase("done", final="done"),
    a_phase("rejected", final="cancelled"),
]
LATE = [a_phase("concept", sla={"target": "2d", "warn": ["50%"]}), *a_document()["phases"][1:]]

EVENTS: list[tuple[dict[str, Any], dict[str, Any], Callable[[Course], Any], list[str]]] = [
    ({"on": "card.created"}, {}, lambda _: None, ["card.created"]),
    ({"on": "card.entered_phase", "phase": "concept"}, {}, lambda _: None, ["card.created"]),
    ({"on": "card.entered_phase", "phase": "design"}, {}, wishes(("bo", MOVE)), ["card.moved"]),
    (
        {"on": "card.entered_phase", "phase": "design", "transition": "to-design"},
        {},
        wishes(("bo", MOVE)),
        ["card.moved"],
    ),
    ({"on": "card.entered_phase", "transition": "finish"}, {}, wishes(("bo", MOVE)), []),
    ({"on": "card.left_phase", "phase": "concept"}, {}, wishes(("bo", MOVE)), ["card.moved"]),
    ({"on": "card.left_phase", "phase": "design"}, {}, wishes(("bo", MOVE)), []),
    ({"on": "card.done"}, {}, wishes(("bo", MOVE), ("bo", FINISH)), ["card.done"]),
    (
        {"on": "card.cancelled"},
        {},
        wishes(("ana", CancelCard(reason="No"))),
        ["card.cancelled"],
    ),
    (
        {"on": "card.reopened"},
        {},
        wishes(("ana", CancelCard(reason="No")), ("ana", ReopenCard(reason="Yes"))),
        ["card.reopened"],
    ),
    (
        {"on": "field.changed", "fields": ["effort"]},
        {},
        wishes(("bo", edited(effort=3))),
        ["field.changed"],
    ),
    ({"on": "field.changed", "fields": ["effort"]}, {}, wishes(("bo", edited(problem="x"))), []),
    (
        {"on": "field.changed", "fields": ["effort"], "phase": "design"},
        {},
        wishes(("bo", edited(effort=3))),
        [],
    ),
    ({"on": "comment.added"}, {}, wishes(("bo", AddComment(text="Hm"))), ["comment.added"]),
    (
        {"on": "approval.requested", "transition": "to-design"},
        {"transitions": GATED},
        wishes(("bo", MOVE)),
        ["approval.requested"],
    ),
    (
        {"on": "approval.approved"},
        {"transitions": GATED},
        wishes(("bo", MOVE), ("dee", ApproveRequest())),
        ["approval.approved"],
    ),
    (
        {"on": "approval.rejected"},
        {"transitions": GATED},
        wishes(("bo", MOVE), ("dee", RejectRequest(comment="No"))),
        ["approval.rejected"],
    ),
    (
        {"on": "handoff.accepted", "phase": "design"},
        {"phases": HANDED},
        wishes(("bo", MOVE), ("cy", AcceptHandoff())),
        ["handoff.accepted"],
    ),
    (
        {"on": "handoff.returned", "phase": "design"},
        {"phases": HANDED},
        wishes(("bo", MOVE), ("cy", ReturnHandoff(reason="Unclear"))),
        ["handoff.returned"],
    ),
    (
        {"on": "sla.warning", "phase": "concept"},
        {"phases": LATE},
        lambda life: life.passes(days=1),
        ["sla.warning"],
    ),
    ({"on": "sla.breached"}, {"phases": LATE}, lambda life: life.passes(days=3), ["sla.breached"]),
    (
        {"on": "sla.breached", "phase": "design"},
        {"phases": LATE},
        lambda life: life.passes(days=3),
        [],
    ),
    (
        {"on": "button", "label": "Escalate"},
        {},
        wishes(("bo", PressButton(automation=AutomationId("it")))),
        ["button.pressed"],
    ),
]


@pytest.mark.parametrize(("on", "parts", "live", "expected"), EVENTS)
def test_an_automation_reacts_to_its_event_and_to_no_other(
    on: dict[str, Any],
    parts: dict[str, Any],
    live: Callable[[Course], Any],
    expected: list[str],
):
    life = a_life(a_pipe_that({"id": "it", "do": NOTHING, **on}, **parts)).creates(name="Offline")
    live(life)
    assert what_was_set_off(life) == [[kind, "it"] for kind in expected]


def test_automations_of_one_event_are_in_the_definitions_order():
    both = [an_automation("card.created") | {"id": name} for name in ("second", "first")]
    life = a_life(a_pipe_that(*both)).creates(name="Offline")
    assert what_was_set_off(life) == [["card.created", "second", "first"]]


IF: list[tuple[Any, bool]] = [
    ({">": [{"var": "fields.effort"}, 5]}, True),
    ({">": [{"var": "fields.effort"}, 50]}, False),
    ({"===": [{"var": "card.phase"}, "concept"]}, True),
    # Who acts, and how connected cards stand, is found out when it runs.
    ({"in": ["product", {"var": "actor.teams"}]}, True),
    ({"in": ["design", {"var": "actor.teams"}]}, True),
    ({"===": [{"var": "today"}, "1999-01-01"]}, True),
]


@pytest.mark.parametrize(("condition", "is_set_off"), IF, ids=str)
def test_a_condition_over_the_card_is_judged_as_the_event_left_it(condition: Any, is_set_off: bool):
    automation = an_automation("field.changed", fields=["effort"]) | {"if": condition}
    life = a_life(a_pipe_that(automation)).creates(name="Offline")
    life.does("bo", edited(effort=8))
    assert bool(what_was_set_off(life)) == is_set_off


def test_actions_on_the_card_are_one_step_but_for_moves_texts_and_what_leaves_it():
    automation = an_automation(
        "card.created",
        do=[
            {"label": "one"},
            {"priority": "high"},
            {"create_card": {"pipe": "features", "fields": {"name": "Child"}}},
            {"label": "two"},
            {"move": "to-design"},
            {"comment": "There"},
            {"label": "three"},
            {"notify": {"to": ["creator"], "text": "{{ card.labels }}"}},
            {"label": "four"},
        ],
    )
    actions = a_pipe_that(automation).definition.automations[0].do
    assert steps(actions) == (
        StepOnCard(first=0, end=2),
        StepElsewhere(index=2),
        StepOnCard(first=3, end=4),
        StepOnCard(first=4, end=5),
        StepOnCard(first=5, end=7),
        StepOnCard(first=7, end=9),
    )


# Its loops take more steps than any text may.
_MANY = list(range(999))
ENDLESS = f"{{% for a in {_MANY} %}}{{% for b in {_MANY} %}}.{{% endfor %}}{{% endfor %}}"


def run(*, end: int, by: Actor = ENGINE) -> RunActions:
    return RunActions(automation=AutomationId("it"), first=0, end=end, by=by)


def test_the_actions_of_a_step_are_done_as_the_automation():
    do = [
        {"set": {"effort": 8, "owner": {"var": "actor.id"}}},
        {"label": "late"},
        {"comment": "{{ card.key }}: {{ fields.name | upper }}{% if gone %} gone{% endif %} @bo"},
        {"notify": {"to": ["team:design"], "text": "{{fields.name}}"}},
    ]
    life = a_life(a_pipe_that(an_automation("card.created", do=do))).creates(name="Offline")

    happened = life.does(AUTOMATION, run(end=4, by=user("bo")))

    assert kinds(happened) == [
        "field.changed",
        "card.labelled",
        "comment.added",
        "people.notified",
    ]
    assert life.it.values[FieldId("owner")] == "bo"
    comment = happened[2]
    assert comment.text == "FEAT-1: OFFLINE @bo"  # type: ignore[union-attr]
    assert comment.mentions == ("bo",)  # type: ignore[union-attr]


def test_one_action_that_cannot_be_done_leaves_all_of_the_step_undone():
    do = [{"label": "late"}, {"set": {"effort": -3}}, {"assign": {"to": ["role:nobody"]}}]
    life = a_life(a_pipe_that(an_automation("card.created", do=do))).creates(name="Offline")

    outcome = life.tries(AUTOMATION, run(end=3))

    assert codes(outcome) == [ReasonCode.INVALID_VALUE, ReasonCode.UNKNOWN_PERSON]
    assert life.it.work.labels == ()


def test_a_text_that_comes_to_no_end_is_not_said():
    do = [{"comment": ENDLESS}, {"label": "told"}]
    life = a_life(a_pipe_that(an_automation("card.created", do=do))).creates(name="Offline")

    assert codes(life.tries(AUTOMATION, run(end=2))) == [ReasonCode.TOO_LONG]


def test_an_escalation_that_cannot_be_said_holds_up_none_of_the_others():
    escalation = {"at": "0m", "do": [{"comment": ENDLESS}, {"comment": "{{ card.key }} is late"}]}
    late = a_phase("concept", sla={"target": "1h", "escalate": [escalation]})
    life = a_life(a_pipe(phases=[late, *a_document()["phases"][1:]])).creates(name="Offline")

    life.passes(hours=2)

    happened = [event.body for event in life.history]
    assert kinds(happened)[-2:] == ["action.refused", "comment.added"]
    assert happened[-1].text == "FEAT-1 is late"  # type: ignore[union-attr]


def test_a_move_needs_what_it_needs_of_people():
    needy = [a_phase("concept", form=[{"field": "problem", "required": True}])]
    life = a_life(
        a_pipe_that(
            an_automation("card.created", do=[{"move": "to-design"}]),
            phases=[*needy, *a_document()["phases"][1:]],
        )
    ).creates(name="Offline")

    assert codes(life.tries(AUTOMATION, run(end=1))) == [ReasonCode.MISSING_FIELD]

    life.does("bo", edited(problem="Trains"))
    assert "card.moved" in kinds(life.does(AUTOMATION, run(end=1)))


def test_a_finished_card_is_still_commented_on_and_told_of_but_not_changed():
    do = [{"comment": "Well done"}, {"notify": {"to": ["creator"], "text": "Done"}}]
    life = a_life(a_pipe_that(an_automation("card.done", do=[*do, {"label": "x"}])))
    life.creates(name="Offline").does("bo", MOVE)
    life.does("bo", FINISH)

    assert kinds(life.does(AUTOMATION, run(end=2))) == ["comment.added", "people.notified"]
    assert codes(life.tries(AUTOMATION, run(end=3))) == [ReasonCode.CARD_FINISHED]


def test_an_automation_that_is_there_no_more_is_refused():
    life = a_life(a_pipe()).creates(name="Offline")
    assert codes(life.tries(AUTOMATION, run(end=1))) == [ReasonCode.UNKNOWN_AUTOMATION]


BUTTON = {"label": "Escalate", "phase": "concept", "by": ["role:director"]}
PRESSED: list[tuple[str, bool, list[ReasonCode]]] = [
    ("dee", False, []),
    ("bo", False, [ReasonCode.NOT_ALLOWED]),
    ("bo", True, [ReasonCode.NOT_ALLOWED, ReasonCode.NO_SUCH_WAY]),
    ("dee", True, [ReasonCode.NO_SUCH_WAY]),
]


@pytest.mark.parametrize(("who", "moved", "expected"), PRESSED)
def test_a_button_is_pressed_by_those_who_may_where_it_stands(
    who: str, moved: bool, expected: list[ReasonCode]
):
    life = a_life(a_pipe_that(an_automation("button", **BUTTON))).creates(name="Offline")
    if moved:
        life.does("bo", MOVE)
    assert codes(life.tries(who, PressButton(automation=AutomationId("it")))) == expected


def test_a_button_waits_for_its_condition():
    condition = {"is_set": [{"var": "fields.effort"}]}
    life = a_life(a_pipe_that(an_automation("button", label="Go") | {"if": condition}))
    life.creates(name="Offline")
    press = PressButton(automation=AutomationId("it"))
    assert codes(life.tries("bo", press)) == [ReasonCode.CONDITION]
    life.does("bo", edited(effort=1))
    assert kinds(life.does("bo", press)) == ["button.pressed"]


def test_fields_of_another_card_are_written_in_whatever_phase_but_checked():
    life = a_life(a_pipe()).creates(name="Offline")
    life.does("bo", MOVE)
    fields = {FieldId("name"): "Renamed"}
    assert kinds(life.does(AUTOMATION, WriteFields(values=fields))) == ["field.changed"]
    wrong = WriteFields(values={FieldId("effort"): "much", FieldId("gone"): 1})
    assert codes(life.tries(AUTOMATION, wrong)) == [
        ReasonCode.UNKNOWN_FIELD,
        ReasonCode.INVALID_VALUE,
    ]


def test_a_failure_is_kept_and_told_to_pipe_admins():
    life = a_life(a_pipe()).creates(name="Offline")
    before = life.it
    failure = NoteFailure(
        action="run “it”", reasons=("Problem is needed.",), automation=AutomationId("it")
    )
    life.does(AUTOMATION, failure)
    told = notices(life.pipe, before, life.history[-1])
    assert [(notice.notice_kind, *map(str, notice.to)) for notice in told] == [
        ("failed", "role:admin")
    ]
    assert "Problem is needed." in told[0].text


# --- chains ---------------------------------------------------------------------------------------


def test_a_chain_is_carried_from_event_to_command_to_event():
    pipe = a_pipe_that(an_automation("field.changed", fields=["effort"]))
    life = a_life(pipe).creates(name="Offline")
    before = life.it
    life.does("bo", edited(effort=1))
    (order,) = effects(pipe, before, life.history[-1], life.it)
    assert isinstance(order.effect, RunAutomations)
    (first,) = run_orders(order, order.effect)
    assert first.chain == (Cause(card="FEAT-1", event=2, through=AutomationId("it")),)


def test_a_chain_of_more_than_sixteen_is_stopped_with_its_story():
    link = Cause(card="FEAT-1", event=2, through=AutomationId("it"))
    assert goes_on_for_ever((link,) * (MOST_LINKS - 1)) is None
    story = goes_on_for_ever((link,) * MOST_LINKS)
    assert story is not None
    assert "FEAT-1 “It” → FEAT-1 “It”" in story


def test_no_automation_and_nobody_to_tell_is_no_effect():
    life = a_life(a_pipe()).creates(name="Offline")
    before = life.it
    life.does("bo", MOVE)
    assert effects(life.pipe, before, life.history[-1], life.it) == ()
    assert not any(
        isinstance(order.effect, LookAgainAt)
        for order in effects(life.pipe, before, life.history[-1], life.it)
    )
