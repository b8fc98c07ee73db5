"""The rule language: values, nothing that fails, types, and every rule in words."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipes.rules import OPERATORS, Rule, RuleError, check_types, in_words, try_rule
from pipes.scope import scope_of
from tests.builders import a_document, a_field, a_pipe

DATA: dict[str, Any] = {
    "fields": {
        "effort": 3,
        "name": "Offline mode",
        "empty": None,
        "tags": ["a", "b"],
        "rows": [{"kind": "x", "cost": 2}, {"kind": "y", "cost": None}],
    },
    "today": "2026-03-02",
}
EFFORT = {"var": "fields.effort"}
ROWS = {"var": "fields.rows"}

VALUES: list[tuple[Any, Any]] = [
    (True, True),
    ({"var": "fields.effort"}, 3),
    ({"var": "fields.nothing"}, None),
    ({"===": [EFFORT, 3]}, True),
    ({"===": [EFFORT, "3"]}, False),
    ({"!==": [EFFORT, 4]}, True),
    ({">=": [EFFORT, 3]}, True),
    ({"<": [1, EFFORT, 5]}, True),
    ({"<": [{"var": "fields.empty"}, 5]}, False),
    ({">": [{"var": "today"}, "2026-03-01"]}, True),
    ({"and": [True, {"<": [EFFORT, 5]}]}, True),
    ({"or": [False, {"is_set": {"var": "fields.name"}}]}, True),
    ({"!": [{"is_set": {"var": "fields.empty"}}]}, True),
    ({"in": ["a", {"var": "fields.tags"}]}, True),
    ({"in": ["line", {"var": "fields.name"}]}, True),
    ({"some": [ROWS, {"===": [{"var": "kind"}, "x"]}]}, True),
    ({"all": [ROWS, {"===": [{"var": "kind"}, "x"]}]}, False),
    ({"all": [[], {"===": [{"var": "kind"}, "x"]}]}, False),
    ({"none": [ROWS, {"===": [{"var": "kind"}, "z"]}]}, True),
    ({"count": [ROWS]}, 2),
    ({"sum": [{"pluck": [ROWS, "cost"]}]}, 2),
    ({"pluck": [ROWS, "kind"]}, ["x", "y"]),
    ({"+": [EFFORT, 4]}, 7),
    ({"-": [EFFORT]}, -3),
    ({"*": [EFFORT, 2, 2]}, 12),
    ({"/": [EFFORT, 2]}, 1.5),
    ({"/": [EFFORT, 0]}, None),
    ({"+": [EFFORT, {"var": "fields.empty"}]}, None),
    ({"+": [0.1, 0.2, 0.3]}, 0.1 + 0.2 + 0.3),
    ({"sum": [[0.1, 0.2, 0.3]]}, 0.1 + 0.2 + 0.3),
    ({"+": [2**53, 1, 1]}, 2**53),
    ({"*": [1e200, 1e200]}, None),
    ({"min": [EFFORT, 2]}, 2),
    ({"max": [EFFORT, 2]}, 3),
    ({"if": [{">": [EFFORT, 2]}, "much", "little"]}, "much"),
    ({"if": [False, 1, False, 2]}, None),
]


@pytest.mark.parametrize(("rule", "expected"), VALUES, ids=[str(case[0]) for case in VALUES])
def test_value_of_a_rule(rule: Any, expected: Any):
    value = Rule(rule).evaluate(DATA)

    assert (list(value) if isinstance(value, tuple) else value) == expected
    assert type(value) is type(expected) or isinstance(expected, list | int | float)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"eval": ["1"]}, "no operator"),
        ({"==": [1, 1]}, "==="),
        ({"===": [1]}, "takes"),
        ({"and": True}, "takes a list"),
        ({"var": [1]}, "var"),
        ({"and": [True], "or": [True]}, "exactly one operator"),
        ({"pluck": [[], 3]}, "pluck"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_would_be_right(rule: Any, said: str):
    with pytest.raises(RuleError, match=said):
        Rule(rule)


def test_a_rule_that_is_too_deep_or_too_large_is_refused():
    deep: Any = True
    for _ in range(40):
        deep = {"!": [deep]}

    with pytest.raises(RuleError, match="deep"):
        Rule(deep)
    with pytest.raises(RuleError, match="parts"):
        Rule({"and": [True] * 1001})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.text(max_size=5)
    | st.sampled_from(("fields.effort", "kind", "2026-03-02", "10:00")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(OPERATORS), inner, min_size=1, max_size=1)
        | st.dictionaries(st.sampled_from(OPERATORS), st.lists(inner, max_size=3), max_size=1)
    ),
    max_leaves=12,
)


@given(source=JSON, data=JSON)
def test_a_rule_is_refused_or_has_a_value_for_whatever_data(source: Any, data: Any):
    try:
        rule = Rule(source)
    except RuleError:
        return

    first = rule.evaluate(data)

    assert rule.evaluate(data) == first


PIPE = a_pipe(
    fields={
        **a_document()["fields"],
        "due": a_field("date", "Due"),
        "kind": a_field(
            "select", "Kind", options=[{"id": "big", "label": "Big"}, {"id": "small", "label": "S"}]
        ),
    }
)
SCOPE = scope_of(PIPE.definition)


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ({">=": [EFFORT, 3]}, []),
        ({">=": [EFFORT, "3"]}, ["rule_type"]),
        ({">": [{"var": "fields.due"}, "2026-03-01"]}, []),
        ({">": [{"var": "fields.due"}, "tomorrow"]}, ["rule_literal"]),
        ({"===": [{"var": "fields.kind"}, "big"]}, []),
        ({"===": [{"var": "fields.kind"}, "bigg"]}, ["rule_unknown_option"]),
        ({"===": [{"var": "fields.efort"}, 3]}, ["rule_unknown_name"]),
        ({"+": [EFFORT, {"var": "fields.name"}]}, ["rule_type"]),
        ({"===": [EFFORT, None]}, []),
        ({"!==": [None, {"var": "fields.due"}]}, []),
        ({"<": [EFFORT, None]}, ["rule_literal"]),
        ({"+": [EFFORT, None]}, ["rule_literal"]),
        ({"count": [None]}, ["rule_literal"]),
        ({">": [{"var": "fields.due"}, "2026-W10-1"]}, ["rule_literal"]),
        ({">": [{"var": "now"}, "20260302T100000Z"]}, ["rule_literal"]),
    ],
)
def test_types_of_a_rule(rule: Any, codes: list[str]):
    judged = check_types(Rule(rule, "/when").tree, SCOPE, expected=None)

    assert [fault.code for fault in judged.faults] == codes


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        ({">=": [EFFORT, "3"]}, {"fields": {"effort": 3}}),
        ({"and": [1, True]}, {}),
        ({"sum": [{"pluck": [ROWS, "cost"]}]}, {"fields": {"rows": [{"cost": 1}, {"cost": "2"}]}}),
        ({"<": [{"var": "today"}, 3]}, {"today": "2026-03-02"}),
        ({"var": "1"}, [1, 2]),
    ],
)
def test_a_rule_is_tried_with_the_types_of_its_data(rule: Any, data: Any):
    with pytest.raises(RuleError):
        try_rule(rule, data)


def test_a_name_that_the_data_do_not_have_is_an_empty_field():
    assert try_rule({"is_set": {"var": "fields.effort"}}, {"fields": {}}) is False
    assert try_rule({"<": [{"var": "today"}, "2026-03-01"]}, None) is False


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({">=": [EFFORT, 3]}, "Effort is at least 3"),
        ({"===": [{"var": "fields.kind"}, "big"]}, "Kind is Big"),
        ({"is_set": {"var": "fields.name"}}, "Name"),
        ({"and": [{">": [EFFORT, 1]}, {"<": [EFFORT, 9]}]}, "and"),
    ],
)
def test_a_rule_in_words(rule: Any, words: str):
    assert words in in_words(Rule(rule).tree, SCOPE)
