"""Fields by themselves: patterns, ranges, defaults, formulas, and those that nobody uses."""

from collections.abc import Iterator
from datetime import date

import jsonschema_rs

from pipes.checks.places import forms, written
from pipes.definition import AnyOf, Definition
from pipes.fields.checking import ValueCheck
from pipes.fields.field import (
    ChoiceOptions,
    ConnectionOptions,
    Constant,
    CurrencyOptions,
    Field,
    FormulaOptions,
    NumberOptions,
    TableOptions,
    TextOptions,
)
from pipes.fields.money import CURRENCIES
from pipes.fields.rule_values import rule_type
from pipes.findings import Finding, FindingCode, of_fault, report
from pipes.rules import Rule, check_types
from pipes.rules.types import TEXT, Record
from pipes.scope import FormulaCycle, order_formulas, scope_of

# What depends on the day is judged for this one.
SOME_DAY = date(2026, 1, 1)


def check_fields(definition: Definition) -> Iterator[Finding]:
    """What is wrong with fields, whoever names them."""
    scope = scope_of(definition)
    for name, field in definition.fields.items():
        place = f"/fields/{name}"
        yield from _field(field, place, scope)
        if isinstance(field.options, TableOptions):
            for column in field.options.columns:
                yield from _field(column, f"{place}/columns/{column.id}", scope)
    yield from _formulas(definition)
    yield from _unused(definition)
    yield from _title(definition)


def _field(field: Field, place: str, scope: Record) -> Iterator[Finding]:
    yield from _ranges(field, place)
    if isinstance(field.options, CurrencyOptions):
        code = field.options.currency
        if code is not None and code not in CURRENCIES:
            message = f"“{code}” is no currency (ISO 4217)."
            yield report(FindingCode.BAD_CURRENCY, f"{place}/currency", message)
            return
    try:
        ValueCheck(field)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        said = str(error).splitlines()[0][:200].rstrip(".")
        yield report(
            FindingCode.BAD_PATTERN,
            f"{place}/pattern",
            f"The regular expression cannot be used: {said}.",
        )
        return
    if field.default is not None:
        place = f"{place}/default"
        yield from check_worth(field, field.default, place, scope, FindingCode.BAD_DEFAULT)


def check_worth(
    field: Field, worth: Constant | Rule, place: str, scope: Record, code: FindingCode
) -> Iterator[Finding]:
    """Whether what a field begins with, or what an action writes, fits the field."""
    if isinstance(worth, Rule):
        yield from map(of_fault, check_types(worth.tree, scope, rule_type(field)).faults)
        if isinstance(field.options, CurrencyOptions) and field.options.currency is None:
            message = f"A rule gives a number, and “{field.label}” does not say of which currency."
            yield report(code, place, message, "Add “currency” to the field.")
        return
    try:
        check = ValueCheck(field)
    except (jsonschema_rs.ValidationError, ValueError):
        return  # The pattern is reported where it stands.
    if worth.value is not None:
        for misfit in check.misfits(worth.value, SOME_DAY):
            yield report(code, place, misfit.message)


def _ranges(field: Field, place: str) -> Iterator[Finding]:
    match field.options:
        case TextOptions(min_length=least, max_length=most):
            name = "max_length"
        case NumberOptions(minimum=least, maximum=most):
            name = "maximum"
        case CurrencyOptions(minimum=least, maximum=most):
            name = "maximum"
        case (
            ChoiceOptions(min_items=least, max_items=most)
            | ConnectionOptions(min_items=least, max_items=most)
            | TableOptions(min_items=least, max_items=most)
        ):
            name = "max_items"
        case _:
            return
    if least is not None and most is not None and least > most:
        message = f"No value lies between {least} and {most}."
        yield report(FindingCode.EMPTY_RANGE, f"{place}/{name}", message)


def _formulas(definition: Definition) -> Iterator[Finding]:
    try:
        order_formulas(definition)
    except FormulaCycle as error:
        names = tuple(dict.fromkeys(error.fields))
        told = " → ".join((*names, names[0]))
        for name in names:
            message = f"The formulas depend on each other in a circle: {told}."
            yield report(FindingCode.FORMULA_CYCLE, f"/fields/{name}/value", message)


def _unused(definition: Definition) -> Iterator[Finding]:
    asked = {
        name
        for _, form in forms(definition)
        for entry in form
        for name in (entry.fields if isinstance(entry, AnyOf) else (entry.field,))
    }
    asked |= set(written(definition))
    for name, field in definition.fields.items():
        is_known = isinstance(field.options, FormulaOptions) or field.default is not None
        if name not in asked and not is_known and not field.always_editable:
            message = f"No form asks for “{field.label}”, and nothing writes it."
            yield report(FindingCode.UNUSED_FIELD, f"/fields/{name}", message)


def _title(definition: Definition) -> Iterator[Finding]:
    name = definition.card.title
    field = definition.fields.get(name) if name is not None else None
    if field is None:
        return
    if field.confidential:
        message = f"“{field.label}” is confidential, and everybody sees the titles of cards."
        yield report(FindingCode.CONFIDENTIAL_TITLE, "/card/title", message)
    if rule_type(field) != TEXT:
        message = f"A title is a line of text; “{field.label}” is of the type {field.kind}."
        yield report(FindingCode.WRONG_FIELD_TYPE, "/card/title", message)
