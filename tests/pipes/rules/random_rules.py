"""Random rules of the profile with cards to try them on, each beside its plain JsonLogic.

Plain JsonLogic reckons with null as 0 and has no lists of ours; what the profile means there is
spelt out on the plain side, so that an engine that knows nothing of us can judge it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from pipes.rules.types import BOOLEAN, DATE, NUMBER, TEXT, Choice, ListOf, Type
from tests.pipes.rules.random_cards import (
    CHILD,
    CONSTANTS,
    KINDS,
    MOMENTS,
    ROW,
    SCOPE,
    TIER,
    in_utc,
    paths,
    some_value,
)


@dataclass(frozen=True, slots=True)
class Twin:
    """A rule of ours and the plain JsonLogic of it; `may_lack` if its value may be null."""

    ours: Any
    plain: Any
    may_lack: bool = True


def operation(operator: str, *arguments: Twin, may_lack: bool = False) -> Twin:
    """The operator of that name on both sides."""
    return Twin(
        {operator: [each.ours for each in arguments]},
        {operator: [each.plain for each in arguments]},
        may_lack=may_lack,
    )


def constant(value: Any) -> Twin:
    return Twin(value, in_utc(value), may_lack=value is None)


def there(twin: Twin) -> list[Any]:
    """The plain condition that the value is there, if it needs one."""
    return [{"!==": [twin.plain, None]}] if twin.may_lack else []


def held(twin: Twin, *conditions: Any) -> Twin:
    """A truth value that is false, on the plain side, unless the conditions hold."""
    return Twin(twin.ours, {"and": [*conditions, twin.plain]}, may_lack=False)


def known(twin: Twin, *conditions: Any) -> Twin:
    """A value that is null, on the plain side, unless the conditions hold."""
    if not conditions:
        return twin
    return Twin(twin.ours, {"if": [{"and": [*conditions]}, twin.plain, None]})


@cache
def names(scope: Type) -> Mapping[Type, Sequence[str]]:
    """The names of a scope by their kind."""
    by_kind: dict[Type, list[str]] = {}
    for path, kind in paths(scope):
        by_kind.setdefault(kind, []).append(path)
    return by_kind


@dataclass(slots=True)
class Author:
    """Writes rules by chance; the same chance writes the same rules."""

    random: Random
    scope: Type = SCOPE

    def name(self, kind: Type) -> Twin | None:
        found = names(self.scope).get(kind)
        if not found:
            return None
        path = self.random.choice(found)
        return Twin({"var": path}, {"var": path})

    def leaf(self, kind: Type) -> Twin:
        """A name of the kind, or a constant where there is none or chance wants it."""
        name = self.name(kind)
        if name is not None and self.random.random() < 0.75:
            return name
        if kind in MOMENTS:
            # A text that a rule writes is a date only beside a name that is one.
            return name or constant(None)
        return self.literal(kind)

    def literal(self, kind: Type) -> Twin:
        options = list(kind.options) if isinstance(kind, Choice) else CONSTANTS[kind]
        return constant(self.random.choice(options))

    def value(self, kind: Type, depth: int) -> Twin:
        """A rule whose value is of the kind, or null."""
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf(kind)
        if self.random.random() < 0.12:
            return self.choice(kind, depth)
        if kind == BOOLEAN:
            return self.random.choice(_TRUTHS)(self, depth - 1)
        if kind == NUMBER:
            return self.random.choice(_NUMBERS)(self, depth - 1)
        return self.leaf(kind)

    def truth(self, depth: int) -> Twin:
        """A truth value where one is wanted: to us null is false there."""
        twin = self.value(BOOLEAN, depth)
        plain = {"===": [twin.plain, True]} if twin.may_lack else twin.plain
        return Twin(twin.ours, plain, may_lack=False)

    def choice(self, kind: Type, depth: int) -> Twin:
        """`if`, with one condition or two, with or without a last value."""
        branches: list[Twin] = []
        for _ in range(self.random.randint(1, 2)):
            branches += [self.truth(depth - 1), self.value(kind, depth - 1)]
        if self.random.random() < 0.7:
            branches.append(self.value(kind, depth - 1))
        return operation("if", *branches, may_lack=True)

    def junction(self, depth: int) -> Twin:
        operator = self.random.choice(("and", "or"))
        return operation(operator, *(self.truth(depth) for _ in range(self.random.randint(1, 3))))

    def negation(self, depth: int) -> Twin:
        return operation("!", self.truth(depth))

    def equality(self, depth: int) -> Twin:
        kind = self.random.choice(KINDS)
        left = self.value(kind, depth)
        right = self.random.choice((self.literal, lambda kind: self.value(kind, depth)))(kind)
        if self.random.random() < 0.1 or (kind in MOMENTS and left.ours is None):
            right = constant(None)
        return operation(self.random.choice(("===", "!==")), left, right)

    def ordering(self, depth: int) -> Twin:
        """An ordering with null is false; plain JsonLogic would take it for 0."""
        operator = self.random.choice(("<", "<=", ">", ">="))
        between = operator in {"<", "<="} and self.random.random() < 0.3
        sides = self.sides(self.random.choice((NUMBER, *MOMENTS)), depth, 3 if between else 2)
        compared = operation(operator, *sides)
        return held(compared, *(test for side in sides for test in there(side)))

    def sides(self, kind: Type, depth: int, number: int) -> list[Twin]:
        """What is ordered; a date that the rule writes has one with a name at its side."""
        if kind == NUMBER or self.name(kind) is None:
            return [self.value(NUMBER, depth) for _ in range(number)]
        sides = [self.leaf(kind) for _ in range(number)]
        first = self.random.randrange(4)
        sides[first::2] = [self.literal(kind) for _ in sides[first::2]]
        return sides

    def within_text(self, depth: int) -> Twin:
        """Null is no part of a text; that "" is part of itself escapes json-logic-js."""
        needle, text = self.value(TEXT, depth), self.value(TEXT, depth)
        found = operation("in", needle, text)
        plain = {"or": [{"===": [needle.plain, text.plain]}, found.plain]}
        return held(Twin(found.ours, plain), *there(needle), *there(text))

    def among(self, depth: int) -> Twin:
        """In a list with a name, or a written one, where jsonlogic-rs knows only constants."""
        kind = self.random.choice((NUMBER, TEXT, TIER))
        sought, listing = self.value(kind, depth), self.name(ListOf(kind))
        if listing is not None:
            return operation("in", sought, listing)
        options = [self.value(kind, depth - 1) for _ in range(self.random.randint(0, 3))]
        ours = {"in": [sought.ours, [each.ours for each in options]]}
        if not any(isinstance(each.ours, dict) for each in options):
            return Twin(
                ours, {"in": [sought.plain, [each.plain for each in options]]}, may_lack=False
            )
        each_is = [{"===": [sought.plain, each.plain]} for each in options]
        return Twin(ours, {"or": each_is}, may_lack=False)

    def listing(self, item: Type) -> Twin | None:
        """A list by its name; one that is missing is empty to us."""
        name = self.name(ListOf(item))
        if name is None:
            return None
        plain = {"if": [{"!==": [name.plain, None]}, name.plain, []]}
        return Twin(name.ours, plain, may_lack=False)

    def plucked(self, kind: Type) -> Twin | None:
        rows = self.random.choice((ROW, CHILD))
        listing = self.listing(rows)
        columns = [path for path, each in paths(rows) if each == kind]
        if listing is None or not columns:
            return None
        column = self.random.choice(columns)
        plain = {"map": [listing.plain, {"var": column}]}
        return Twin({"pluck": [listing.ours, column]}, plain, may_lack=False)

    def any_list(self) -> tuple[Twin, Type]:
        item = self.random.choice((ROW, CHILD, TEXT, TIER, NUMBER, BOOLEAN, DATE))
        found = self.listing(item) or self.plucked(item)
        return (found, item) if found else (constant([]), NUMBER)

    def quantified(self, depth: int) -> Twin:
        listing, item = self.any_list()
        condition = Author(self.random, item).truth(depth)
        return operation(self.random.choice(("some", "all", "none")), listing, condition)

    def is_set(self, depth: int) -> Twin:
        kind = self.random.choice((*KINDS, ListOf(TEXT)))
        if kind == ListOf(TEXT):
            listing, _ = self.any_list()
            plain: Any = {">": [length(listing.plain), 0]}
            return Twin({"is_set": [listing.ours]}, plain, may_lack=False)
        twin = self.value(kind, depth)
        empty = [{"!==": [twin.plain, ""]}] if kind not in (NUMBER, BOOLEAN) else []
        plain = {"and": [{"!==": [twin.plain, None]}, *empty]}
        return Twin({"is_set": [twin.ours]}, plain, may_lack=False)

    def count(self, depth: int) -> Twin:
        listing, _ = self.any_list()
        return Twin({"count": [listing.ours]}, length(listing.plain), may_lack=False)

    def total(self, depth: int) -> Twin:
        """`sum` leaves out what is missing."""
        listing = self.plucked(NUMBER) or constant([1, 2.5])
        current = {"var": "current"}
        kept = {"if": [{"===": [current, None]}, 0, current]}
        plain = {"reduce": [listing.plain, {"+": [{"var": "accumulator"}, kept]}, 0]}
        return Twin({"sum": [listing.ours]}, plain, may_lack=False)

    def reckoned(self, depth: int) -> Twin:
        """Arithmetic over null is null; plain JsonLogic would take it for 0."""
        operator = self.random.choice(("+", "*", "-", "min", "max"))
        most = 2 if operator == "-" else 3
        parts = [self.value(NUMBER, depth) for _ in range(self.random.randint(1, most))]
        return known(operation(operator, *parts), *(test for part in parts for test in there(part)))

    def quotient(self, depth: int) -> Twin:
        """What is divided by 0 is null, and infinite in plain JsonLogic."""
        left, right = self.value(NUMBER, depth), self.value(NUMBER, depth)
        tests = [*there(left), *there(right), {"!==": [right.plain, 0]}]
        return known(operation("/", left, right), *tests)


_TRUTHS = (
    Author.junction,
    Author.negation,
    Author.equality,
    Author.ordering,
    Author.ordering,
    Author.within_text,
    Author.among,
    Author.quantified,
    Author.quantified,
    Author.is_set,
)
_NUMBERS = (Author.reckoned, Author.reckoned, Author.quotient, Author.count, Author.total)


def length(plain: Any) -> Any:
    """`count` in plain JsonLogic."""
    return {"reduce": [plain, {"+": [{"var": "accumulator"}, 1]}, 0]}


def trials(seed: int, number: int) -> Iterator[tuple[Twin, Twin]]:
    """So many different rules, each with one of a thousand cards."""
    random, told = Random(seed), set[str]()
    author = Author(random)
    cards = [constant(some_value(random, SCOPE)) for _ in range(1_000)]
    kinds: Sequence[Type] = (*KINDS, *[BOOLEAN, NUMBER] * 5)
    while len(told) < number:
        rule = author.value(random.choice(kinds), depth=4)
        text = str(rule.ours)
        if text not in told:
            told.add(text)
            yield rule, random.choice(cards)
