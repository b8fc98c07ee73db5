"""Whether a value fits its field: by the field's schema, compiled once, and by the few rules that a
schema cannot say. What does not fit is said in the author's or in plain words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import jsonschema_rs

from pipes.fields.field import (
    AttachmentOptions,
    ChoiceOptions,
    CurrencyOptions,
    Field,
    MomentOptions,
    NumberOptions,
    TableOptions,
    TextOptions,
)
from pipes.fields.money import CURRENCIES
from pipes.fields.schemas import Schema, value_schema
from pipes.identifiers import FieldId, JsonValue

# A linear engine: no pattern can hang anything, and one that needs another engine is refused.
_PATTERNS = jsonschema_rs.RegexOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Why a value does not fit: in words, and where in the value, as a JSON pointer."""

    message: str
    pointer: str = ""


def compile_schema(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    """The schema, ready to check values.

    Raises:
        jsonschema_rs.ValidationError: It is no schema, or a pattern needs a backtracking engine.
    """
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, pattern_options=_PATTERNS
    )


class ValueCheck:
    """The check of one field's values."""

    __slots__ = ("_columns", "_exact", "_validator", "field")

    def __init__(self, field: Field) -> None:
        self.field = field
        self._validator = compile_schema(value_schema(field))
        self._exact = _needs_more_than_a_schema(field)
        self._columns: dict[FieldId, ValueCheck] = {}

    def of_column(self, column: Field) -> "ValueCheck":
        """The check of one column's values, compiled when it is first asked for."""
        if column.id not in self._columns:
            self._columns[column.id] = ValueCheck(column)
        return self._columns[column.id]

    def misfits(self, value: JsonValue, today: date) -> tuple[Misfit, ...]:
        """Everything that is wrong with a value; empty if it fits."""
        if not self._validator.is_valid(value):
            return tuple(self._worded(value))
        return tuple(_exactly(self.field, value, today)) if self._exact else ()

    def _worded(self, value: JsonValue) -> Iterator[Misfit]:
        for error in self._validator.iter_errors(value):
            path = [str(part) for part in error.instance_path]
            field = _column(self.field, path)
            found = field is self.field and not path
            yield Misfit(
                message=_words(field, error.kind, value if found else error.instance),
                pointer="".join(f"/{part}" for part in path),
            )


def _column(field: Field, path: list[str]) -> Field:
    """The column that a place in a table's value belongs to; else the field itself."""
    if isinstance(field.options, TableOptions) and len(path) > 1:
        for column in field.options.columns:
            if column.id == path[1]:
                return column
    return field


def _words(field: Field, kind: Any, value: Any) -> str:  # noqa: ANN401 -- what the library gives
    label = field.label
    match kind.name:
        case "maxLength":
            return f"{label}: at most {kind.limit} characters; this has {len(value)}."
        case "minLength":
            return f"{label}: at least {kind.limit} characters; this has {len(value)}."
        case "minimum":
            return f"{label}: at least {_number(kind.limit)}."
        case "maximum":
            return f"{label}: at most {_number(kind.limit)}."
        case "minItems":
            return f"{label}: at least {kind.limit}; here are {len(value)}."
        case "maxItems":
            return f"{label}: at most {kind.limit}; here are {len(value)}."
        case "uniqueItems":
            return f"{label}: nothing may be named twice."
        case "enum":
            return f"{label}: choose one of the options{_options(field)}."
        case "required":
            return f"{label}: “{kind.property}” is missing."
        case "additionalProperties":
            return f"{label}: “{', '.join(kind.unexpected)}” is not known here."
        case _:
            return f"{label}: {_expected(field)}."


def _options(field: Field) -> str:
    if not isinstance(field.options, ChoiceOptions) or len(field.options.options) > 12:
        return ""
    return f" ({', '.join(option.id for option in field.options.options)})"


def _expected(field: Field) -> str:
    """What a value of the field looks like, in words."""
    if isinstance(field.options, TextOptions) and field.options.pattern_hint:
        return field.options.pattern_hint
    match field.kind:
        case "short_text":
            return "a single line of text is wanted, of the form that the field asks for"
        case "long_text":
            return "a text is wanted, of the form that the field asks for"
        case "email":
            return "an e-mail address such as ana@example.com is wanted"
        case "phone":
            return "a telephone number with its country is wanted, such as +5541999990000"
        case "url":
            return "an address that begins with https:// or http:// is wanted"
        case "number" | "percent":
            return "a number is wanted"
        case "integer" | "rating":
            return "a whole number is wanted"
        case "currency":
            return "an amount such as 12.50 and a currency such as BRL are wanted"
        case "date":
            return "a date such as 2026-03-31 is wanted"
        case "time":
            return "a time of day such as 14:30 is wanted"
        case "datetime":
            return "a date with a time and a zone is wanted, such as 2026-03-31T14:30:00Z"
        case "checkbox":
            return "yes or no is wanted"
        case "select" | "radio":
            return "one of the options is wanted"
        case "multi_select" | "checklist":
            return "a list of options is wanted"
        case "user":
            return "a person is wanted"
        case "team":
            return "a team is wanted"
        case "users":
            return "a list of people is wanted"
        case "attachment":
            return "a list of files is wanted"
        case "connection":
            return "a list of cards is wanted"
        case "table":
            return "a list of rows is wanted"
        case "formula":
            return "this is worked out and cannot be typed"
        case "statement":
            return "this is a text to read and has no value"


# --- what a schema cannot say ---------------------------------------------------------------------


def _needs_more_than_a_schema(field: Field) -> bool:
    match field.options:
        case NumberOptions(step=step):
            return step is not None
        case CurrencyOptions():
            return True
        case MomentOptions(not_before=before, not_after=after):
            return before is not None or after is not None or field.kind == "datetime"
        case AttachmentOptions(max_bytes=most, accept=accept):
            return most is not None or bool(accept)
        case TableOptions(columns=columns):
            return any(_needs_more_than_a_schema(column) for column in columns)
        case _:
            return False


def _exactly(field: Field, value: Any, today: date) -> Iterator[Misfit]:  # noqa: ANN401 -- it has the schema's form
    match field.options:
        case NumberOptions(step=step, minimum=minimum) if step is not None:
            if not _on_step(value, step, minimum or 0):
                yield Misfit(message=f"{field.label}: in steps of {_number(step)}.")
        case CurrencyOptions() as options:
            yield from _money(field, options, value)
        case MomentOptions() as options:
            yield from _moments(field, options, value, today)
        case AttachmentOptions() as options:
            yield from _files(field, options, value)
        case TableOptions(columns=columns):
            for number, row in enumerate(value):
                for column in columns:
                    if column.id in row:
                        for misfit in _exactly(column, row[column.id], today):
                            pointer = f"/{number}/{column.id}{misfit.pointer}"
                            yield Misfit(message=misfit.message, pointer=pointer)


def _on_step(value: float, step: float, origin: float) -> bool:
    try:
        return (Decimal(str(value)) - Decimal(str(origin))) % Decimal(str(step)) == 0
    except InvalidOperation:
        return False


def _money(field: Field, options: CurrencyOptions, value: Any) -> Iterator[Misfit]:  # noqa: ANN401 -- it has the schema's form
    amount = Decimal(value["amount"])
    if value["currency"] not in CURRENCIES:
        message = f"{field.label}: “{value['currency']}” is no currency (ISO 4217)."
        yield Misfit(message=message, pointer="/currency")
    if options.minimum is not None and amount < options.minimum:
        yield Misfit(message=f"{field.label}: at least {options.minimum}.", pointer="/amount")
    if options.maximum is not None and amount > options.maximum:
        yield Misfit(message=f"{field.label}: at most {options.maximum}.", pointer="/amount")


def _moments(field: Field, options: MomentOptions, value: str, today: date) -> Iterator[Misfit]:
    moment = _as_moment(value)
    if moment is None:
        yield Misfit(message=f"{field.label}: {_expected(field)}.")
        return
    for bound, words in ((options.not_before, "not before"), (options.not_after, "not after")):
        if bound is None:
            continue
        limit = today.isoformat() if bound == "today" else bound
        told = "today" if bound == "today" else bound
        day = value[: len(limit)] if field.kind == "datetime" and len(limit) == 10 else value
        wrong = day < limit if words == "not before" else day > limit
        if wrong:
            yield Misfit(message=f"{field.label}: {words} {told}.")


def _as_moment(value: str) -> datetime | str | None:
    if "T" not in value:
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _files(field: Field, options: AttachmentOptions, value: Any) -> Iterator[Misfit]:  # noqa: ANN401 -- it has the schema's form
    for number, file in enumerate(value):
        if options.max_bytes is not None and file["bytes"] > options.max_bytes:
            message = f"{field.label}: “{file['name']}” is larger than {options.max_bytes} bytes."
            yield Misfit(message=message, pointer=f"/{number}")
        if options.accept and not any(_accepted(file, kind) for kind in options.accept):
            message = f"{field.label}: “{file['name']}” is not of a kind that is wanted here"
            yield Misfit(message=f"{message} ({', '.join(options.accept)}).", pointer=f"/{number}")


def _accepted(file: Any, kind: str) -> bool:  # noqa: ANN401 -- it has the schema's form
    if kind.startswith("."):
        return bool(file["name"].lower().endswith(kind.lower()))
    if kind.endswith("/*"):
        return bool(file["type"].startswith(kind[:-1]))
    return bool(file["type"] == kind)


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e15 else str(value)
