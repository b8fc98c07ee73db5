"""Connected cards: linked and unlinked, looked at fresh, rolled up, and done once."""

from typing import Any

import pytest

from engine.core.actors import ENGINE
from engine.core.commands import EditCard, LinkCards, LookAgain, MoveCard, UnlinkCards
from engine.core.effects import LookAgainAt, effects
from engine.core.reasons import ReasonCode
from pipes.forms import CompiledPipe
from pipes.identifiers import FieldId, JsonValue, TransitionId
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

PARTS = FieldId("parts")


def a_parent(**parts: Any) -> CompiledPipe:
    """Concept → design (by itself, once all parts are done) → done."""
    fields = {
        **a_document()["fields"],
        "parts": {"type": "connection", "label": "Parts", "pipe": "tasks", "max_items": 1000},
        "total": {
            "type": "formula",
            "label": "Total",
            "value": {"sum": [{"pluck": [{"var": "children.parts"}, "fields.estimate"]}]},
        },
    }
    all_done = {
        "all": [{"var": "children.parts"}, {"===": [{"var": "status"}, "done"]}],
    }
    some = {">": [{"count": [{"var": "children.parts"}]}, 0]}
    return a_pipe(
        **{
            "fields": fields,
            "phases": [
                a_phase("concept", form=["name", "parts"]),
                a_phase("design"),
                a_phase("done", final="done"),
            ],
            "transitions": [
                a_way(
                    "to-design",
                    "concept",
                    "design",
                    automatic=True,
                    when=[{"if": {"and": [some, all_done]}, "else": "All parts have to be done."}],
                ),
                a_way("finish", "design", "done"),
            ],
            "automations": [
                {
                    "id": "cheer",
                    "on": "children.done",
                    "connection": "parts",
                    "do": [{"label": "complete"}],
                }
            ],
            **parts,
        }
    )


def a_child(
    key: str, status: str = "open", estimate: int = 1, pipe: str = "tasks"
) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {"estimate": estimate}
    return {
        "id": f"id-{key}",
        "key": key,
        "pipe": pipe,
        "phase": "doing",
        "status": status,
        "fields": fields,
    }


def a_family(*children: dict[str, JsonValue], **parts: Any) -> Course:
    """A parent that is linked to these children."""
    life = a_life(a_parent(**parts), children={str(child["key"]): child for child in children})
    life.creates(name="Offline mode")
    life.does("bo", linked(*(str(child["key"]) for child in children)))
    return life


def linked(*cards: str) -> LinkCards:
    return LinkCards(connection=PARTS, cards=cards)


def changes(life: Course, key: str, **parts: JsonValue) -> None:
    life.children[key] = {**life.children[key], **parts}


def test_linking_adds_and_unlinking_takes_away():
    life = a_family(a_child("T-1"), a_child("T-2"))
    assert life.it.values[PARTS] == ["T-1", "T-2"]
    assert life.does("bo", linked("T-2")) == ()
    life.does("bo", UnlinkCards(connection=PARTS, cards=("T-1",)))
    assert life.it.values[PARTS] == ["T-2"]


REFUSED: list[tuple[str, LinkCards, list[ReasonCode]]] = [
    ("bo", linked("T-9"), [ReasonCode.UNKNOWN_CARD]),
    ("bo", linked("FEAT-7"), [ReasonCode.UNKNOWN_CARD]),
    ("val", linked("T-1"), [ReasonCode.NOT_ALLOWED]),
    ("bo", LinkCards(connection=FieldId("name"), cards=("T-1",)), [ReasonCode.UNKNOWN_FIELD]),
    ("bo", LinkCards(connection=FieldId("gone"), cards=("T-1",)), [ReasonCode.UNKNOWN_FIELD]),
]


@pytest.mark.parametrize(("who", "wish", "expected"), REFUSED)
def test_what_cannot_be_linked_is_said(who: str, wish: LinkCards, expected: list[ReasonCode]):
    life = a_family(a_child("T-1"))
    life.children["FEAT-7"] = a_child("FEAT-7", pipe="features")
    assert codes(life.tries(who, wish)) == expected


def test_an_edit_is_held_to_the_same():
    life = a_family(a_child("T-1"))
    edit = EditCard(values={PARTS: ["T-1", "T-9"]})
    assert codes(life.tries("bo", edit)) == [ReasonCode.UNKNOWN_CARD]


def test_an_automation_links_wherever_the_card_stands():
    life = a_family(a_child("T-1", "done"))
    assert life.phase == "design"
    assert codes(life.tries("bo", linked("T-1", "T-2"))) == [ReasonCode.FIELD_CLOSED]
    life.children["T-2"] = a_child("T-2")
    life.does("bo", MoveCard(transition=TransitionId("finish")))
    life.does(AUTOMATION, linked("T-2"))
    assert life.it.values[PARTS] == ["T-1", "T-2"]


def test_a_parent_moves_by_itself_when_its_last_child_arrives_and_only_then():
    life = a_family(a_child("T-1"), a_child("T-2"))
    changes(life, "T-1", status="done")
    assert life.does(ENGINE, LookAgain()) == ()
    changes(life, "T-2", status="done")

    happened = kinds(life.does(ENGINE, LookAgain()))

    assert happened.count("card.moved") == happened.count("children.done") == 1
    assert life.phase == "design"
    assert life.does(ENGINE, LookAgain()) == ()


def test_children_are_done_again_only_after_one_was_open_again():
    life = a_family(a_child("T-1", "done"), transitions=[a_way("finish", "concept", "done")])
    assert "children.done" in kinds(event.body for event in life.history)
    changes(life, "T-1", status="open")
    assert kinds(life.does(ENGINE, LookAgain())) == ["children.open"]
    changes(life, "T-1", status="done")
    assert kinds(life.does(ENGINE, LookAgain())) == ["children.done"]


ENDED: list[tuple[list[str], bool]] = [
    (["done", "done"], True),
    (["done", "cancelled"], True),
    (["cancelled", "cancelled"], False),
    (["done", "open"], False),
    ([], False),
]


@pytest.mark.parametrize(("statuses", "is_done"), ENDED)
def test_children_are_done_when_none_is_open_and_one_is_done(statuses: list[str], is_done: bool):
    children = [a_child(f"T-{number}", status) for number, status in enumerate(statuses)]
    life = a_family(*children, transitions=[a_way("finish", "concept", "done")])
    assert ("children.done" in kinds(event.body for event in life.history)) == is_done


def test_what_is_rolled_up_follows_the_children():
    life = a_family(a_child("T-1", estimate=3), a_child("T-2", estimate=4))
    assert life.it.values[FieldId("total")] == 7
    changes(life, "T-2", fields={"estimate": 40})
    assert kinds(life.does(ENGINE, LookAgain())) == ["field.changed"]
    assert life.it.values[FieldId("total")] == 43


def test_only_the_fields_that_rules_look_at_are_asked_for():
    assert a_parent().child_fields == ("estimate",)
    assert a_pipe().child_fields == ()
    assert a_parent().heeds_children
    assert not a_pipe().heeds_children


def test_a_thousand_children_that_end_together_move_their_parent_once():
    many = [a_child(f"T-{number}") for number in range(1_000)]
    life = a_family(*many)
    for child in many:
        changes(life, str(child["key"]), status="done")

    first, second = life.does(ENGINE, LookAgain()), life.does(ENGINE, LookAgain())

    assert kinds(first).count("card.moved") == 1
    assert second == ()


def test_a_parent_looks_again_after_it_has_decided_by_what_may_be_old():
    life = a_family(a_child("T-1"))
    link, before = life.history[-1], a_life(a_parent()).creates(name="Offline mode").it
    orders = effects(life.pipe, before, link, life.it)
    assert [order.effect.card for order in orders if isinstance(order.effect, LookAgainAt)] == [
        "c1"
    ]
