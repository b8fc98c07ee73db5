"""What a rule gives for some data: each rule is turned into nested functions once, and then called.

Total: no data makes it raise. Null stands for everything that is not there; arithmetic over it is
null, an ordering with it is false, and where a truth value is wanted it counts as false. The
meaning of version 1 of the rule language is fixed here for ever.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import add, ge, gt, le, lt, mul

from pipes.identifiers import JsonValue
from pipes.rules.syntax import Constant, Listing, Name, Node, Operation

type Data = Mapping[str, JsonValue]
type Evaluator = Callable[[JsonValue], JsonValue]
type Reckoning = Callable[[list[float]], float]

_EXACT = 2**53
_DATETIME_LENGTH = 20


def compile_node(node: Node) -> Evaluator:
    """The function that gives the node's value for the data of its scope."""
    match node:
        case Constant(value):
            settled = normal(value)
            return lambda _: settled
        case Listing(items):
            parts = [compile_node(item) for item in items]
            return lambda data: [part(data) for part in parts]
        case Name(path):
            return _look_up(path)
        case Operation(operator, arguments):
            return _BUILDERS[operator](arguments)


def normal(value: JsonValue) -> JsonValue:
    """A number as an IEEE double holds it; other values as they are."""
    if type(value) is str or value is None:  # Most are, and these are soon told.
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not -_EXACT <= value <= _EXACT:
        return normal(_double(value))
    return value


def _double(number: float) -> float:
    if isinstance(number, int) and not -_EXACT <= number <= _EXACT:
        try:
            return float(number)
        except OverflowError:
            return math.inf
    return number


def _look_up(path: tuple[str, ...]) -> Evaluator:
    match path:
        case ():
            return lambda data: data
        case (only,):

            def one(data: JsonValue) -> JsonValue:
                return data.get(only) if isinstance(data, Mapping) else None

            return one
        case (outer, inner):

            def two(data: JsonValue) -> JsonValue:
                group = data.get(outer) if isinstance(data, Mapping) else None
                # Asking for the abstract type takes longer than all the rest.
                if type(group) is dict or isinstance(group, Mapping):
                    return group.get(inner)
                return None

            return two
        case _:

            def many(data: JsonValue) -> JsonValue:
                for part in path:
                    if not isinstance(data, Mapping):
                        return None
                    data = data.get(part)
                return data

            return many


# --- truth ----------------------------------------------------------------------------------------


def _and(arguments: Sequence[Node]) -> Evaluator:
    parts = [compile_node(argument) for argument in arguments]

    def every(data: JsonValue) -> bool:
        for part in parts:  # noqa: SIM110 -- a generator would take twice as long
            if part(data) is not True:
                return False
        return True

    return every


def _or(arguments: Sequence[Node]) -> Evaluator:
    parts = [compile_node(argument) for argument in arguments]

    def either(data: JsonValue) -> bool:
        for part in parts:  # noqa: SIM110 -- as above
            if part(data) is True:
                return True
        return False

    return either


def _not(arguments: Sequence[Node]) -> Evaluator:
    part = compile_node(arguments[0])
    return lambda data: part(data) is not True


def _if(arguments: Sequence[Node]) -> Evaluator:
    parts = [compile_node(argument) for argument in arguments]
    branches = list(zip(parts[0:-1:2], parts[1:-1:2], strict=True))
    otherwise = parts[-1]

    def choose(data: JsonValue) -> JsonValue:
        for condition, value in branches:
            if condition(data) is True:
                return value(data)
        return otherwise(data)

    return choose


# --- comparison -----------------------------------------------------------------------------------


def _moment(text: str) -> datetime | None:
    if len(text) < _DATETIME_LENGTH or text[10] != "T":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def same(left: JsonValue, right: JsonValue) -> bool:
    """Equality as `===` means it: of one kind and equal; datetimes as instants."""
    if isinstance(left, str) and isinstance(right, str):
        if left == right:
            return True
        if len(left) < _DATETIME_LENGTH or len(right) < _DATETIME_LENGTH:
            return False
        first, second = _moment(left), _moment(right)
        return first is not None and second is not None and first == second
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, Sequence) and isinstance(right, Sequence):
        if isinstance(left, str) or isinstance(right, str) or len(left) != len(right):
            return False
        return all(same(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left is None and right is None


def _equal(arguments: Sequence[Node]) -> Evaluator:
    left, right = (compile_node(argument) for argument in arguments)
    return lambda data: same(normal(left(data)), normal(right(data)))


def _unequal(arguments: Sequence[Node]) -> Evaluator:
    left, right = (compile_node(argument) for argument in arguments)
    return lambda data: not same(normal(left(data)), normal(right(data)))


def _ordered(compare: Callable[[float, float], bool], left: JsonValue, right: JsonValue) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, int | float) and isinstance(right, int | float):
        return compare(left, right)
    if isinstance(left, str) and isinstance(right, str):
        first, second = _moment(left), _moment(right)
        if first is not None and second is not None:
            return compare(first.timestamp(), second.timestamp())
        return compare(left, right)  # type: ignore[arg-type]  # texts are ordered as numbers are
    return False


def _ordering(compare: Callable[[float, float], bool]) -> Callable[[Sequence[Node]], Evaluator]:
    def build(arguments: Sequence[Node]) -> Evaluator:
        parts = [compile_node(argument) for argument in arguments]
        if len(parts) == 2:
            left, right = parts
            return lambda data: _ordered(compare, normal(left(data)), normal(right(data)))

        def between(data: JsonValue) -> bool:
            values = [normal(part(data)) for part in parts]
            return all(_ordered(compare, left, right) for left, right in pairwise(values))

        return between

    return build


def _in(arguments: Sequence[Node]) -> Evaluator:
    needle, haystack = (compile_node(argument) for argument in arguments)

    def found(data: JsonValue) -> bool:
        sought, where = normal(needle(data)), haystack(data)
        if isinstance(where, str):
            return isinstance(sought, str) and sought in where
        if isinstance(where, Sequence):
            return any(same(sought, normal(item)) for item in where)
        return False

    return found


# --- lists ----------------------------------------------------------------------------------------


def _items(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _quantified(decide: Callable[[list[bool]], bool]) -> Callable[[Sequence[Node]], Evaluator]:
    def build(arguments: Sequence[Node]) -> Evaluator:
        listing, condition = (compile_node(argument) for argument in arguments)
        return lambda data: decide([condition(item) is True for item in _items(listing(data))])

    return build


def _count(arguments: Sequence[Node]) -> Evaluator:
    listing = compile_node(arguments[0])
    return lambda data: len(_items(listing(data)))


def _pluck(arguments: Sequence[Node]) -> Evaluator:
    listing = compile_node(arguments[0])
    name = arguments[1]
    path = str(name.value) if isinstance(name, Constant) else ""
    part = _look_up(tuple(path.split(".")) if path else ())
    return lambda data: [part(item) for item in _items(listing(data))]


def _sum(arguments: Sequence[Node]) -> Evaluator:
    listing = compile_node(arguments[0])

    def total(data: JsonValue) -> JsonValue:
        numbers = [_number(item) for item in _items(listing(data)) if item is not None]
        return _arithmetic(_total, numbers)

    return total


def _is_set(arguments: Sequence[Node]) -> Evaluator:
    part = compile_node(arguments[0])

    def asked(data: JsonValue) -> bool:
        value = part(data)
        return value is not None and not (isinstance(value, Sequence | Mapping) and not value)

    return asked


# --- arithmetic -----------------------------------------------------------------------------------


def _number(value: JsonValue) -> float | None:
    if type(value) is int and -_EXACT <= value <= _EXACT:
        return value
    value = normal(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


def _arithmetic(reckon: Reckoning, numbers: Sequence[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    try:
        result = normal(reckon(known))
    except ZeroDivisionError:
        return None
    return result if isinstance(result, int | float) else None


def _reckoned(reckon: Reckoning) -> Callable[[Sequence[Node]], Evaluator]:
    def build(arguments: Sequence[Node]) -> Evaluator:
        parts = [compile_node(argument) for argument in arguments]
        return lambda data: _arithmetic(reckon, [_number(part(data)) for part in parts])

    return build


def _difference(numbers: list[float]) -> float:
    return -numbers[0] if len(numbers) == 1 else numbers[0] - numbers[1]


def _quotient(numbers: list[float]) -> float:
    exact = numbers[0] / numbers[1]
    return int(exact) if exact.is_integer() and abs(exact) <= _EXACT else exact


def _stepwise(reckon: Callable[[float, float], float], first: float) -> Reckoning:
    """From left to right, each step rounded to a double: `sum` and `math.prod` are more exact.

    What is more exact differs from every other JsonLogic, and from one Python to the next.
    """
    return lambda numbers: reduce(
        lambda so_far, number: _double(reckon(so_far, number)), numbers, first
    )


_total = _stepwise(add, 0)
_product = _stepwise(mul, 1)


_BUILDERS: Mapping[str, Callable[[Sequence[Node]], Evaluator]] = {
    "and": _and,
    "or": _or,
    "!": _not,
    "if": _if,
    "===": _equal,
    "!==": _unequal,
    "<": _ordering(lt),
    "<=": _ordering(le),
    ">": _ordering(gt),
    ">=": _ordering(ge),
    "in": _in,
    "some": _quantified(any),
    # JsonLogic: what holds for all of an empty list does not hold.
    "all": _quantified(lambda verdicts: bool(verdicts) and all(verdicts)),
    "none": _quantified(lambda verdicts: not any(verdicts)),
    "+": _reckoned(_total),
    "-": _reckoned(_difference),
    "*": _reckoned(_product),
    "/": _reckoned(_quotient),
    "min": _reckoned(min),
    "max": _reckoned(max),
    "count": _count,
    "sum": _sum,
    "pluck": _pluck,
    "is_set": _is_set,
}
