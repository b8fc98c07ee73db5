"""Values that a person might type into a field: for cards that are simulated."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from pipes.fields.checking import ValueCheck
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

_WORDS = ("Saves", "people", "time", "every", "day", "and", "needs", "no", "training")
_LONG = "Two or three sentences that say what it is about. They are made up."
_LISTS = frozenset(("multi_select", "checklist"))
_ATTEMPTS = 4


def plausible(
    field: Field, today: date, chance: Random, check: ValueCheck | None = None
) -> JsonValue:
    """A value that fits the field; None where none is found, or nobody types one.

    `check` is that of the field, where it has been compiled already.
    """
    check = check or ValueCheck(field)
    for _ in range(_ATTEMPTS):
        value = _drawn(field, today, chance, check)
        if value is None or not check.misfits(value, today):
            return value
    return None


def _drawn(field: Field, today: date, chance: Random, check: ValueCheck) -> JsonValue:
    match field.options:
        case TextOptions() as text:
            return _text(field, text, chance)
        case NumberOptions() as number:
            return _number(field, number, chance)
        case CurrencyOptions(currency=currency, minimum=least, maximum=most):
            low = least if least is not None else Decimal(0)
            high = most if most is not None else low + 100_000
            amount = low + (high - low) * Decimal(chance.randrange(101)) / 100
            return {"amount": f"{amount:.2f}", "currency": currency or "EUR"}
        case MomentOptions():
            return _moment(field, today, chance)
        case CheckboxOptions():
            return chance.random() < 0.8
        case ChoiceOptions() as choice:
            return _choice(field, choice, chance)
        case PeopleOptions(from_team=team):
            if field.kind == "team":
                return None if team is None else str(team)
            person = f"member-{team}" if team is not None else "creator"
            return [person] if field.kind == "users" else person
        case TableOptions(columns=columns, min_items=least):
            checks = {column.id: check.of_column(column) for column in columns}
            rows = max(least or 0, 1 + chance.randrange(4))
            return [
                {
                    str(column.id): value
                    for column in columns
                    if (value := plausible(column, today, chance, checks[column.id])) is not None
                }
                for _ in range(rows)
            ]
        case AttachmentOptions(accept=accept):
            kind = next((each for each in accept if "/" in each and "*" not in each), "image/png")
            return [{"id": "f1", "name": "file.png", "bytes": 1_000, "type": kind}]
        case ConnectionOptions() | FormulaOptions() | StatementOptions():
            return None


def _text(field: Field, options: TextOptions, chance: Random) -> str:
    match field.kind:
        case "email":
            return f"person{chance.randrange(1000)}@example.com"
        case "phone":
            return f"+55419{chance.randrange(10_000_000, 99_999_999)}"
        case "url":
            return f"https://example.com/{chance.randrange(1000)}"
        case "long_text":
            text = _LONG
        case _:
            text = " ".join(chance.sample(_WORDS, 4))
    return text.ljust(options.min_length or 0, ".")[: options.max_length]


def _number(field: Field, options: NumberOptions, chance: Random) -> float:
    low = options.minimum if options.minimum is not None else (1 if field.kind == "rating" else 0)
    high = options.maximum if options.maximum is not None else low + 1_000
    value = low + (high - low) * chance.random()
    if options.step:
        value = low + options.step * round((value - low) / options.step)
        return value if field.kind in ("number", "percent") else round(value)
    if field.kind in ("integer", "rating"):
        return round(value)
    return round(value, 2)


def _moment(field: Field, today: date, chance: Random) -> str:
    day = today + timedelta(days=chance.randrange(60))
    match field.kind:
        case "date":
            return day.isoformat()
        case "time":
            return f"{chance.randrange(24):02}:30"
        case _:
            return f"{day.isoformat()}T{chance.randrange(24):02}:00:00Z"


def _choice(field: Field, options: ChoiceOptions, chance: Random) -> JsonValue:
    ids = [str(option.id) for option in options.options]
    if field.kind not in _LISTS:
        return chance.choice(ids)
    least = max(options.min_items or 0, 1)
    most = max(least, min(options.max_items or len(ids), len(ids)))
    # A checklist is mostly ticked all over.
    count = most if chance.random() < 0.7 else chance.randint(least, most)
    return chance.sample(ids, min(count, len(ids)))
