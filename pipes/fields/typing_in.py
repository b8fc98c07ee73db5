"""What people type into a form, as values: texts in, a value or a complaint out.

Whether the value fits its field is checked afterwards, in one way for every way in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pipes.fields.field import (
    AttachmentOptions,
    CheckboxOptions,
    ChoiceOptions,
    ConnectionOptions,
    CurrencyOptions,
    Field,
    FormulaOptions,
    MomentOptions,
    NumberOptions,
    PeopleOptions,
    StatementOptions,
    TableOptions,
    TextOptions,
)
from pipes.identifiers import JsonValue

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?")


@dataclass(frozen=True, slots=True)
class Untypable:
    """What was typed is no value of this kind; the words say what would be."""

    message: str


def parse_typed(field: Field, texts: Sequence[str]) -> JsonValue | Untypable:
    """The value that texts from a form's controls mean; None is an emptied field.

    For a currency the texts are amount and code; for lists each text is an item; else the last
    counts, as a browser sends a hidden control before the box that overrides it.
    """
    last = texts[-1].strip() if texts else ""
    match field.options:
        case TextOptions() | MomentOptions():
            return last.replace("\r\n", "\n") or None
        case NumberOptions():
            return _number(field, last)
        case CurrencyOptions() as options:
            return _money(field, options, texts)
        case CheckboxOptions():
            return last in ("true", "on")
        case ChoiceOptions() if field.kind in ("select", "radio"):
            return last or None
        case PeopleOptions() if field.kind in ("user", "team"):
            return last or None
        case ConnectionOptions():
            return [part.strip() for text in texts for part in text.split(",") if part.strip()]
        case ChoiceOptions() | PeopleOptions():
            return [text for text in texts if text]
        case AttachmentOptions() | TableOptions() | FormulaOptions() | StatementOptions():
            return None


def parse_rows(field: Field, rows: Sequence[Mapping[str, str]]) -> JsonValue | Untypable:
    """The value of a table from the texts of its cells; rows with nothing in them are left out."""
    if not isinstance(field.options, TableOptions):
        return Untypable(f"{field.label}: this is no table.")
    found: list[JsonValue] = []
    for row in rows:
        cells: dict[str, JsonValue] = {}
        for column in field.options.columns:
            value = parse_typed(column, [row.get(column.id, "")])
            if isinstance(value, Untypable):
                return Untypable(f"{field.label}, row {len(found) + 1}: {value.message}")
            if value is not None and value != []:
                cells[column.id] = value
        if any(value is not False for value in cells.values()):
            found.append(cells)
    return found


def typed_texts(field: Field, value: JsonValue) -> list[str]:
    """The texts with which a form's controls show a value again."""
    match field.options, value:
        case CurrencyOptions(currency=currency), None:
            return ["", currency or ""]
        case CurrencyOptions(), {"amount": amount, "currency": code}:
            return [str(amount), str(code)]
        case _, None:
            return [""]
        case _, bool():
            return ["true" if value else "false"]
        case ConnectionOptions(), list() | tuple() as items:
            return [", ".join(str(item) for item in items)]
        case _, list() | tuple() as items:
            return [str(item) for item in items]
        case _, float() as number if number.is_integer():
            return [str(int(number))]
        case _:
            return [str(value)]


def _ungrouped(text: str) -> str:
    """A number without what groups its digits, with a point before its decimals.

    A comma groups where three digits follow it, as pages write it; else it stands for the point.
    """
    plain = "".join(text.split())
    if _GROUPED.fullmatch(plain):
        return plain.replace(",", "")
    return plain if "." in plain else plain.replace(",", ".")


def _number(field: Field, text: str) -> JsonValue | Untypable:
    if not text:
        return None
    try:
        number = Decimal(_ungrouped(text))
    except InvalidOperation:
        return Untypable(f"{field.label}: “{text[:40]}” is no number.")
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        return Untypable(f"{field.label}: “{text[:40]}” is too large.")
    return int(number) if number == number.to_integral_value() else float(number)


def _money(field: Field, options: CurrencyOptions, texts: Sequence[str]) -> JsonValue | Untypable:
    amount = _ungrouped(texts[0]) if texts else ""
    code = texts[1].strip().upper() if len(texts) > 1 else options.currency or ""
    if not amount:
        return None
    try:
        finite = Decimal(amount).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        return Untypable(f"{field.label}: “{texts[0][:40]}” is no amount.")
    return {"amount": amount, "currency": code or options.currency or ""}
