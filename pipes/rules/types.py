"""What kinds of value rules reckon with, and the names that a rule may use."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from pipes.identifiers import JsonValue

type PlainKind = Literal["boolean", "number", "text", "date", "datetime", "time", "null"]


@dataclass(frozen=True, slots=True)
class Plain:
    """A value without parts."""

    kind: PlainKind


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of texts: option ids, phases, priorities; each with what people see."""

    options: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; None where nothing is known of its items, as for an empty one."""

    item: "Type | None"


@dataclass(frozen=True, slots=True)
class Record:
    """Named values: what `var` looks into. An open one may have names that are not known here."""

    names: Mapping[str, "Named"] = field(hash=False)
    is_open: bool = False


type Type = Plain | Choice | ListOf | Record


@dataclass(frozen=True, slots=True)
class Named:
    """A name that a rule may use: how people call it, and its type."""

    label: str
    type: Type


BOOLEAN = Plain("boolean")
NUMBER = Plain("number")
TEXT = Plain("text")
DATE = Plain("date")
DATETIME = Plain("datetime")
TIME = Plain("time")
NULL = Plain("null")

_MOMENTS: Mapping[Plain, tuple[re.Pattern[str], Callable[[str], object]]] = {
    DATE: (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), date.fromisoformat),
    DATETIME: (
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})"),
        datetime.fromisoformat,
    ),
    TIME: (re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?"), time.fromisoformat),
}


def moment_kind(text: str) -> Plain | None:
    """Which of date, datetime and time of day a text is, in the forms that a card's values have."""
    for kind, (form, read) in _MOMENTS.items():
        if form.fullmatch(text):
            try:
                read(text)
            except ValueError:
                return None
            return kind
    return None


def type_of_value(value: JsonValue) -> Type:
    """The type of plain data, where no pipe says it.

    Records are open: a name that is not there is an empty field.
    """
    match value:
        case None:
            return NULL
        case bool():
            return BOOLEAN
        case int() | float():
            return NUMBER
        case str():
            return moment_kind(value) or TEXT
        case Mapping():
            names = {name: Named(name, type_of_value(each)) for name, each in value.items()}
            return Record(names, is_open=True)
        case _:
            return ListOf(_common(type_of_value(item) for item in value if item is not None))


def _common(types: Iterable[Type]) -> Type | None:
    """The one type that all of them have, if any; rows may have different names."""
    common: Type | None = None
    for each in types:
        if isinstance(each, Record) and isinstance(common, Record):
            common = Record({**common.names, **each.names}, is_open=True)
        elif common is None or each == common:
            common = each
        else:
            return None
    return common


def find(scope: Type, path: tuple[str, ...]) -> Named | None:
    """What a path names in a scope; the scope itself for the empty path."""
    found = Named("it", scope)
    for part in path:
        inner = found.type
        if not isinstance(inner, Record) or part not in inner.names:
            return None
        found = inner.names[part]
    return found


def may_be(scope: Type, path: tuple[str, ...]) -> bool:
    """Whether a path that names nothing known leads into an open record, and so may be right."""
    inside: Type = scope
    for part in path:
        if not isinstance(inside, Record):
            return False
        if inside.is_open:
            return True
        if part not in inside.names:
            return False
        inside = inside.names[part].type
    return False


def names_of(scope: Type, before: str = "") -> Iterator[str]:
    """Every name of a scope, in full."""
    if isinstance(scope, Record):
        for name, named in scope.names.items():
            yield before + name
            yield from names_of(named.type, f"{before}{name}.")


def in_words(kind: Type) -> str:
    """The type as an author would say it."""
    match kind:
        case Plain("boolean"):
            return "a truth value"
        case Plain("number"):
            return "a number"
        case Plain("text"):
            return "a text"
        case Plain("date"):
            return "a date"
        case Plain("datetime"):
            return "a date with a time"
        case Plain("time"):
            return "a time of day"
        case Plain("null"):
            return "nothing"
        case Choice():
            return "a choice"
        case ListOf(None):
            return "an empty list"
        case ListOf(Record()):
            return "a list of rows"
        case ListOf():
            return "a list"
        case Record():
            return "a group of names"
        case Plain(other):
            return str(other)
