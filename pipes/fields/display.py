"""Values as people read them, in plain text: for lists, histories and what a form only shows."""

from collections.abc import Mapping

from pipes.fields.field import ChoiceOptions, Field, TableOptions
from pipes.identifiers import JsonValue


def display(field: Field, value: JsonValue, names: Mapping[str, str] | None = None) -> str:
    """The value in words; empty where there is none.

    Args:
        field: Whose value it is.
        value: As the card has it.
        names: What people and teams are called, by id; ids stand for those that are not there.
    """
    known = names or {}
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case int() | float():
            return _number(value)
        case str():
            return _text(field, value, known)
        case Mapping():
            return " ".join(str(part) for part in (value.get("amount"), value.get("currency")))
        case _:
            return _listed(field, value, known)


def _number(value: float) -> str:
    if value != int(value):
        return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", " ")
    return f"{int(value):,}".replace(",", " ")


def _text(field: Field, value: str, names: Mapping[str, str]) -> str:
    if isinstance(field.options, ChoiceOptions):
        return next((option.label for option in field.options.options if option.id == value), value)
    if field.kind in ("user", "users", "team"):
        return names.get(value, value)
    return value


def _listed(field: Field, value: JsonValue, names: Mapping[str, str]) -> str:
    items = value if isinstance(value, list | tuple) else []
    if isinstance(field.options, TableOptions):
        return "\n".join(
            "; ".join(
                f"{column.label}: {display(column, row[column.id], names)}"
                for column in field.options.columns
                if row.get(column.id) is not None
            )
            for row in items
            if isinstance(row, Mapping)
        )
    if field.kind == "attachment":
        return ", ".join(str(file.get("name")) for file in items if isinstance(file, Mapping))
    return ", ".join(_text(field, str(item), names) for item in items)
