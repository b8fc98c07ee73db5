"""Whether conditions can hold: by cases, and against trying every value there is."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pipes.rules import Rule
from pipes.rules.holding import Possible, a_number, always_holds, can_hold, one_of

NUMBER, TIER, TICKED = {"var": "n"}, {"var": "tier"}, {"var": "ticked"}
KNOWN = {
    "n": a_number(0, 5, whole=True),
    "tier": one_of(["gold", "silver"]),
    "ticked": one_of([True, False]),
    "text": Possible(),
}
# Everything that the names may be; a text is of one letter, which loses nothing to the rules below.
VALUES: dict[str, list[Any]] = {
    "n": [None, 0, 1, 2, 3, 4, 5],
    "tier": [None, "gold", "silver"],
    "ticked": [None, True, False],
    "text": [None, "", "a", "b", "c"],
}


def known(path: tuple[str, ...]) -> Possible:
    return KNOWN.get(path[0], Possible()) if path else Possible()


def could(rule: Any) -> bool:
    return can_hold([Rule(rule).tree], known)


def must(rule: Any) -> bool:
    return always_holds(Rule(rule).tree, known)


@pytest.mark.parametrize(
    "rule",
    [
        False,
        {"===": [1, 2]},
        {">": [NUMBER, 5]},
        {"and": [{">": [NUMBER, 3]}, {"<": [NUMBER, 4]}]},
        {"and": [{"===": [TIER, "gold"]}, {"===": [TIER, "silver"]}]},
        {"and": [{"!==": [TIER, "gold"]}, {"!==": [TIER, "silver"]}, {"is_set": [TIER]}]},
        {"and": [TICKED, {"!": [TICKED]}]},
        {"===": [{"var": "tier"}, "bronze"]},
        {"in": [TIER, ["bronze", "tin"]]},
        {"and": [{"is_set": [NUMBER]}, {"===": [NUMBER, None]}]},
        {"and": [{"is_set": [{"var": "text"}]}, {"===": [{"var": "text"}, ""]}]},
        {"<": [4, NUMBER, 5]},
        {"<": [{"count": [{"var": "rows"}]}, 0]},
        {"if": [TICKED, {"!": [TICKED]}, TICKED]},
        {"and": [{"<": [{"+": [NUMBER, 1]}, 2]}, {">": [{"+": [NUMBER, 1]}, 3]}]},
        {
            "and": [
                {"<": [{"var": "at"}, "2026-03-02T10:00:00Z"]},
                {">": [{"var": "at"}, "2026-03-02T10:00:00+01:00"]},
                {"===": [{"var": "at"}, "2026-03-02T12:00:00+01:00"]},
            ]
        },
    ],
    ids=str,
)
def test_what_can_never_hold(rule: Any):
    assert not could(rule)
    assert must({"!": [rule]})


@pytest.mark.parametrize(
    "rule",
    [
        True,
        {">": [NUMBER, 4]},
        {"<": [3, NUMBER, 5]},
        {"or": [{">": [NUMBER, 5]}, {"===": [TIER, "gold"]}]},
        {"===": [NUMBER, None]},
        {"!": [{">=": [NUMBER, 0]}]},
        {"and": [{">": [NUMBER, {"var": "other"}]}, {"<": [NUMBER, {"var": "other"}]}]},
        {"some": [{"var": "rows"}, {">": [{"var": "size"}, 3]}]},
        {"in": ["gold", {"var": "labels"}]},
    ],
    ids=str,
)
def test_what_may_hold(rule: Any):
    assert could(rule)


def test_several_conditions_may_exclude_each_other_though_each_may_hold():
    rules = [Rule({"===": [TIER, each]}).tree for each in ("gold", "silver")]
    assert all(can_hold([rule], known) for rule in rules)
    assert not can_hold(rules, known)


def test_a_condition_too_rich_to_be_seen_through_is_taken_to_be_possible():
    either = {"or": [{"===": [NUMBER, n]} for n in range(6)]}
    never = {"and": [*[either] * 8, {">": [NUMBER, 5]}]}
    assert could(never)
    assert not must(never)


NUMBERS = st.integers(-1, 6)
ATOMS = st.one_of(
    st.builds(
        lambda operator, number: {operator: [NUMBER, number]},
        st.sampled_from(["<", "<=", ">", ">=", "===", "!=="]),
        NUMBERS,
    ),
    st.builds(lambda a, b: {"<=": [a, NUMBER, b]}, NUMBERS, NUMBERS),
    st.builds(
        lambda operator, name: {operator: [TIER, name]},
        st.sampled_from(["===", "!=="]),
        st.sampled_from(["gold", "silver", None]),
    ),
    st.builds(lambda names: {"in": [TIER, names]}, st.lists(st.sampled_from(["gold", "silver"]))),
    st.builds(
        lambda operator, text: {operator: [{"var": "text"}, text]},
        st.sampled_from(["===", "!=="]),
        st.sampled_from(["a", "b", ""]),
    ),
    st.sampled_from([NUMBER, TIER, TICKED, {"var": "text"}]).map(lambda name: {"is_set": [name]}),
    st.just(TICKED),
    st.booleans(),
)
RULES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"and": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"or": parts}, st.lists(inner, min_size=1, max_size=3)),
        inner.map(lambda part: {"!": [part]}),
        st.builds(lambda a, b, c: {"if": [a, b, c]}, inner, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(rule=RULES)
def test_what_can_and_must_hold_is_what_trying_every_value_says(rule: Any):
    compiled = Rule(rule)
    tried = [
        compiled.evaluate(dict(zip(VALUES, values, strict=True))) is True
        for values in itertools.product(*VALUES.values())
    ]

    assert could(rule) == any(tried)
    assert must(rule) == all(tried)
