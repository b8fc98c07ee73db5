"""Values as people read them, in plain text: for lists, histories and what a form only shows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, datetime, time

from pipes.fields.field import ChoiceOptions, Field, TableOptions
from pipes.identifiers import JsonValue


class Style(ABC):
    """How numbers, money, dates and times are written for a reader."""

    @abstractmethod
    def number(self, value: float) -> str:
        """A number."""

    @abstractmethod
    def money(self, amount: str, currency: str) -> str:
        """An amount of a currency, which is named by its ISO 4217 code."""

    @abstractmethod
    def day(self, day: date) -> str:
        """A date."""

    @abstractmethod
    def clock(self, moment: time) -> str:
        """A time of day."""

    @abstractmethod
    def moment(self, instant: datetime) -> str:
        """An instant, with its zone."""


def display(
    field: Field,
    value: JsonValue,
    names: Mapping[str, str] | None = None,
    style: Style | None = None,
) -> str:
    """The value in words; empty where there is none.

    Args:
        field: Whose value it is.
        value: As the card has it.
        names: What people and teams are called, by id; ids stand for those that are not there.
        style: How its reader writes; as it is stored where nobody in particular reads it.
    """
    known = names or {}
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case int() | float():
            return _number(value) if style is None else style.number(value)
        case str():
            return _text(field, value, known, style)
        case Mapping():
            amount, currency = str(value.get("amount")), str(value.get("currency"))
            return f"{amount} {currency}" if style is None else style.money(amount, currency)
        case _:
            return _listed(field, value, known, style)


def _number(value: float) -> str:
    if value != int(value):
        return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", " ")
    return f"{int(value):,}".replace(",", " ")


def _text(field: Field, value: str, names: Mapping[str, str], style: Style | None) -> str:
    if isinstance(field.options, ChoiceOptions):
        return next((option.label for option in field.options.options if option.id == value), value)
    if field.kind in ("user", "users", "team"):
        return names.get(value, value)
    return value if style is None else _moment(field, value, style) or value


def _moment(field: Field, value: str, style: Style) -> str | None:
    """A date or time as its reader writes it; None for what is none."""
    try:
        match field.kind:
            case "date":
                return style.day(date.fromisoformat(value))
            case "time":
                return style.clock(time.fromisoformat(value))
            case "datetime":
                return style.moment(datetime.fromisoformat(value))
            case _:
                return None
    except ValueError:
        return None


def _listed(field: Field, value: JsonValue, names: Mapping[str, str], style: Style | None) -> str:
    items = value if isinstance(value, list | tuple) else []
    if isinstance(field.options, TableOptions):
        return "\n".join(
            "; ".join(
                f"{column.label}: {display(column, row[column.id], names, style)}"
                for column in field.options.columns
                if row.get(column.id) is not None
            )
            for row in items
            if isinstance(row, Mapping)
        )
    if field.kind == "attachment":
        return ", ".join(str(file.get("name")) for file in items if isinstance(file, Mapping))
    return ", ".join(_text(field, str(item), names, style) for item in items)
