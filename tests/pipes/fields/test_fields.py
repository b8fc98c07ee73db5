"""Every type of field: what fits, what is refused, what is typed and how it is shown."""

from datetime import date
from typing import Any

import pytest

from pipes.building import definition_from_document
from pipes.durations import DurationError, parse_duration
from pipes.fields import Untypable, ValueCheck, display, parse_typed, typed_texts
from pipes.fields.field import FIELD_KINDS, Field
from tests.builders import a_document, a_field

TODAY = date(2026, 3, 2)
OPTIONS = [{"id": "a", "label": "First"}, {"id": "b", "label": "Second"}]


def the_field(kind: str, **options: Any) -> Field:
    document = a_document()
    document["fields"]["it"] = a_field(kind, "It", **options)
    fields = definition_from_document(document).fields
    return next(field for name, field in fields.items() if name == "it")


CASES: list[tuple[str, dict[str, Any], list[Any], list[Any]]] = [
    ("short_text", {"min_length": 2, "max_length": 4}, ["ab", "abcd"], ["a", "abcde", 3, "a\nb"]),
    ("short_text", {"pattern": "^[A-Z]+$"}, ["AB"], ["ab", "A1"]),
    ("long_text", {}, ["two\nlines", "x" * 100_000], ["x" * 100_001, 3]),
    ("number", {"minimum": 0, "maximum": 2.5}, [0, 2.5], [-0.1, 3, "2", True]),
    ("number", {"step": 0.5}, [0.5, 2], [0.3]),
    ("integer", {}, [3, -2], [2.5, "3"]),
    ("percent", {"maximum": 100}, [0, 99.5], [101]),
    ("rating", {"maximum": 5}, [1, 5], [6, 2.5]),
    (
        "currency",
        {"currency": "BRL", "minimum": 0},
        [{"amount": "12.50", "currency": "BRL"}],
        [{"amount": "-1", "currency": "BRL"}, {"amount": "x", "currency": "BRL"}, 12],
    ),
    ("date", {"not_before": "today"}, ["2026-03-02"], ["2026-03-01", "2026-02-30", "soon"]),
    ("time", {}, ["09:30"], ["25:00", "9"]),
    ("datetime", {}, ["2026-03-02T10:00:00Z"], ["2026-03-02", 3]),
    ("checkbox", {}, [True, False], ["true", 1]),
    ("select", {"options": OPTIONS}, ["a"], ["c", ["a"]]),
    ("radio", {"options": OPTIONS}, ["b"], ["First"]),
    ("multi_select", {"options": OPTIONS, "max_items": 1}, [["a"]], [["a", "b"], ["c"], "a"]),
    ("checklist", {"options": OPTIONS}, [["a", "b"]], [["a", "a"], ["z"]]),
    ("email", {}, ["ana@example.com"], ["ana", "ana@"]),
    ("url", {}, ["https://example.com/x"], ["javascript:alert(1)", "example"]),
    ("user", {}, ["ana"], [["ana"], 3]),
    ("users", {}, [["ana", "bo"]], ["ana", ["ana", "ana"]]),
    (
        "table",
        {"columns": {"n": a_field("number", "N")}, "max_items": 1},
        [[{"n": 1}]],
        [[{"n": "x"}], [{"m": 1}], [{"n": 1}, {"n": 2}]],
    ),
]


@pytest.mark.parametrize(
    ("kind", "options", "value"),
    [(kind, options, value) for kind, options, good, _ in CASES for value in good],
)
def test_a_value_that_fits(kind: str, options: dict[str, Any], value: Any):
    assert ValueCheck(the_field(kind, **options)).misfits(value, TODAY) == ()


@pytest.mark.parametrize(
    ("kind", "options", "value"),
    [(kind, options, value) for kind, options, _, bad in CASES for value in bad],
)
def test_a_value_that_does_not_fit_is_told_why(kind: str, options: dict[str, Any], value: Any):
    misfits = ValueCheck(the_field(kind, **options)).misfits(value, TODAY)

    assert misfits
    assert all(misfit.message for misfit in misfits)


@pytest.mark.parametrize(
    ("kind", "options", "value"),
    [
        (kind, options, value)
        for kind, options, good, _ in CASES
        for value in good
        if kind not in ("table", "datetime")
    ],
)
def test_what_a_form_shows_is_read_back_as_the_same_value(
    kind: str, options: dict[str, Any], value: Any
):
    field = the_field(kind, **options)

    assert parse_typed(field, typed_texts(field, value)) == value
    assert display(field, value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234", 1234),
        ("12,34,567.5", 1234567.5),
        ("-1,234.50", -1234.5),
        ("1 234,5", 1234.5),
        ("1\u202f234", 1234),
        ("1,5", 1.5),
        ("1,2345", 1.2345),
        ("0.125", 0.125),
    ],
)
def test_numbers_are_read_as_pages_write_them_and_with_a_comma_for_the_point(
    text: str, number: float
):
    assert parse_typed(the_field("number"), [text]) == number
    money = parse_typed(the_field("currency", currency="EUR"), [text, "EUR"])
    assert isinstance(money, dict)
    assert float(str(money["amount"])) == number


@pytest.mark.parametrize(
    ("kind", "options", "texts"),
    [
        ("number", {}, ["much"]),
        ("integer", {}, ["1.5x"]),
        ("currency", {"currency": "BRL"}, ["twelve", "BRL"]),
    ],
)
def test_what_is_no_value_is_said_in_words(kind: str, options: dict[str, Any], texts: list[str]):
    assert isinstance(parse_typed(the_field(kind, **options), texts), Untypable)


@pytest.mark.parametrize("kind", FIELD_KINDS)
def test_nothing_is_shown_of_nothing(kind: str):
    needed: dict[str, Any] = {
        "select": {"options": OPTIONS},
        "radio": {"options": OPTIONS},
        "multi_select": {"options": OPTIONS},
        "checklist": {"options": OPTIONS},
        "table": {"columns": {"n": a_field("number", "N")}},
        "formula": {"value": 1},
        "statement": {"text": "x"},
        "connection": {"pipe": "other"},
    }

    assert display(the_field(kind, **needed.get(kind, {})), None) == ""


@pytest.mark.parametrize(
    ("text", "days", "seconds"),
    [("5d", 5, 0), ("1d 4h", 1, 14_400), ("90m", 0, 5_400), ("1h 30m 10s", 0, 5_410)],
)
def test_durations(text: str, days: int, seconds: int):
    duration = parse_duration(text)

    assert (duration.days, duration.clock_seconds) == (days, seconds)
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize("text", ["", "5", "5 days", "4h 1d", "-1d", "1.5h", "d", "99999999d"])
def test_what_is_no_duration_is_refused(text: str):
    with pytest.raises(DurationError):
        parse_duration(text)
