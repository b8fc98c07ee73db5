"""The names that a pipe's rules may use, and the order of its formulas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from graphlib import CycleError, TopologicalSorter

from pipes.definition import Definition
from pipes.fields.field import ConnectionOptions, FormulaOptions
from pipes.fields.rule_values import rule_type
from pipes.identifiers import FieldId
from pipes.rules import Rule, check_types, every_name, names_used
from pipes.rules.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    NUMBER,
    TEXT,
    Choice,
    ListOf,
    Named,
    Record,
    Type,
)

_PRIORITIES = {name: name.capitalize() for name in ("low", "normal", "high", "urgent")}
_STATUSES = {"open": "open", "done": "done", "cancelled": "cancelled"}


class FormulaCycle(ValueError):
    """Formulas depend on each other in a circle; `fields` are those of the circle, in order."""

    def __init__(self, fields: tuple[FieldId, ...]) -> None:
        super().__init__(f"Formulas depend on each other in a circle: {' → '.join(fields)}.")
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Formulas:
    """The formula fields, each after those it depends on."""

    order: tuple[FieldId, ...]


def order_formulas(definition: Definition) -> Formulas:
    """The order in which formulas are worked out.

    Raises:
        FormulaCycle: There is none.
    """
    formulas: Mapping[FieldId, FormulaOptions] = {
        name: each.options
        for name, each in definition.fields.items()
        if isinstance(each.options, FormulaOptions)
    }
    sorter: TopologicalSorter[FieldId] = TopologicalSorter()
    for name, options in formulas.items():
        wanted = (used.split(".") for used in names_used(options.value.tree))
        sorter.add(
            name,
            *(
                FieldId(parts[1])
                for parts in wanted
                if parts[0] == "fields" and len(parts) > 1 and parts[1] in formulas
            ),
        )
    try:
        return Formulas(tuple(sorter.static_order()))
    except CycleError as error:
        raise FormulaCycle(tuple(error.args[1])) from None


def scope_of(definition: Definition) -> Record:
    """The names that rules of the pipe may use, with types and labels.

    A formula's type is that of its rule. Where formulas depend on each other in a circle they have
    none, and nothing is known of any formula.
    """
    fields: dict[str, Named] = {}
    for name, each in definition.fields.items():
        kind = rule_type(each)
        if kind is not None:
            fields[name] = Named(each.label, kind)
    try:
        order = order_formulas(definition).order
    except FormulaCycle:
        return _around(definition, Record(fields, is_open=True))
    scope = _around(definition, Record(fields))
    for name in order:
        each = definition.fields[name]
        if isinstance(each.options, FormulaOptions):
            found = check_types(each.options.value.tree, scope).type
            fields[name] = Named(each.label, found or NUMBER)
    return scope


def child_fields(definition: Definition) -> tuple[str, ...]:
    """The fields of connected cards that rules of the pipe look at, whichever connection it is."""
    names = {name for rule in _rules_in(definition) for name in every_name(rule.tree)}
    return tuple(sorted({name.split(".")[1] for name in names if name.startswith("fields.")}))


def heeds_children(definition: Definition) -> bool:
    """Whether a rule looks at connected cards, or an automation waits for them."""
    return any(each.on.event == "children.done" for each in definition.automations) or any(
        name.startswith("children.")
        for rule in _rules_in(definition)
        for name in every_name(rule.tree)
    )


def _rules_in(part: object) -> Iterator[Rule]:
    """Every rule of a definition, wherever it stands."""
    match part:
        case Rule():
            yield part
        case Mapping():
            for value in part.values():
                yield from _rules_in(value)
        case tuple():
            for value in part:
                yield from _rules_in(value)
        case _ if is_dataclass(part):
            for each in fields(part):
                yield from _rules_in(getattr(part, each.name))


def _around(definition: Definition, fields: Record) -> Record:
    phases = Choice({phase.id: phase.name for phase in definition.phases})
    card = Record(
        {
            "key": Named("the card's key", TEXT),
            "title": Named("the card's title", TEXT),
            "phase": Named("the phase", phases),
            "priority": Named("the priority", Choice(_PRIORITIES)),
            "labels": Named("the labels", ListOf(TEXT)),
            "assignees": Named("the assignees", ListOf(TEXT)),
            "creator": Named("the creator", TEXT),
            "on_hold": Named("on hold", BOOLEAN),
            "returns": Named("the number of returns", NUMBER),
            "age_days": Named("the card's age in days", NUMBER),
            "days_in_phase": Named("the days in this phase", NUMBER),
        }
    )
    actor = Record(
        {
            "id": Named("who acts", TEXT),
            "teams": Named("the teams of who acts", ListOf(TEXT)),
            "roles": Named("the roles of who acts", ListOf(TEXT)),
        }
    )
    children = Record(
        {
            name: Named(each.label, ListOf(_child()))
            for name, each in definition.fields.items()
            if isinstance(each.options, ConnectionOptions)
        }
    )
    return Record(
        {
            "fields": Named("", fields),
            "card": Named("", card),
            "actor": Named("", actor),
            "children": Named("", children),
            "today": Named("today", DATE),
            "now": Named("now", DATETIME),
        }
    )


def _child() -> Type:
    """A connected card. What fields it has is its own pipe's affair."""
    return Record(
        {
            "key": Named("key", TEXT),
            "phase": Named("phase", TEXT),
            "status": Named("status", Choice(_STATUSES)),
            "fields": Named("fields", Record({}, is_open=True)),
        }
    )
