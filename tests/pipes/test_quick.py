"""Quick classes: nothing tells them from the dataclasses that they are, but the time they take."""

import pickle
from copy import copy
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace as slow_replace

import pytest
from hypothesis import given, strategies as st

from engine.core.card import Clock
from pipes.quick import quick, replace
from tests.builders import MONDAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain[T]:
    """The same without the decorator."""

    first: T
    second: int = 2
    third: dict[str, int] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Swift[T]:
    """With it."""

    first: T
    second: int = 2
    third: dict[str, int] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class InOrder:
    """Made by position."""

    first: int
    second: int = 2


GIVEN = st.fixed_dictionaries(
    {"first": st.text()},
    optional={"second": st.integers(), "third": st.dictionaries(st.text(), st.integers())},
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "first": st.text(),
        "second": st.integers(),
        "third": st.dictionaries(st.text(), st.integers()),
    },
)


def told(value: object) -> dict[str, object]:
    return {part.name: getattr(value, part.name) for part in fields(value)}  # type: ignore[arg-type]  # a dataclass


@given(given=GIVEN, changes=CHANGES)
def test_it_is_copied_as_a_dataclass_is(given, changes):
    plain, swift = Plain(**given), Swift(**given)
    assert told(replace(swift, **changes)) == told(slow_replace(plain, **changes))
    assert type(replace(swift, **changes)) is type(swift) is Swift
    assert told(swift) == told(plain)


def test_it_is_equal_hashed_shown_and_kept_as_a_dataclass_is():
    one = InOrder(1)
    assert one == InOrder(1, 2) == pickle.loads(pickle.dumps(one)) == copy(one)
    assert hash(one) == hash(InOrder(first=1))
    assert repr(Swift(first=1)) == "Swift(first=1, second=2, third={})"
    assert Swift(first=1).third is not Swift(first=1).third


def test_it_stays_frozen():
    for value in (InOrder(1), replace(InOrder(1), second=3)):
        with pytest.raises(FrozenInstanceError):
            value.first = 2  # type: ignore[misc]  # what must not be done


def test_a_copy_cannot_have_what_the_class_has_not():
    with pytest.raises(AttributeError):
        replace(InOrder(1), other=2)  # type: ignore[call-arg]  # what must not be done


def test_a_class_that_works_something_out_is_refused():
    @dataclass(frozen=True, slots=True)
    class Busy:
        first: int

        def __post_init__(self) -> None:
            """Does something."""

    with pytest.raises(TypeError, match="Busy works something out"):
        quick(Busy)


def test_those_of_the_core_are_quick():
    clock = Clock(
        id="pipe",  # type: ignore[arg-type]  # an id
        clock_kind="pipe",
        state="running",
        started_at=MONDAY,
        target="1d",
        deadline=MONDAY,
    )
    assert replace(clock, state="met") == slow_replace(clock, state="met")
    assert replace(clock, state="met").__class__ is Clock
