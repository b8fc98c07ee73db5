"""Random cards: the kinds of value that rules reckon with, names for them, and data that may lack.

Datetimes are texts with any offset; `in_utc` gives them the one form that plain JsonLogic, which
knows no datetimes, orders as we do.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

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

TIER = Choice({"gold": "Gold", "silver": "Silver", "bronze": "Bronze"})
STATUS = Choice({"open": "Open", "done": "Done"})
MOMENTS = (DATE, DATETIME, TIME)
KINDS = (BOOLEAN, NUMBER, TEXT, TIER, *MOMENTS)

CONSTANTS: Mapping[Type, Sequence[Any]] = {
    BOOLEAN: (True, False),
    NUMBER: (0, 1, -1, 2, 3, 7, 40, 100, 0.1, 0.2, 0.3, 0.7, 1.5, -2.25, 1e-9, 1e6),
    TEXT: ("", "a", "Offline mode", "mode", "10", "0", "null", "ö", "⏱", "true"),
    DATE: ("2026-03-01", "2026-03-02", "2025-12-31", "2026-10-25"),
    DATETIME: ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00+01:00", "2026-03-02T07:00:00-03:00"),
    TIME: ("00:00", "09:30", "10:00", "23:59"),
}


def record(names: Mapping[str, Type], before: str = "") -> Record:
    """A record of those names, each its own label."""
    return Record({name: Named(before + name, kind) for name, kind in names.items()})


ROW = record({"cost": NUMBER, "kind": TEXT, "met": BOOLEAN, "on": DATE, "tier": TIER})
CHILD = record(
    {"key": TEXT, "status": STATUS, "fields": record({"estimate": NUMBER, "ready": BOOLEAN})}
)
FIELDS: Mapping[str, Type] = {
    "effort": NUMBER,
    "cost": NUMBER,
    "share": NUMBER,
    "name": TEXT,
    "note": TEXT,
    "ready": BOOLEAN,
    "paid": BOOLEAN,
    "tier": TIER,
    "due": DATE,
    "begun": DATE,
    "seen": DATETIME,
    "sent": DATETIME,
    "opens": TIME,
    "closes": TIME,
    "tags": ListOf(TEXT),
    "tiers": ListOf(TIER),
    "rows": ListOf(ROW),
    "spare_rows": ListOf(ROW),
}
SCOPE = record(
    {
        "fields": record(FIELDS),
        "card": record({"labels": ListOf(TEXT), "age_days": NUMBER, "on_hold": BOOLEAN}),
        "children": record({"tasks": ListOf(CHILD)}),
        "today": DATE,
        "now": DATETIME,
    }
)


def paths(scope: Type, before: str = "") -> list[tuple[str, Type]]:
    """Every name of a scope; a plain item of a list is its own and only name."""
    if not isinstance(scope, Record):
        return [(before.removesuffix("."), scope)]
    return [
        found
        for name, named in scope.names.items()
        for found in paths(named.type, f"{before}{name}.")
    ]


def some_value(random: Random, kind: Type) -> Any:
    """Data as a card may have it: one in five values is missing, one in eight null."""
    match kind:
        case Record(names):
            return {
                name: some_value(random, named.type)
                for name, named in names.items()
                if isinstance(named.type, Record) or random.random() < 0.8
            }
        case _ if random.random() < 0.125:
            return None
        case ListOf(item) if item is not None:
            items = (some_value(random, item) for _ in range(random.randint(0, 3)))
            return [each for each in items if each is not None]
        case Choice(options):
            return random.choice(list(options))
        case _ if kind == NUMBER and random.random() < 0.7:
            return random.choice((random.randint(-9, 60), round(random.uniform(-9, 99), 2)))
        case _:
            return random.choice(CONSTANTS[kind])


_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)")


def in_utc(value: Any) -> Any:
    """Datetimes of one zone and one form, which plain JsonLogic can compare as texts."""
    match value:
        case dict():
            return {name: in_utc(each) for name, each in value.items()}
        case list():
            return [in_utc(each) for each in value]
        case str() if _DATETIME.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        case _:
            return value
