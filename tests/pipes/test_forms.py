"""Forms at work: what is shown, asked for and open to change, and what values come to."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipes.form_schemas import form_schema
from pipes.forms import (
    START,
    CompiledPipe,
    defaults,
    look,
    misfits,
    missing,
    rule_data,
    unanswered,
    work_out,
)
from pipes.identifiers import FieldId, JsonValue, PhaseId
from pipes.scope import FormulaCycle
from tests.builders import a_field, a_pipe

GOLD = {"===": [{"var": "fields.tier"}, "gold"]}
FIELDS: dict[str, Any] = {
    "name": a_field("short_text", "Name"),
    "tier": a_field("select", "Tier", options=[{"id": "gold"}, {"id": "tin"}]),
    "sketch": a_field("url", "Sketch"),
    "model": a_field("url", "Model"),
    "note": a_field("statement", "Note", text="Read this."),
    "effort": a_field("number", "Effort", default={"*": [2, 3]}),
    "cost": a_field("currency", "Cost", currency="EUR", default={"/": [5, 2]}),
    "fixed": a_field("date", "Fixed", default="2026-03-02"),
    "rows": a_field(
        "table",
        "Rows",
        columns={
            "hours": a_field("number", "Hours"),
            "rate": a_field("currency", "Rate", currency="EUR"),
        },
    ),
    "parts": a_field("connection", "Parts", pipe="features"),
    "total": a_field("formula", "Total", value={"+": [{"var": "fields.hours"}, 1]}),
    "hours": a_field(
        "formula", "All hours", value={"sum": [{"pluck": [{"var": "fields.rows"}, "hours"]}]}
    ),
    "dearest": a_field(
        "formula", "Money", value={"sum": [{"pluck": [{"var": "fields.rows"}, "rate"]}]}
    ),
    "below": a_field(
        "formula",
        "Of the parts",
        value={"sum": [{"pluck": [{"var": "children.parts"}, "fields.estimate"]}]},
    ),
    "big": a_field("formula", "Big", value={">": [{"var": "fields.total"}, 10]}),
}


def pipe_with(*form: Any) -> CompiledPipe:
    return a_pipe(fields=FIELDS, start={"phase": "concept", "form": list(form)}, phases=PHASES)


PHASES: list[dict[str, Any]] = [
    {"id": "concept", "name": "Concept", "form": ["name"]},
    {"id": "design", "name": "Design", "form": ["effort"]},
    {"id": "done", "name": "Done", "final": "done"},
    {"id": "rejected", "name": "Rejected", "final": "cancelled"},
]


def data(pipe: CompiledPipe, children: Any = (), **values: JsonValue) -> dict[str, JsonValue]:
    return rule_data(
        pipe,
        {FieldId(name): value for name, value in values.items()},
        card={},
        actor={},
        children={"parts": list(children)},
        today="2026-03-02",
        now="2026-03-02T12:00:00Z",
    )


def shown(*form: Any, **values: JsonValue) -> list[tuple[str, bool, bool]]:
    pipe = pipe_with(*form)
    found = look(pipe, pipe.form(START), data(pipe, **values))
    return [(each.field.id, each.required, each.readonly) for each in found.entries]


# --- what a form shows ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "tier", "expected"),
    [
        ("name", None, [("name", False, False)]),
        ({"field": "name", "required": True}, None, [("name", True, False)]),
        ({"field": "name", "required": GOLD}, "gold", [("name", True, False)]),
        ({"field": "name", "required": GOLD}, "tin", [("name", False, False)]),
        ({"field": "name", "readonly": GOLD}, "gold", [("name", False, True)]),
        ({"field": "name", "readonly": GOLD}, None, [("name", False, False)]),
        ({"field": "name", "when": GOLD}, "gold", [("name", False, False)]),
        ({"field": "name", "when": GOLD, "required": True}, "tin", []),
        ("total", None, [("total", False, True)]),
        ("note", None, [("note", False, False)]),
    ],
    ids=str,
)
def test_an_entry_is_shown_asked_and_open_as_its_rules_say(
    entry: Any, tier: str | None, expected: list[tuple[str, bool, bool]]
):
    assert shown(entry, tier=tier) == expected


def test_what_is_hidden_is_not_asked_for_and_says_whether_its_value_is_kept():
    pipe = pipe_with(
        {"field": "name", "when": GOLD, "required": True},
        {"field": "sketch", "when": GOLD, "keep_hidden": True},
    )
    found = look(pipe, pipe.form(START), data(pipe, tier="tin"))
    assert found.shown == frozenset()
    assert found.hidden == {"name"}
    assert missing(found, {}) == ()


def test_a_conditional_entry_says_in_words_why_it_is_there():
    pipe = pipe_with({"field": "name", "when": GOLD})
    (entry,) = look(pipe, pipe.form(START), data(pipe, tier="gold")).entries
    assert entry.because == "Tier is gold"


@pytest.mark.parametrize(
    ("values", "expected"),
    [({}, ("name",)), ({"name": "  "}, ("name",)), ({"name": "A"}, ())],
)
def test_what_is_required_and_empty_is_missing(
    values: dict[FieldId, JsonValue], expected: tuple[str, ...]
):
    pipe = pipe_with({"field": "name", "required": True}, "tier")
    assert missing(look(pipe, pipe.form(START), data(pipe)), values) == expected


@pytest.mark.parametrize(
    ("values", "open_groups"),
    [({}, 1), ({"sketch": "https://a.b"}, 0), ({"model": "https://a.b"}, 0), ({"name": "A"}, 1)],
)
def test_of_an_any_of_group_one_is_enough(values: dict[FieldId, JsonValue], open_groups: int):
    pipe = pipe_with("name", {"any_of": ["sketch", "model"]})
    found = look(pipe, pipe.form(START), data(pipe))
    assert [each.field.id for each in found.entries] == ["name", "sketch", "model"]
    assert len(unanswered(found, values)) == open_groups


def test_the_same_form_looks_the_same_whether_or_not_it_has_rules():
    plain = shown("name", {"field": "tier", "required": True})
    with_rule = shown("name", {"field": "tier", "required": True}, {"field": "note", "when": GOLD})
    assert plain == with_rule


# --- what may be changed, and begins how ----------------------------------------------------------


def test_open_to_change_are_the_forms_fields_and_those_that_always_are():
    fields = {**FIELDS, "owner": a_field("user", "Owner", editable="always")}
    phases = [{**PHASES[0], "form": ["name", "total", "note"]}, *PHASES[1:]]
    pipe = a_pipe(fields=fields, start={"phase": "concept", "form": ["name"]}, phases=phases)
    assert pipe.editable(PhaseId("concept")) == {"name", "owner"}
    assert pipe.editable(PhaseId("design")) == {"effort", "owner"}


def test_fields_begin_with_a_constant_or_with_what_a_rule_gives():
    pipe = pipe_with("name", "effort", "cost", "fixed")
    assert defaults(pipe.form(START), data(pipe)) == {
        "effort": 6,
        "cost": {"amount": "2.5", "currency": "EUR"},
        "fixed": "2026-03-02",
    }


def test_only_values_that_are_there_can_misfit():
    pipe = pipe_with("name", "effort")
    values: dict[FieldId, JsonValue] = {
        FieldId("effort"): "many",
        FieldId("name"): "",
        FieldId("nothing"): 1,
    }
    (found,) = misfits(pipe, values, date(2026, 3, 2))
    assert found[0] == "effort"


# --- formulas -------------------------------------------------------------------------------------


def test_formulas_roll_up_tables_and_children_in_the_order_in_which_they_depend():
    pipe = pipe_with("name")
    rows: list[JsonValue] = [
        {"hours": 4, "rate": {"amount": "10.50", "currency": "EUR"}},
        {"hours": 8, "rate": {"amount": "1", "currency": "EUR"}},
        {},
    ]
    children = [
        {"key": "A-1", "phase": "x", "status": "open", "fields": {"estimate": 3}},
        {"key": "A-2", "phase": "x", "status": "done", "fields": {"estimate": 2.5}},
        {"key": "A-3", "phase": "x", "status": "open", "fields": {}},
    ]
    seen = data(pipe, children, rows=rows)

    found = work_out(pipe, {FieldId("rows"): rows}, seen)

    assert {
        name: found[FieldId(name)] for name in ("hours", "total", "big", "dearest", "below")
    } == {
        "hours": 12,
        "total": 13,
        "big": True,
        "dearest": 11.5,
        "below": 5.5,
    }
    order = pipe.formulas.order
    assert order.index(FieldId("hours")) < order.index(FieldId("total"))
    assert order.index(FieldId("total")) < order.index(FieldId("big"))


def test_formulas_over_nothing_come_to_nothing():
    pipe = pipe_with("name")
    found = work_out(pipe, {}, data(pipe))
    assert (found[FieldId("hours")], found[FieldId("below")]) == (0, 0)


def test_a_name_within_a_row_is_no_dependency():
    fields = {
        "name": FIELDS["name"],
        "parts": FIELDS["parts"],
        "open": a_field(
            "formula",
            "All open",
            value={"all": [{"var": "children.parts"}, {"var": "fields.open"}]},
        ),
    }
    pipe = a_pipe(fields=fields, start={"phase": "concept", "form": ["name"]}, phases=PHASES)
    assert pipe.formulas.order == ("open",)


@given(order=st.permutations(["a", "b", "c", "d"]))
def test_a_chain_of_formulas_is_worked_out_however_it_is_written(order: list[str]):
    chain = {"a": 1, "b": "a", "c": "b", "d": "c"}
    fields = {"name": FIELDS["name"]} | {
        name: a_field(
            "formula",
            name,
            value={"+": [1 if chain[name] == 1 else {"var": f"fields.{chain[name]}"}, 1]},
        )
        for name in order
    }
    phases = [{**PHASES[0]}, {**PHASES[1], "form": []}, *PHASES[2:]]
    pipe = a_pipe(fields=fields, start={"phase": "concept", "form": ["name"]}, phases=phases)
    found = work_out(pipe, {}, data(pipe))
    assert [found[FieldId(name)] for name in "abcd"] == [2, 3, 4, 5]


def test_formulas_in_a_circle_cannot_be_compiled():
    fields = FIELDS | {"hours": a_field("formula", "H", value={"+": [{"var": "fields.total"}, 1]})}
    with pytest.raises(FormulaCycle, match="total"):
        a_pipe(fields=fields, phases=PHASES)


# --- a form for programs --------------------------------------------------------------------------


def test_a_form_is_a_json_schema_that_says_what_is_always_needed_and_hints_at_the_rest():
    pipe = CompiledPipe(
        definition=pipe_with(
            {"field": "name", "required": True},
            {"field": "tier", "required": GOLD},
            {"field": "sketch", "when": GOLD, "required": True},
            {"any_of": ["model", "effort"]},
            "note",
        ).definition
    )

    schema = form_schema(pipe, START, frozenset([FieldId("effort")]))

    assert schema["required"] == ["name"]
    assert schema["allOf"] == [{"anyOf": [{"required": ["model"]}]}]
    assert "note" not in schema["properties"]
    assert "effort" not in schema["properties"]
    hints = schema["x-phaseline"]
    assert hints["order"] == ["name", "tier", "sketch", "model", "note"]
    assert hints["fields"]["note"]["text"] == "Read this."
    assert hints["fields"]["tier"]["required_when"]["words"] == "Tier is gold"
    assert hints["fields"]["sketch"]["shown_when"]["rule"] == GOLD
