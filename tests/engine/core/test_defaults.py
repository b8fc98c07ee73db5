"""A field begins with its default, where a form that lists it is first met and it is empty."""

from typing import Any

from engine.core.commands import EditCard, MoveCard
from pipes.identifiers import FieldId, TransitionId
from tests.builders import Course, a_document, a_field, a_life, a_phase, a_pipe, kinds

TO_DESIGN = MoveCard(transition=TransitionId("to-design"))


def arrives(form: list[Any], **fields: Any) -> Course:
    """A card of effort 3 that has just come into design, whose form this is."""
    known = a_document()["fields"]
    pipe = a_pipe(
        fields={**known, **fields},
        start={"phase": "concept", "form": ["name", "effort"]},
        phases=[
            a_phase("concept"),
            a_phase("design", form=form),
            a_phase("done", final="done"),
            a_phase("rejected", final="cancelled"),
        ],
    )
    life = a_life(pipe).creates(name="Offline mode", effort=3)
    life.does("bo", TO_DESIGN)
    return life


def value(life: Course, name: str) -> object:
    return life.it.values.get(FieldId(name))


def test_a_constant_and_a_rule_are_filled_in():
    twice = {"*": [{"var": "fields.effort"}, 2]}
    life = arrives(
        ["size", "hours"],
        size=a_field("short_text", "Size", default="small"),
        hours=a_field("number", "Hours", default=twice),
    )

    assert (value(life, "size"), value(life, "hours")) == ("small", 6)


def test_what_is_there_stays():
    life = arrives(["effort"], effort=a_field("number", "Effort", default=8))

    assert value(life, "effort") == 3


def test_what_the_form_does_not_show_gets_nothing():
    entry = {"field": "size", "when": {">": [{"var": "fields.effort"}, 5]}}
    life = arrives([entry], size=a_field("short_text", "Size", default="small"))

    assert value(life, "size") is None


def test_it_can_be_changed_and_is_a_change_in_the_history():
    life = arrives(["size"], size=a_field("short_text", "Size", default="small"))
    life.does("bo", EditCard(values={FieldId("size"): "large"}))

    assert value(life, "size") == "large"
    assert kinds(event.body for event in life.history).count("field.changed") == 2
