"""One form for every document: canonical bytes and their hash, and the layout that people read."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from pipes.identifiers import JsonValue
from pipes.schema import Schema, below, fitting, pipe_schema

LINE_LENGTH = 100

# From here on ECMAScript writes numbers with an exponent.
_LARGE, _SMALL = 1e21, 1e-6


def canonical_bytes(document: JsonValue) -> bytes:
    """The document as canonical JSON (RFC 8785): the same bytes for the same content."""
    return "".join(_canonical(document)).encode()


def content_hash(document: JsonValue) -> str:
    """SHA-256 of the canonical bytes, in hexadecimal."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def format_document(document: JsonValue) -> str:
    """The document as people read it: properties in the grammar's order, short parts on a line.

    The order of what people see (phases, fields, options) stays the author's.
    """
    return "".join(_laid_out(_ordered(document, pipe_schema()), "", LINE_LENGTH)) + "\n"


def _canonical(value: JsonValue) -> Iterator[str]:
    match value:
        case Mapping():
            yield "{"
            for index, name in enumerate(sorted(value, key=_utf16)):
                yield f"{',' if index else ''}{_text(name)}:"
                yield from _canonical(value[name])
            yield "}"
        case list() | tuple():
            yield "["
            for index, item in enumerate(value):
                if index:
                    yield ","
                yield from _canonical(item)
            yield "]"
        case bool() | None:
            yield json.dumps(value)
        case int() | float():
            yield _number(value)
        case _:
            yield _text(str(value))


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """A number as ECMAScript writes it."""
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < _LARGE:
        return str(int(value))
    digits = repr(float(value))
    if abs(value) >= _LARGE or abs(value) < _SMALL:
        mantissa, _, exponent = digits.partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent):+d}"
    return f"{value:.20f}".rstrip("0") if "e" in digits else digits


def _ordered(value: JsonValue, schema: Schema | None) -> JsonValue:
    if isinstance(value, Mapping):
        known = fitting(schema, value).get("properties", {}) if schema is not None else {}
        names = [name for name in known if name in value]
        names += [name for name in value if name not in known]
        return {name: _ordered(value[name], _below(schema, value, name)) for name in names}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_ordered(item, _below(schema, value, index)) for index, item in enumerate(value)]
    return value


def _below(schema: Schema | None, value: JsonValue, part: str | int) -> Schema | None:
    return None if schema is None else below(schema, value, part)


def _laid_out(value: JsonValue, indent: str, room: int) -> Iterator[str]:
    """The value; on one line if it fits into the room that is left, else its parts below it."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= room or not isinstance(value, Mapping | list) or not value:
        yield line
        return
    inner = indent + "  "
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    parts = list(value.items()) if isinstance(value, Mapping) else [("", item) for item in value]
    yield f"{opening}\n"
    for number, (name, part) in enumerate(parts, start=1):
        start = f"{_text(name)}: " if isinstance(value, Mapping) else ""
        comma = "," if number < len(parts) else ""
        yield inner + start
        yield from _laid_out(part, inner, LINE_LENGTH - len(inner) - len(start) - len(comma))
        yield f"{comma}\n"
    yield indent + closing
