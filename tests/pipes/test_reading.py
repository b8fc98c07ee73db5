"""Reading definitions: rubbish is answered quickly, in plain words and at the right place."""

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipes.canonical import canonical_bytes, content_hash, format_document
from pipes.findings import FindingCode
from pipes.reading import read_definition
from tests.builders import a_document

SHIPPED = sorted((Path(__file__).parents[2] / "pipe_definitions").glob("*.json"))
LIFECYCLE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "pipe_definitions" / "product-lifecycle.json").read_text()
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_definition_reads_without_findings_and_is_formatted(path: Path):
    reading = read_definition(path.read_bytes())

    assert reading.findings == ()
    assert reading.definition is not None
    assert reading.definition.id == path.stem
    assert path.read_text(encoding="utf-8") == format_document(reading.document)


@pytest.mark.parametrize(
    ("source", "code", "pointer"),
    [
        (b'{"a": 1, "a": 2}', FindingCode.DUPLICATE_NAME, "/a"),
        (b'{"id": 1e999}', FindingCode.BAD_NUMBER, "/id"),
        (b"[]", FindingCode.WRONG_TYPE, ""),
        (b"", FindingCode.NOT_JSON, ""),
        (b"{", FindingCode.NOT_JSON, ""),
        (b'{"id": "x"} y', FindingCode.NOT_JSON, ""),
        (b'{"id": "\xff"}', FindingCode.NOT_UTF8, ""),
        ('{"id": "x"}'.encode("utf-16"), FindingCode.NOT_UTF8, ""),
        (b'{"id": "\\ud800"}', FindingCode.NOT_JSON, "/id"),
        (b"[" * 10_000 + b"]" * 10_000, FindingCode.TOO_DEEP, "/0" * 100),
        (b'"' + b"x" * 1_000_001 + b'"', FindingCode.TOO_LARGE, ""),
    ],
    ids=[
        "name twice",
        "huge number",
        "a list",
        "nothing",
        "cut off",
        "more behind",
        "no UTF-8",
        "UTF-16",
        "half a character",
        "10,000 deep",
        "over 1 MB",
    ],
)
def test_rubbish_is_answered_within_a_second(source: bytes, code: FindingCode, pointer: str):
    began = time.process_time()

    reading = read_definition(source)

    assert time.process_time() - began < 1
    assert reading.definition is None
    assert [(each.code, each.pointer) for each in reading.findings] == [(code, pointer)]


MANY: list[dict[str, Any]] = [
    {"fields": {f"field_{number}": {"tipe": "short_text"} for number in range(20_000)}},
    {"fields": {f"field_{number}": {"type": "select"} for number in range(500)}},
    {"transitions": [{"from": 1, "to": 2, "when": [{"if": {"x": 1}}]}] * 1000},
    {"phases": [{"id": "a", "form": [{"field": 1}] * 500}] * 100},
    {"automations": [{"on": "card.moved", "do": [{"x": 1}] * 20}] * 500},
    {"start": {"phase": "x", "form": [{"fild": "x"}] * 20_000}},
]


@pytest.mark.parametrize("parts", MANY, ids=lambda parts: next(iter(parts)))
def test_a_large_definition_that_is_wrong_everywhere_is_answered_within_a_second(
    parts: dict[str, Any],
):
    text = json.dumps({**LIFECYCLE, **parts}).encode()
    began = time.process_time()

    reading = read_definition(text)

    assert time.process_time() - began < 1
    assert reading.findings


def changed(pointer: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(LIFECYCLE)
    *path, last = pointer.strip("/").split("/")
    part: Any = document
    for step in path:
        part = part[int(step)] if isinstance(part, list) else part[step]
    part[last] = value
    return document


@pytest.mark.parametrize(
    ("pointer", "value", "code", "hint"),
    [
        ("/fields/name/tipe", "x", FindingCode.UNKNOWN_PROPERTY, "type"),
        ("/fields/name/type", "short_txt", FindingCode.UNKNOWN_VALUE, "short_text"),
        ("/fields/name/type", "numbr", FindingCode.UNKNOWN_VALUE, "did you mean “number”"),
        ("/fields/name/type", "xyz", FindingCode.UNKNOWN_VALUE, "formula"),
        ("/fields/name", {"type": "select"}, FindingCode.MISSING_PROPERTY, "options"),
        ("/fields/name", {"type": "number", "unt": "%"}, FindingCode.UNKNOWN_PROPERTY, "unit"),
        ("/phases/0/sla/target", "5q", FindingCode.BAD_FORMAT, "5d"),
        ("/phases/0/form", "name", FindingCode.WRONG_TYPE, "list"),
        ("/transitions/0/by", ["team product"], FindingCode.BAD_FORMAT, "team"),
        ("/start/fom", [], FindingCode.UNKNOWN_PROPERTY, "form"),
        ("/$schema", "https://elsewhere.example/schema", FindingCode.UNKNOWN_SCHEMA, "schema"),
    ],
)
def test_a_mistake_is_found_where_it_is_with_what_would_be_right(
    pointer: str, value: Any, code: FindingCode, hint: str
):
    reading = read_definition(changed(pointer, value))

    assert reading.definition is None
    found = [each for each in reading.findings if each.code == code]
    assert found, reading.findings
    assert all(each.pointer.startswith(pointer) for each in found)
    assert any(hint in f"{each.message} {each.fix}" for each in found)


def test_what_the_schema_says_of_cards_that_are_not_named_holds():
    document = a_document()
    del document["card"]

    definition = read_definition(document).definition

    assert definition is not None
    naming = definition.card
    assert (naming.noun, naming.key, naming.title) == ("Card", "FEAT", "name")


def test_a_finding_has_its_line_and_column():
    text = '{\n  "id": "x",\n  "naem": "X"\n}\n'

    reading = read_definition(text)

    assert reading.text is not None
    place = reading.text.place("/naem")
    assert (place.line, place.column) == (3, 11)


# --- one form -------------------------------------------------------------------------------------

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(document=DOCUMENTS)
def test_canonical_bytes_keep_the_content_and_formatting_keeps_the_hash(document: Any):
    assert json.loads(canonical_bytes(document)) == document
    laid_out = format_document(document)
    assert content_hash(json.loads(laid_out)) == content_hash(document)
    assert format_document(json.loads(laid_out)) == laid_out


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (333333333.33333329, "333333333.3333333"),
        (4.50, "4.5"),
        (2e-3, "0.002"),
        (1e-6, "0.000001"),
        (9007199254740992, "9007199254740992"),
    ],
)
def test_numbers_as_rfc_8785_writes_them(number: float, written: str):
    assert canonical_bytes(number) == written.encode()


def test_the_order_of_names_does_not_change_the_hash():
    assert content_hash({"a": 1, "b": [{"y": 1, "x": 2}]}) == content_hash(
        {"b": [{"x": 2, "y": 1}], "a": 1}
    )
