"""What kinds of value rules reckon with, and the names that a rule may use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

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
