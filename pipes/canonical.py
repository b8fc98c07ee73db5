"""Definitions as bytes: the canonical form that is hashed, and the one that people read."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from pipes.identifiers import JsonValue

_WIDTH = 100
_INDENT = 2

# How the names of an object are ordered where an author has not grouped them; others follow.
_ORDER: Mapping[str, int] = {
    name: place
    for place, name in enumerate(
        (
            "$schema",
            "rule_language",
            "id",
            "name",
            "description",
            "card",
            "teams",
            "calendars",
            "fields",
            "start",
            "phases",
            "transitions",
            "automations",
            "sla",
            "scenarios",
        )
    )
}


def canonical_bytes(document: JsonValue) -> bytes:
    """The one spelling of a document's content: names in order, no space, UTF-8."""
    text = json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def content_hash(document: JsonValue) -> str:
    """SHA-256 of the canonical bytes, in hex: equal content has an equal hash."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def format_document(document: Mapping[str, JsonValue]) -> str:
    """The document as `phaseline fmt` writes it: top-level names in order, short parts on one line.

    Formatting what was formatted changes nothing, and the content stays the same.
    """
    ordered = dict(sorted(document.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER))))
    return _written(ordered, 0, 0) + "\n"


def _written(value: JsonValue, depth: int, used: int) -> str:
    line = _one_line(value)
    if not isinstance(value, Mapping | list | tuple) or not value:
        return line
    indent = " " * (_INDENT * depth)
    if depth > 0 and len(indent) + used + len(line) <= _WIDTH:
        return line
    inner = " " * (_INDENT * (depth + 1))
    if isinstance(value, Mapping):
        parts = [
            f"{inner}{json.dumps(name, ensure_ascii=False)}: "
            f"{_written(part, depth + 1, len(json.dumps(name, ensure_ascii=False)) + 3)}"
            for name, part in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [f"{inner}{_written(part, depth + 1, 1)}" for part in value]
        opening, closing = "[", "]"
    return opening + "\n" + ",\n".join(parts) + f"\n{indent}{closing}"


def _one_line(value: JsonValue) -> str:
    match value:
        case Mapping():
            parts = ", ".join(
                f"{json.dumps(name, ensure_ascii=False)}: {_one_line(part)}"
                for name, part in value.items()
            )
            return f"{{{parts}}}"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Sequence():
            return f"[{', '.join(_one_line(part) for part in value)}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
