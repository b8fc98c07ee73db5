"""The grammar: whether a document has the form of a definition, every problem at its pointer.

The JSON Schema says what the form is; here its complaints are put into plain words.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Any

import jsonschema_rs

from pipes.document import escaped
from pipes.findings import Finding, FindingCode, of_fault, report
from pipes.identifiers import JsonValue
from pipes.rules import RuleError
from pipes.rules.syntax import parse
from pipes.schema import along, is_rule, pipe_schema, schema_text

MOST_FINDINGS = 200
LANGUAGE = "urn:phaseline:pipe:1"

_KINDS: Mapping[str, str] = {
    "string": "a text",
    "object": "an object",
    "array": "a list",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema_text(), validate_formats=True)


@cache
def _size_validator() -> jsonschema_rs.Draft202012Validator:
    """Judges the sizes of lists and objects alone: going through far too many would take long."""
    sizes: dict[str, Any] = _sizes(pipe_schema())
    return jsonschema_rs.Draft202012Validator(sizes)


_OF_SIZE = frozenset(("maxItems", "maxProperties", "$ref"))
_OF_PARTS = frozenset(("items", "additionalProperties"))
_OF_NAMED_PARTS = frozenset(("properties", "$defs"))


def _sizes(schema: Any) -> Any:  # noqa: ANN401 -- a JSON Schema
    """What a schema says about sizes, at any depth."""
    if not isinstance(schema, Mapping):
        return True
    sizes = {name: part for name, part in schema.items() if name in _OF_SIZE}
    sizes |= {name: _sizes(part) for name, part in schema.items() if name in _OF_PARTS}
    return sizes | {
        name: {inner: _sizes(part) for inner, part in parts.items()}
        for name, parts in schema.items()
        if name in _OF_NAMED_PARTS
    }


# What may be long: its items are judged one by one.
_LONG = ("fields", "phases", "transitions", "automations", "scenarios")
_ITEMS = ("items", "additionalProperties")


@cache
def _rest_validator() -> jsonschema_rs.Draft202012Validator:
    """Judges a document without the items of what may be long."""
    properties = pipe_schema()["properties"]
    hollow = {
        name: {key: part for key, part in properties[name].items() if key not in _ITEMS}
        for name in _LONG
    }
    schema = {**pipe_schema(), "properties": {**properties, **hollow}}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def _item_validator() -> jsonschema_rs.Draft202012Validator:
    """Judges a document of which only one item is there."""
    schema = {**pipe_schema(), "required": []}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def _calendars_validator() -> jsonschema_rs.Draft202012Validator:
    whole = pipe_schema()
    part = {
        "type": "object",
        "required": ["calendars"],
        "properties": {"calendars": whole["properties"]["calendars"]},
        "$defs": whole["$defs"],
    }
    return jsonschema_rs.Draft202012Validator(part, validate_formats=True)


def check_grammar(document: JsonValue) -> tuple[Finding, ...]:
    """What is wrong with the form of a document, as far as to tell that there is too much."""
    found = _check(_size_validator(), document)
    if found:
        return tuple(_told_by_rules(document, found))
    if _validator().is_valid(document):
        return ()
    found = _check(_rest_validator(), document)
    for name, index, item in _items(document):
        if len(found) > MOST_FINDINGS:
            break
        inner = _check(_item_validator(), item)
        found += tuple(_moved(finding, name, index) for finding in inner)
    found = tuple(dict.fromkeys(found))[: MOST_FINDINGS + 1]
    return tuple(_told_by_rules(document, found))


def _told_by_rules(document: JsonValue, found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, where they are within a rule as whoever reads rules tells them."""
    told: set[str] = set()
    for finding in found:
        place, rule = _rule_around(document, finding.pointer)
        if place in told:
            continue
        try:
            parse(rule, place)
        except RuleError as error:
            told.add(place)
            yield from map(of_fault, error.faults)
        else:
            yield finding


def _rule_around(document: JsonValue, pointer: str) -> tuple[str, JsonValue]:
    """The outermost rule that a place is in, and where it stands; nothing, if it is in none."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    path = [int(part) if part.isdecimal() else part for part in parts]
    for depth, (schema, value) in enumerate(along(document, path)):
        if is_rule(schema):
            return "".join(f"/{escaped(part)}" for part in parts[:depth]), value
    return "", None


def _items(document: JsonValue) -> Iterator[tuple[str, int, JsonValue]]:
    """Each item of what may be long: alone in a document, with its index if it is in a list."""
    for name in _LONG:
        part = document.get(name) if isinstance(document, Mapping) else None
        if isinstance(part, Mapping):
            for key, item in part.items():
                yield name, 0, {name: {key: item}}
        elif isinstance(part, list):
            for index, item in enumerate(part):
                yield name, index, {name: [item]}


def _moved(finding: Finding, name: str, index: int) -> Finding:
    """The finding where the item stands, in the list from which it was taken."""
    alone = f"/{name}/0"
    if index == 0 or not finding.pointer.startswith(alone):
        return finding
    return replace(finding, pointer=f"/{name}/{index}{finding.pointer.removeprefix(alone)}")


def check_calendars(document: JsonValue) -> tuple[Finding, ...]:
    """What is wrong with the form of a document of which only `calendars` is read."""
    return _check(_calendars_validator(), document)


def _check(
    validator: jsonschema_rs.Draft202012Validator, document: JsonValue
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for problem in validator.iter_errors(document):
        found += _findings(problem)
        if len(found) > MOST_FINDINGS:
            break
    return tuple(dict.fromkeys(found))[: MOST_FINDINGS + 1]


def _findings(problem: Any) -> Iterator[Finding]:  # noqa: ANN401 -- what the library gives
    kind = problem.kind
    pointer = "".join(f"/{escaped(str(part))}" for part in problem.instance_path)
    match kind.name:
        case "additionalProperties":
            yield from _unknown(problem, pointer)
        case "required":
            message = f"“{kind.property}” is missing here."
            yield report(FindingCode.MISSING_PROPERTY, pointer, message, f"Add “{kind.property}”.")
        case "falseSchema":
            name = problem.instance_path[-1] if problem.instance_path else ""
            yield report(
                FindingCode.UNKNOWN_PROPERTY, pointer, f"“{name}” is not possible for this type."
            )
        case "anyOf" | "oneOf":
            yield from _nearest(problem, pointer)
        case "propertyNames":
            yield report(
                FindingCode.BAD_FORMAT,
                pointer,
                f"A name here is not as it should be: {_first(kind.error)}",
            )
        case "enum":
            yield _not_an_option(problem, pointer)
        case "type":
            yield report(
                FindingCode.WRONG_TYPE, pointer, f"Here {_wanted(kind)} is wanted{_title(problem)}."
            )
        case "pattern" | "format":
            shown = json.dumps(problem.instance, ensure_ascii=False)[:80]
            yield report(
                FindingCode.BAD_FORMAT,
                pointer,
                f"{shown} does not have the form that is wanted{_title(problem)}.",
            )
        case "uniqueItems":
            yield report(FindingCode.REPEATED_ITEM, pointer, "The list names something twice.")
        case "const":
            yield report(
                FindingCode.UNKNOWN_VALUE,
                pointer,
                f"Only {json.dumps(kind.expected_value)} is possible here.",
            )
        case _:
            yield report(FindingCode.OUT_OF_RANGE, pointer, _out_of_range(problem))


def _out_of_range(problem: Any) -> str:  # noqa: ANN401 -- what the library gives
    limit = getattr(problem.kind, "limit", None)
    match problem.kind.name:
        case "minLength" | "maxLength" as bound:
            what, size = "characters", f"this text has {len(problem.instance)}"
        case "minItems" | "maxItems" as bound:
            what, size = "items", f"this list has {len(problem.instance)}"
        case "minProperties" | "maxProperties" as bound:
            what, size = "names", f"here are {len(problem.instance)}"
        case bound:
            what, size = "", f"here is {json.dumps(problem.instance)[:40]}"
    if limit is None:
        return _sentence(problem.message)
    least = (
        "least" if bound in ("minimum", "exclusiveMinimum") or bound.startswith("min") else "most"
    )
    beyond = "more than " if bound == "exclusiveMinimum" else ""
    return f"At {least} {beyond}{limit}{f' {what}' if what else ''}; {size}."


def _sentence(text: str) -> str:
    return f"{text[:200].rstrip('.')}."


def _first(fault: Any) -> str:  # noqa: ANN401 -- what the library gives
    return _sentence(str(fault).splitlines()[0])


def _described(problem: Any) -> Mapping[str, Any]:  # noqa: ANN401 -- what the library gives
    """The part of the schema that complains, without the complaining keyword."""
    part: Any = pipe_schema()
    for step in problem.schema_path[:-1]:
        part = part[int(step)] if isinstance(part, list) else part[step]
    return part if isinstance(part, dict) else {}


def _title(problem: Any) -> str:  # noqa: ANN401 -- what the library gives
    part = _described(problem)
    if "description" not in part:
        return ""
    examples = part.get("examples", [])
    shown = f", such as {json.dumps(examples[0], ensure_ascii=False)}" if examples else ""
    return f"{shown} ({part['description'].rstrip('.')})"


def _wanted(kind: Any) -> str:  # noqa: ANN401 -- what the library gives
    names = [str(name) for name in getattr(kind, "types", [])]
    said = [_KINDS.get(name, name) for name in names]
    return " or ".join(said) or "another kind of value"


def _unknown(problem: Any, pointer: str) -> Iterator[Finding]:  # noqa: ANN401 -- what the library gives
    known = list(_described(problem).get("properties", {}))
    for name in problem.kind.unexpected:
        close = get_close_matches(name, known, n=1, cutoff=0.5)
        place = f"{pointer}/{escaped(name)}"
        if close:
            message = f"“{name[:60]}” is not known here: did you mean “{close[0]}”?"
            yield report(FindingCode.UNKNOWN_PROPERTY, place, message, f"Write “{close[0]}”.")
        else:
            listed = ", ".join(known[:20])
            message = f"“{name[:60]}” is not known here; there are {listed}."
            yield report(FindingCode.UNKNOWN_PROPERTY, place, message)


def _not_an_option(problem: Any, pointer: str) -> Finding:  # noqa: ANN401 -- what the library gives
    return _unknown_value(problem.instance, _options_of(problem), pointer)


def _options_of(problem: Any) -> list[str]:  # noqa: ANN401 -- what the library gives
    described = _described(problem)
    return [str(option) for option in described.get("enum", [described.get("const")])]


def _unknown_value(value: object, options: Sequence[str], pointer: str) -> Finding:
    shown = json.dumps(value, ensure_ascii=False)[:60]
    close = get_close_matches(str(value), options, n=1)
    if close:
        message = f"{shown} is not possible here: did you mean “{close[0]}”?"
        return report(FindingCode.UNKNOWN_VALUE, pointer, message, f"Write “{close[0]}”.")
    message = f"{shown} is not possible here; there are {', '.join(options)}."
    return report(FindingCode.UNKNOWN_VALUE, pointer, message)


def _nearest(problem: Any, pointer: str) -> Iterator[Finding]:  # noqa: ANN401 -- what the library gives
    """What is wrong with the alternative that comes nearest, rather than with each of them."""
    branches: Sequence[Sequence[Any]] = problem.kind.context
    fitting = [
        branch
        for branch in branches
        if not any(_is_of_another_kind(each, problem) for each in branch)
    ]
    if not fitting:
        wanted = " or ".join(
            dict.fromkeys(
                _wanted(each.kind)
                for branch in branches
                for each in branch
                if each.kind.name == "type"
            )
        )
        message = f"Here {wanted or 'something else'} is wanted{_title_of(problem)}."
        yield report(FindingCode.WRONG_TYPE, pointer, message)
        return
    telling = [_telling(branch, problem) for branch in fitting]
    if all(telling):
        yield _not_an_option_of_any([each for each in telling if each is not None])
        return
    best = min(
        (branch for branch, told in zip(fitting, telling, strict=True) if told is None),
        key=lambda branch: (len(branch), -max(len(each.instance_path) for each in branch)),
    )
    for each in best:
        for finding in _findings(each):
            inner = finding.pointer.removeprefix(pointer)
            yield report(finding.code, pointer + inner, finding.message, finding.fix)


def _telling(branch: Sequence[Any], problem: Any) -> Any:  # noqa: ANN401 -- what the library gives
    """The complaint that another alternative was meant: about a property that tells which."""
    depth = len(problem.instance_path) + 1
    for each in branch:
        if each.kind.name in ("const", "enum") and len(each.instance_path) == depth:
            return each
    return None


def _not_an_option_of_any(complaints: Sequence[Any]) -> Finding:
    """No alternative is meant: what all of them together would allow."""
    first = complaints[0]
    options = [
        option
        for each in complaints
        if each.instance_path == first.instance_path
        for option in _options_of(each)
    ]
    pointer = "".join(f"/{escaped(str(part))}" for part in first.instance_path)
    return _unknown_value(first.instance, options, pointer)


def _title_of(problem: Any) -> str:  # noqa: ANN401 -- what the library gives
    description = _described(problem).get("description")
    return f" ({description.rstrip('.')})" if description else ""


def _is_of_another_kind(each: Any, problem: Any) -> bool:  # noqa: ANN401 -- what the library gives
    return each.kind.name == "type" and len(each.instance_path) <= len(problem.instance_path)
