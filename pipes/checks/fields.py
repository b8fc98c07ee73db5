"""Fields by themselves: patterns, ranges, defaults, formulas, and those that nobody uses."""

from collections.abc import Iterator
from datetime import date

import jsonschema_rs

from pipes.checks.places import forms
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
from pipes.findings import Finding, FindingCode, report
from pipes.scope import FormulaCycle, order_formulas

# Defaults that depend on the day are judged for this one.
_SOME_DAY = date(2026, 1, 1)


def check_fields(definition: Definition) -> Iterator[Finding]:
    """What is wrong with fields, whoever names them."""
    for name, field in definition.fields.items():
        place = f"/fields/{name}"
        yield from _field(field, place)
        if isinstance(field.options, TableOptions):
            for column in field.options.columns:
                yield from _field(column, f"{place}/columns/{column.id}")
    yield from _formulas(definition)
    yield from _unused(definition)


def _field(field: Field, place: str) -> Iterator[Finding]:
    yield from _ranges(field, place)
    try:
        check = ValueCheck(field)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        said = str(error).splitlines()[0][:200].rstrip(".")
        yield report(
            FindingCode.BAD_PATTERN,
            f"{place}/pattern",
            f"The regular expression cannot be used: {said}.",
        )
        return
    if isinstance(field.default, Constant):
        for misfit in check.misfits(field.default.value, _SOME_DAY):
            yield report(FindingCode.BAD_DEFAULT, f"{place}/default", misfit.message)


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
    for name, field in definition.fields.items():
        is_written = isinstance(field.options, FormulaOptions) or field.default is not None
        if name not in asked and not is_written and not definition.automations:
            message = f"No form asks for “{field.label}”, and nothing writes it."
            yield report(FindingCode.UNUSED_FIELD, f"/fields/{name}", message)
