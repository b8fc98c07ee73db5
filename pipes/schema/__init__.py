"""The grammar of definitions as a JSON Schema, and ways to look things up in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from pipes.identifiers import JsonValue

# A JSON Schema: this module is a JSON edge.
type Schema = Mapping[str, Any]

_REFERENCE = "#/$defs/"


@cache
def schema_text() -> str:
    """The grammar as it is served to editors."""
    return files(__name__).joinpath("pipe.schema.json").read_text(encoding="utf-8")


@cache
def pipe_schema() -> Schema:
    """The grammar."""
    schema: Schema = json.loads(schema_text())
    return schema


def named(name: str) -> Schema:
    """The part of the grammar of that name."""
    part: Schema = pipe_schema()["$defs"][name]
    return part


def resolved(schema: Schema) -> Schema:
    """The schema with what it refers to; what it says itself stands above that."""
    while "$ref" in schema:
        own = {name: part for name, part in schema.items() if name != "$ref"}
        schema = {**named(schema["$ref"].removeprefix(_REFERENCE)), **own}
    return schema


def is_rule(schema: Schema) -> bool:
    """Whether the place is one for a rule."""
    return bool(resolved(schema).get("properties") == named("rule")["properties"])


def alternatives(schema: Schema) -> tuple[Schema, ...]:
    """The schemas of which a value has to fit one."""
    return tuple(resolved(each) for each in schema.get("oneOf", ()))


def fitting(schema: Schema, value: JsonValue) -> Schema:
    """The schema that a value at this place is meant to fit: the likeliest of its alternatives."""
    schema = resolved(schema)
    choices = alternatives(schema)
    if not choices:
        return schema
    return max(choices, key=lambda each: likeness(each, value))


def likeness(schema: Schema, value: JsonValue) -> tuple[int, int, int, int]:
    """How well a value fits: its type, its telling properties, those needed, those unknown."""
    of_type = int(type_name(value) in types_of(schema))
    if not isinstance(value, Mapping):
        return of_type, 0, 0, 0
    known: Schema = schema.get("properties", {})
    telling = sum(
        1 if said_by(known[name], part) else -1
        for name, part in value.items()
        if name in known and ("const" in known[name] or "enum" in known[name])
    )
    there = sum(1 if name in value else -1 for name in schema.get("required", ()))
    unknown = sum(name not in known for name in value)
    return of_type, telling, there, -unknown


def said_by(schema: Schema, value: JsonValue) -> bool:
    """Whether a value is one of those that the schema lists."""
    return value == schema["const"] if "const" in schema else value in schema.get("enum", ())


def below(schema: Schema, value: JsonValue, part: str | int) -> Schema | None:
    """The schema of a property or an item; None where the grammar knows none."""
    schema = fitting(schema, value)
    if isinstance(part, int):
        first: Sequence[Schema] = schema.get("prefixItems", ())
        inner = first[part] if part < len(first) else _items(schema)
    else:
        inner = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
    return inner if isinstance(inner, Mapping) else None


def _items(schema: Schema) -> object:
    """The schema of items; an operator that takes one argument takes it in a list as well."""
    if "items" in schema:
        return schema["items"]
    return schema.get("then", {}).get("items")


def along(document: JsonValue, path: Sequence[str | int]) -> Iterator[tuple[Schema, JsonValue]]:
    """The schemas and values from the root to a place, as far as the grammar knows it."""
    schema: Schema | None = pipe_schema()
    value = document
    for part in path:
        if schema is None:
            return
        yield schema, value
        schema = below(schema, value, part)
        if isinstance(value, Mapping) and isinstance(part, str):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return
    if schema is not None:
        yield schema, value


def types_of(schema: Schema) -> tuple[str, ...]:
    """The JSON types that the schema allows; all of them where it says nothing."""
    types = schema.get("type", ())
    if types:
        return (types,) if isinstance(types, str) else tuple(types)
    if "const" in schema:
        return (type_name(schema["const"]),)
    if "enum" in schema:
        return tuple({type_name(value) for value in schema["enum"]})
    return ("object", "array", "string", "number", "integer", "boolean", "null")


def type_name(value: JsonValue) -> str:
    """The JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"
