"""The pipes that ship are one suite: connected, complete, and in words that one would sign."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipes.actions import Action, CreateConnectedCard, UpdateConnected
from pipes.building import definition_from_document
from pipes.definition import AnyOf, Definition, Form
from pipes.fields.field import ChoiceOptions, ConnectionOptions, Field
from pipes.identifiers import FieldId, PhaseId, PipeId
from pipes.rules import Rule, names_used

FILES = sorted((Path(__file__).parents[2] / "pipe_definitions").glob("*.json"))
DOCUMENTS: dict[str, Any] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES
}
SUITE: dict[PipeId, Definition] = {
    PipeId(name): definition_from_document(document) for name, document in DOCUMENTS.items()
}
PHASES = {
    "product-lifecycle": "Concept, Design, Develop, Launch, Measure, Done, Rejected",
    "product-roadmap": (
        "Ideas, Evaluating, Prioritized, Planned, In development, Released, Won't do"
    ),
    "customer-feedback": "Inbox, Triaged, Linked, Answered, Declined",
    "customer-interview": "Planned, Recruited, Interviewed, Synthesized, Shared",
    "design-sprint": "Understand, Sketch, Decide, Prototype, Test, Done",
    "market-assessment": "Requested, Researching, Analysing, Reviewed, Published",
    "pricing-review": "Proposed, Modelled, Reviewed, Approved, In effect",
    "product-launch": "Plan, Prepare, Ready, Live, Retrospective",
    "resource-request": "Requested, Negotiating, Allocated, Released",
    "persona": "Draft, Validated, Retired",
}
# Who waits for whom: from a pipe to those whose cards it looks at.
CONNECTED = {
    "product-lifecycle": {
        "persona",
        "market-assessment",
        "design-sprint",
        "resource-request",
        "pricing-review",
        "product-launch",
    },
    "product-roadmap": {"persona", "product-lifecycle"},
    "customer-feedback": {"customer-feedback", "product-roadmap"},
    "customer-interview": {"persona", "product-roadmap"},
    "design-sprint": {"persona"},
    "market-assessment": {"persona", "product-roadmap"},
    "pricing-review": set[str](),
    "product-launch": {"persona"},
    "resource-request": set[str](),
    "persona": {"customer-interview"},
}
UNFINISHED = re.compile(
    r"\b(todo|tbd|fixme|xxx+|lorem|ipsum|placeholder|foo|bar|baz|asdf|dummy|untitled|changeme)\b",
    re.IGNORECASE,
)
BY_FILE = pytest.mark.parametrize("name", sorted(SUITE))


def test_the_ten_ship_with_the_phases_that_they_promise():
    shown = {name: ", ".join(phase.name for phase in each.phases) for name, each in SUITE.items()}
    assert shown == PHASES


def test_they_are_connected():
    found = {
        name: {str(options.pipe) for _, options in connections(each)}
        for name, each in SUITE.items()
    }
    assert found == CONNECTED


@BY_FILE
def test_a_connection_is_named_from_both_sides(name: PipeId):
    assert all(options.inverse for _, options in connections(SUITE[name]))


@BY_FILE
def test_what_creates_a_card_fills_its_start_form(name: PipeId):
    definition = SUITE[name]
    for action in actions(definition):
        if not isinstance(action, CreateConnectedCard):
            continue
        target = SUITE[action.pipe]
        asked = fields_of(target.start.form)
        assert set(action.fields) <= set(asked)
        needed = {
            entry.field
            for entry in target.start.form
            if not isinstance(entry, AnyOf) and entry.required
        }
        assert needed <= set(action.fields)
        assert action.connect is not None
        options = definition.fields[action.connect].options
        assert isinstance(options, ConnectionOptions)
        assert options.pipe == action.pipe


@BY_FILE
def test_what_goes_from_card_to_card_fits_there(name: PipeId):
    definition = SUITE[name]
    for action in actions(definition):
        for target, fields in handed_over(definition, action):
            for field, expression in fields.items():
                there = target.fields[field]
                source = copied_from(definition, expression)
                if source is not None:
                    assert fits(source, there), f"{source.id} does not fit {target.id}.{field}"


@BY_FILE
def test_everything_says_what_it_is_for(name: PipeId):
    document = DOCUMENTS[name]
    assert document["description"]
    assert all(phase.get("description") for phase in document["phases"])
    guards = [guard for way in document["transitions"] for guard in way.get("when", ())]
    assert guards
    assert all(len(guard["else"]) > 20 for guard in guards)
    silent = [
        field_id
        for field_id, field in document["fields"].items()
        if not field.get("help")
        and field["type"] not in ("formula", "statement", "radio", "select", "checkbox")
    ]
    assert silent == []


@BY_FILE
def test_a_clock_that_runs_out_reaches_somebody(name: PipeId):
    document = DOCUMENTS[name]
    clocks = [phase["sla"] for phase in document["phases"] if "sla" in phase]
    assert len(clocks) >= 2
    assert all(step["notify"] for clock in clocks for step in clock["escalate"][:1])


@BY_FILE
def test_no_text_is_unfinished(name: PipeId):
    found = [text for text in texts(DOCUMENTS[name]) if UNFINISHED.search(text)]
    assert found == []


# --- looking into definitions ---------------------------------------------------------------------


def connections(definition: Definition) -> Iterator[tuple[FieldId, ConnectionOptions]]:
    for name, field in definition.fields.items():
        if isinstance(field.options, ConnectionOptions):
            yield name, field.options


def actions(definition: Definition) -> Iterator[Action]:
    for automation in definition.automations:
        yield from automation.do


def handed_over(definition: Definition, action: Action) -> Iterator[tuple[Definition, Any]]:
    """The pipes whose cards an action writes, with what it writes."""
    match action:
        case CreateConnectedCard(pipe=pipe, fields=fields):
            yield SUITE[pipe], fields
        case UpdateConnected(connection=connection, fields=fields):
            options = definition.fields[connection].options
            assert isinstance(options, ConnectionOptions)
            yield SUITE[options.pipe], fields
        case _:
            return


def copied_from(definition: Definition, expression: object) -> Field | None:
    """The field whose value is copied as it is, if one is."""
    if not isinstance(expression, Rule):
        return None
    names = [name.split(".") for name in names_used(expression.tree)]
    return definition.fields[FieldId(names[0][1])] if names[0][0] == "fields" else None


def fits(source: Field, target: Field) -> bool:
    """Whether every value of one field is a value of the other."""
    match source.options, target.options:
        case ChoiceOptions(options=here), ChoiceOptions(options=there):
            return {each.id for each in here} <= {each.id for each in there}
        case ConnectionOptions(pipe=here), ConnectionOptions(pipe=there):
            return here == there
        case _:
            texts = {"short_text", "long_text"}
            return source.kind == target.kind or {source.kind, target.kind} <= texts


def fields_of(form: Form) -> list[FieldId]:
    return [
        name
        for entry in form
        for name in (entry.fields if isinstance(entry, AnyOf) else (entry.field,))
    ]


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list():
            for part in value:
                yield from texts(part)
        case _:
            return


@BY_FILE
def test_scenarios_take_every_way_and_press_every_button(name: PipeId):
    steps = [step for each in DOCUMENTS[name]["scenarios"] for step in each["steps"]]
    definition = SUITE[name]
    ways = {
        way.id: {way.id, way.target}
        for way in definition.transitions
        if not way.automatic and way.after is None
    }
    moves = {step["move"] for step in steps if "move" in step and "expect_rejected" not in step}
    assert [way for way, names in ways.items() if not names & moves] == []
    buttons = {each.id for each in definition.automations if each.on.event == "button"}
    assert buttons <= {step["press"] for step in steps if "press" in step}


def test_development_takes_no_more_than_it_can_carry():
    limit = SUITE[PipeId("product-lifecycle")].phase(PhaseId("develop")).wip_limit
    assert limit is not None
    assert (limit.cards, limit.enforce) == (6, "block")
