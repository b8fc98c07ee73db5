"""Whether a condition can hold at all: what its comparisons leave of what its names may be.

Sound for every rule: what is said never to hold never holds. Comparisons with constants are seen
through; what is reckoned, or compared with something else that changes, may come to anything.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise, product
from math import ceil, floor, isfinite

from pipes.identifiers import JsonValue
from pipes.rules.evaluate import compile_node
from pipes.rules.syntax import Constant, Listing, Name, Node, Operation

# Beyond so many ways in which a condition could come to hold it is taken to be possible.
_MOST_WAYS = 512

# A constant as it compares: truth values, numbers, texts and instants never equal each other.
type Point = tuple[str, bool | float | str]
# Two expressions that look up and reckon the same have the same key.
type Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """The least or the most that an expression may be, or just beyond it."""

    at: Point
    is_beyond: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What an expression may come to.

    Attributes:
        null: Whether it may be empty.
        only: What it may be otherwise; anything between the bounds, if it is None.
        never: What it is not.
        least, most: Bounds of the same sort as what they bound.
        whole: It is a whole number.
    """

    null: bool = True
    only: frozenset[Point] | None = None
    never: frozenset[Point] = frozenset()
    least: Bound | None = None
    most: Bound | None = None
    whole: bool = False

    def both(self, other: "Possible") -> "Possible":
        """What is possible as both of them say."""
        only = self.only if other.only is None else other.only
        if self.only is not None and other.only is not None:
            only = self.only & other.only
        return Possible(
            null=self.null and other.null,
            only=only,
            never=self.never | other.never,
            least=_higher(self.least, other.least),
            most=_lower(self.most, other.most),
            whole=self.whole or other.whole,
        )

    def is_nothing(self) -> bool:
        """Whether nothing is left that it may come to."""
        if self.null:
            return False
        if self.only is not None:
            return not any(self._allows(point) for point in self.only)
        low, high = self.least, self.most
        if low is None or high is None or low.at[0] != high.at[0]:
            return False
        if self.whole:
            return not any(self._allows(("number", n)) for n in self._few_whole_ones())
        if low.at == high.at:
            return low.is_beyond or high.is_beyond or low.at in self.never
        return _greater(low.at, high.at)

    def _few_whole_ones(self) -> Iterable[float]:
        """The whole numbers between the bounds, or as many of them as `never` could forbid."""
        low, high = (bound.at[1] if bound else None for bound in (self.least, self.most))
        if not isinstance(low, int | float) or not isinstance(high, int | float):
            return ()
        first, last = ceil(low), floor(high)
        return range(first, min(last, first + len(self.never) + 2) + 1)

    def _allows(self, point: Point) -> bool:
        if point in self.never:
            return False
        low, high = self.least, self.most
        return (low is None or _lies_beyond(point, low, _greater)) and (
            high is None or _lies_beyond(point, high, _smaller)
        )


type Known = Callable[[tuple[str, ...]], Possible]
type _Demand = tuple[Key, Possible]
type _Way = tuple[_Demand, ...]

ANYTHING = Possible()
_TRUE, _FALSE = ("truth", True), ("truth", False)
_FLIPPED: Mapping[str, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE: Mapping[str, str] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def can_hold(conditions: Sequence[Node], known: Known) -> bool:
    """Whether all of the conditions may hold at once.

    Args:
        known: What is known of what a name may be.
    """
    try:
        ways = _all_of([_ways(condition, outcome=True) for condition in conditions])
        return any(_is_possible(way, known) for way in ways)
    except _TooManyWaysError:
        return True


def always_holds(condition: Node, known: Known) -> bool:
    """Whether the condition holds whatever its names are."""
    try:
        return not any(_is_possible(way, known) for way in _ways(condition, outcome=False))
    except _TooManyWaysError:
        return False


def point(value: JsonValue) -> Point | None:
    """A constant as it compares; None for what cannot be compared so."""
    match value:
        case bool():
            return ("truth", value)
        case int() | float():
            return ("number", float(value)) if isfinite(value) and abs(value) <= 2**53 else None
        case str():
            moment = _instant(value)
            return ("text", value) if moment is None else ("instant", moment)
        case _:
            return None


def _instant(text: str) -> float | None:
    if len(text) < 20 or text[10] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


class _TooManyWaysError(Exception):
    """The condition is too rich to be seen through."""


def _is_possible(way: _Way, known: Known) -> bool:
    found: dict[Key, Possible] = {}
    for key, demand in way:
        so_far = found.get(key)
        if so_far is None:
            so_far = known(tuple(map(str, key[1:]))) if key[0] == "var" else _of_kind(key)
        both = so_far.both(demand)
        if both.is_nothing():
            return False
        found[key] = both
    return True


def _of_kind(key: Key) -> Possible:
    """What an expression that is no name may be, by its operator alone."""
    if key[0] == "count":
        return Possible(null=False, least=Bound(("number", 0.0)), whole=True)
    return ANYTHING


# --- the ways in which a condition may come out ---------------------------------------------------


def _ways(node: Node, *, outcome: bool) -> list[_Way]:
    """The ways in which a condition holds, or does not: each a list of demands on its names."""
    if next(names_decided([node]), None) is None:
        return [()] if (compile_node(node)(None) is True) == outcome else []
    match node:
        case Operation("and" | "or" as operator, parts):
            each = [_ways(part, outcome=outcome) for part in parts]
            return _all_of(each) if (operator == "and") == outcome else _any_of(each)
        case Operation("!", (inner,)):
            return _ways(inner, outcome=not outcome)
        case Operation("if", parts):
            return _chosen(parts, outcome=outcome)
        case Operation("<" | "<=", (first, second, third)):
            each = [
                _ordered(node.operator, left, right, outcome=outcome)
                for left, right in pairwise((first, second, third))
            ]
            return _all_of(each) if outcome else _any_of(each)
        case Operation("<" | "<=" | ">" | ">=" as operator, (left, right)):
            return _ordered(operator, left, right, outcome=outcome)
        case Operation("===" | "!==" as operator, (left, right)):
            return _same(left, right, outcome=(operator == "===") == outcome)
        case Operation("in", (needle, Listing(items))):
            return _member(needle, items, outcome=outcome)
        case Operation("is_set", (inner,)):
            filled = Possible(null=False, never=frozenset([("text", "")]))
            empty = Possible(only=frozenset([("text", "")]))
            return [((_key(inner), filled if outcome else empty),)]
        case _:
            return [((_key(node), _truth(outcome=outcome)),)]


def _truth(*, outcome: bool) -> Possible:
    """What is not true, counts as false: an empty field as well."""
    return Possible(null=not outcome, only=frozenset([_TRUE if outcome else _FALSE]))


def _all_of(each: Sequence[list[_Way]]) -> list[_Way]:
    count = 1
    for ways in each:
        count *= len(ways)
        if count > _MOST_WAYS:
            raise _TooManyWaysError
    return [tuple(demand for way in ways for demand in way) for ways in product(*each)]


def _any_of(each: Sequence[list[_Way]]) -> list[_Way]:
    found = [way for ways in each for way in ways]
    if len(found) > _MOST_WAYS:
        raise _TooManyWaysError
    return found


def _chosen(parts: Sequence[Node], *, outcome: bool) -> list[_Way]:
    condition, value, *rest = parts
    chosen = _all_of([_ways(condition, outcome=True), _ways(value, outcome=outcome)])
    behind = _ways(rest[0], outcome=outcome) if len(rest) == 1 else _chosen(rest, outcome=outcome)
    return _any_of([chosen, _all_of([_ways(condition, outcome=False), behind])])


def _ordered(operator: str, left: Node, right: Node, *, outcome: bool) -> list[_Way]:
    if isinstance(left, Constant) and not isinstance(right, Constant):
        operator, left, right = _FLIPPED[operator], right, left
    bound = point(right.value) if isinstance(right, Constant) else None
    if bound is None or bound[0] == "truth" or isinstance(left, Constant):
        return _unseen(operator, left, right, outcome=outcome)
    shown = operator if outcome else _OPPOSITE[operator]
    demand = (
        Possible(null=not outcome, most=Bound(bound, is_beyond=shown == "<"))
        if shown in ("<", "<=")
        else Possible(null=not outcome, least=Bound(bound, is_beyond=shown == ">"))
    )
    return [((_key(left), demand),)]


def _same(left: Node, right: Node, *, outcome: bool) -> list[_Way]:
    if isinstance(left, Constant):
        left, right = right, left
    if not isinstance(right, Constant) or isinstance(left, Constant):
        return _unseen("===", left, right, outcome=outcome)
    if right.value is None:
        return [((_key(left), Possible(only=frozenset()) if outcome else Possible(null=False)),)]
    constant = point(right.value)
    if constant is None:
        return _unseen("===", left, right, outcome=outcome)
    demand = (
        Possible(null=False, only=frozenset([constant]))
        if outcome
        else Possible(never=frozenset([constant]))
    )
    return [((_key(left), demand),)]


def _member(needle: Node, items: Sequence[Node], *, outcome: bool) -> list[_Way]:
    each = [_same(needle, item, outcome=outcome) for item in items]
    return _any_of(each) if outcome else _all_of(each)


def _unseen(operator: str, left: Node, right: Node, *, outcome: bool) -> list[_Way]:
    """A comparison whose sides both change, or neither: it may come to anything, but one thing."""
    return [(((operator, _key(left), _key(right)), _truth(outcome=outcome)),)]


def _key(node: Node) -> Key:
    match node:
        case Constant(value):
            return ("constant", point(value) or str(value))
        case Listing(items):
            return ("list", *map(_key, items))
        case Name(path):
            return ("var", *path)
        case Operation(operator, arguments):
            return (operator, *map(_key, arguments))


# --- bounds ---------------------------------------------------------------------------------------


def _greater(one: Point, other: Point) -> bool:
    left, right = one[1], other[1]
    if isinstance(left, str) and isinstance(right, str):
        return left > right
    if isinstance(left, str) or isinstance(right, str):
        return False
    return left > right


def _smaller(one: Point, other: Point) -> bool:
    return _greater(other, one)


def _lies_beyond(point: Point, bound: Bound, beyond: Callable[[Point, Point], bool]) -> bool:
    """Whether a point is of the bound's sort, and beyond it or the bound itself."""
    if point[0] != bound.at[0]:
        return False
    return beyond(point, bound.at) or (point == bound.at and not bound.is_beyond)


def _higher(one: Bound | None, other: Bound | None) -> Bound | None:
    return _tighter(one, other, _greater)


def _lower(one: Bound | None, other: Bound | None) -> Bound | None:
    return _tighter(one, other, _smaller)


def _tighter(
    one: Bound | None, other: Bound | None, beyond: Callable[[Point, Point], bool]
) -> Bound | None:
    if one is None or other is None:
        return one or other
    if one.at == other.at:
        return one if one.is_beyond else other
    return one if beyond(one.at, other.at) else other


# --- what is known --------------------------------------------------------------------------------


def without_value(known: Known, path: tuple[str, ...]) -> Known:
    """The same, but for one name that is empty."""
    return lambda name: Possible(only=frozenset()) if name == path else known(name)


def names_decided(nodes: Iterable[Node]) -> Iterator[tuple[str, ...]]:
    """Every name that stands in the conditions, in their own scope."""
    for node in nodes:
        match node:
            case Name(path):
                yield path
            case Listing(items):
                yield from names_decided(items)
            case Operation(operator, arguments):
                inner = operator in ("some", "all", "none", "pluck")
                yield from names_decided(arguments[:1] if inner else arguments)
            case Constant():
                pass


def with_phases(known: Known, phases: Iterable[str]) -> Known:
    """The same, where the card stands in one of these phases."""
    here = Possible(null=False, only=frozenset(("text", phase) for phase in phases))
    return lambda name: known(name).both(here) if name == ("card", "phase") else known(name)


def a_number(least: float | None, most: float | None, *, whole: bool) -> Possible:
    """A number between bounds, or empty."""
    return replace(
        ANYTHING,
        least=None if least is None else Bound(("number", float(least))),
        most=None if most is None else Bound(("number", float(most))),
        whole=whole,
    )


def one_of(values: Iterable[JsonValue]) -> Possible:
    """One of these, or empty."""
    return Possible(only=frozenset(each for each in map(point, values) if each is not None))
