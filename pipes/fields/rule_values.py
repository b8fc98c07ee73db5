"""Fields as rules see them: the type of each, the value of each, and what a rule gives to one.

Money is a number in a rule, its amount; people, teams, files and cards are texts in lists.
"""

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
from pipes.rules.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    NUMBER,
    TEXT,
    TIME,
    Choice,
    ListOf,
    Named,
    Record,
    Type,
)


def rule_type(field: Field) -> Type | None:
    """The field's type in rules; None for a formula, whose type its rule gives, and a statement."""
    match field.options:
        case TextOptions():
            return TEXT
        case NumberOptions() | CurrencyOptions():
            return NUMBER
        case MomentOptions():
            return {"date": DATE, "time": TIME, "datetime": DATETIME}[field.kind]
        case CheckboxOptions():
            return BOOLEAN
        case ChoiceOptions(options=options):
            one = Choice({option.id: option.label for option in options})
            return one if field.kind in ("select", "radio") else ListOf(one)
        case PeopleOptions():
            return ListOf(TEXT) if field.kind == "users" else TEXT
        case AttachmentOptions():
            return ListOf(Record({"name": Named("name", TEXT), "bytes": Named("bytes", NUMBER)}))
        case ConnectionOptions():
            return ListOf(TEXT)
        case TableOptions(columns=columns):
            typed = ((column, rule_type(column)) for column in columns)
            return ListOf(
                Record({column.id: Named(column.label, kind) for column, kind in typed if kind})
            )
        case FormulaOptions() | StatementOptions():
            return None


def rule_value(field: Field, value: JsonValue) -> JsonValue:
    """The field's value as a rule sees it."""
    match field.options, value:
        case CurrencyOptions(), {"amount": str() as amount}:
            return float(amount)
        case TableOptions(columns=columns), list() | tuple() as rows:
            money = {column.id: column for column in columns if column.kind == "currency"}
            if not money:
                return value
            return [
                {
                    name: rule_value(money[name], cell) if name in money else cell
                    for name, cell in row.items()
                }
                for row in rows
                if isinstance(row, dict)
            ]
        case _:
            return value


def field_value(field: Field, value: JsonValue) -> JsonValue:
    """What a rule gives, as the field keeps it: a number becomes money of the field's currency."""
    match field.options, value:
        case CurrencyOptions(currency=str() as code), int() | float() as amount:
            written = f"{amount:.4f}".rstrip("0").rstrip(".")
            return {"amount": written, "currency": code}
        case _:
            return value
