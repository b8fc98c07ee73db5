"""Documents as our own grammar allows them, drawn at random: mostly nonsense, but well formed.

hypothesis-jsonschema cannot follow a grammar that refers to itself, as rules do.
"""

from collections.abc import Mapping
from random import Random
from typing import Any

from pipes.schema import pipe_schema, resolved

# Few names, so that what refers to something often meets it.
_NAMES = ("a", "b", "c", "design")
_WORDS = ("x", "Name", "2026-03-02", "{{ fields.a }}", "{{ broken", "é", "0", "today")
_NUMBERS = (-1, 0, 1, 2, 3, 0.5, 40, 1_000_000)
_VARIABLES = ("fields.a", "fields.b", "card.phase", "children.c", "today", "now", "", "actor.roles")
_DEEPEST = 9


def a_document(chance: Random) -> dict[str, Any]:
    """A whole definition."""
    document: dict[str, Any] = _value(pipe_schema(), chance, 0)
    return document


def _value(schema: Mapping[str, Any], chance: Random, depth: int) -> Any:
    schema = resolved(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if "oneOf" in schema:
        return _value(chance.choice(schema["oneOf"]), chance, depth)
    if "then" in schema and "type" not in schema:
        return _value({"type": "array", **schema["then"]}, chance, depth)
    match _type_of(schema, chance, depth):
        case "object":
            return _object(schema, chance, depth)
        case "array":
            return _array(schema, chance, depth)
        case "string":
            return _text(schema, chance)
        case "integer":
            return max(schema.get("minimum", 0), chance.choice((0, 1, 2, 50)))
        case "number":
            return chance.choice(_NUMBERS)
        case "boolean":
            return chance.random() < 0.5
        case _:
            return None


def _type_of(schema: Mapping[str, Any], chance: Random, depth: int) -> str:
    types = schema.get("type", ["object", "array", "string", "number", "boolean", "null"])
    if isinstance(types, str):
        return types
    plain = [each for each in types if each not in ("object", "array")]
    return str(chance.choice(plain if plain and depth > _DEEPEST else types))


def _object(schema: Mapping[str, Any], chance: Random, depth: int) -> dict[str, Any]:
    known: Mapping[str, Any] = schema.get("properties", {})
    if schema.get("maxProperties") == 1:
        name = chance.choice(("var",) if "var" in known and depth > _DEEPEST else tuple(known))
        if name == "var":
            return {"var": chance.choice(_VARIABLES)}
        return {name: _value(known[name], chance, depth + 1)}
    likely = 0.5 if depth == 0 else 0.25
    names = [
        name for name in known if name in schema.get("required", ()) or chance.random() < likely
    ]
    for name, needed in schema.get("dependentRequired", {}).items():
        names += [each for each in needed if name in names and each not in names]
    found = {name: _value(known[name], chance, depth + 1) for name in names}
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        those = _names_for(resolved(schema.get("propertyNames", {})).get("pattern", ""))
        for name in chance.sample(those, chance.randint(1, len(those))):
            found[name] = _value(others, chance, depth + 1)
    return found


def _names_for(pattern: str) -> tuple[str, ...]:
    if pattern.startswith("^[0-9]{4}"):
        return ("2026-03-02",)
    return ("pipe", "phase:a") if "pipe" in pattern else _NAMES[:3]


def _array(schema: Mapping[str, Any], chance: Random, depth: int) -> list[Any]:
    least = schema.get("minItems", 0)
    most = max(least, min(schema.get("maxItems", 3), 3 if depth < _DEEPEST else 0))
    items = schema.get("items") or {"type": ["string", "number"]}
    found = [_value(items, chance, depth + 1) for _ in range(chance.randint(least, most))]
    if not schema.get("uniqueItems"):
        return found
    return [each for index, each in enumerate(found) if each not in found[:index]]


def _text(schema: Mapping[str, Any], chance: Random) -> str:
    pattern = schema.get("pattern", "")
    if pattern.startswith("^[a-z][a-z0-9"):
        return chance.choice(_NAMES)
    examples = [each for each in schema.get("examples", ()) if isinstance(each, str)]
    return str(
        chance.choice(examples if examples and (pattern or chance.random() < 0.5) else _WORDS)
    )
