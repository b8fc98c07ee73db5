"""Rules in words: every rule can be said, and a blocked person is told which part does not hold.

English; what people see of a field or an option stands in for its id.
"""

from dataclasses import dataclass

from pipes.identifiers import JsonValue
from pipes.rules.evaluate import compile_node
from pipes.rules.syntax import Constant, Listing, Name, Node, Operation
from pipes.rules.types import Choice, ListOf, Record, Type, find

_COMPARED = {
    "===": "is",
    "!==": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_DATED = {
    "===": "is",
    "!==": "is not",
    "<": "is before",
    "<=": "is not after",
    ">": "is after",
    ">=": "is not before",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of a rule that does not hold: what is wanted, and what is the case."""

    wanted: str
    found: str | None
    pointer: str


def in_words(node: Node, scope: Type) -> str:
    """The rule as a sentence without its full stop; total over all rules."""
    match node:
        case Constant(value):
            return _constant(value, None)
        case Listing(items):
            return _joined([in_words(item, scope) for item in items], "or") if items else "nothing"
        case Name(path):
            return _name(path, scope)
        case Operation():
            return _operation(node, scope)


def failing_leaves(node: Node, scope: Type, data: JsonValue) -> tuple[Leaf, ...]:
    """The parts of a rule that keep it from holding; none if it holds.

    An `and` gives what fails of it, an `or` its alternatives in one; anything else is a part.
    """
    if compile_node(node)(data) is True:
        return ()
    if isinstance(node, Operation) and node.operator == "and":
        return tuple(leaf for part in node.arguments for leaf in failing_leaves(part, scope, data))
    return (Leaf(in_words(node, scope), _found(node, scope, data), node.pointer),)


def shown(value: JsonValue, kind: Type | None) -> str:
    """A value as a sentence names it."""
    return _constant(value, kind)


def _found(node: Node, scope: Type, data: JsonValue) -> str | None:
    """What the compared thing is at this moment, where the part compares one."""
    if not isinstance(node, Operation) or node.operator not in (*_COMPARED, "in"):
        return None
    subject = node.arguments[0]
    if isinstance(subject, Constant | Listing):
        return None
    value = compile_node(subject)(data)
    return f"{in_words(subject, scope)} is {_constant(value, _kind(subject, scope))}"


def _kind(node: Node, scope: Type) -> Type | None:
    if isinstance(node, Name):
        named = find(scope, node.path)
        return named.type if named else None
    return None


def _name(path: tuple[str, ...], scope: Type) -> str:
    named = find(scope, path)
    if named is not None and named.label:
        return named.label
    return path[-1] if path else "it"


def _constant(value: JsonValue, kind: Type | None) -> str:
    match value:
        case None:
            return "empty"
        case True:
            return "yes"
        case False:
            return "no"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)
        case str():
            if isinstance(kind, Choice) and value in kind.options:
                return kind.options[value]
            return f"“{value}”" if kind is None or not isinstance(kind, Choice) else value
        case _:
            item = kind.item if isinstance(kind, ListOf) else None
            if isinstance(item, Record):
                return f"{len(value)} rows"
            return _joined([_constant(part, item) for part in value], "and") if value else "empty"


def _joined(parts: list[str], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _nested(node: Node, scope: Type) -> str:
    said = in_words(node, scope)
    if isinstance(node, Operation) and node.operator in ("and", "or") and len(node.arguments) > 1:
        return f"({said})"
    return said


def _operation(node: Operation, scope: Type) -> str:
    arguments = node.arguments
    match node.operator:
        case "and" | "or":
            return _joined([_nested(part, scope) for part in arguments], node.operator)
        case "!":
            return _negated(arguments[0], scope)
        case "if":
            return _conditional(node, scope)
        case "===" | "!==" | "<" | "<=" | ">" | ">=":
            return _compared(node, scope)
        case "in":
            return _among(node, scope)
        case "some" | "all" | "none":
            return _quantified(node, scope)
        case "+":
            return " plus ".join(_nested(part, scope) for part in arguments)
        case "-":
            return (
                " minus ".join(_nested(part, scope) for part in arguments)
                if len(arguments) > 1
                else f"minus {in_words(arguments[0], scope)}"
            )
        case "*":
            return " times ".join(_nested(part, scope) for part in arguments)
        case "/":
            return " divided by ".join(_nested(part, scope) for part in arguments)
        case "min":
            return (
                f"the smallest of {_joined([in_words(part, scope) for part in arguments], 'and')}"
            )
        case "max":
            return f"the largest of {_joined([in_words(part, scope) for part in arguments], 'and')}"
        case "count":
            return f"the number of entries in {in_words(arguments[0], scope)}"
        case "sum":
            return f"the sum of {in_words(arguments[0], scope)}"
        case "pluck":
            return _plucked(node, scope)
        case "is_set":
            return f"{in_words(arguments[0], scope)} is filled in"
        case "var":
            return "it"


def _negated(node: Node, scope: Type) -> str:
    if isinstance(node, Operation):
        if node.operator == "is_set":
            return f"{in_words(node.arguments[0], scope)} is empty"
        if node.operator in ("===", "!=="):
            turned = Operation(
                "!==" if node.operator == "===" else "===", node.arguments, node.pointer
            )
            return in_words(turned, scope)
    if isinstance(node, Name):
        return f"{in_words(node, scope)} is not ticked"
    return f"not ({in_words(node, scope)})"


def _conditional(node: Operation, scope: Type) -> str:
    parts = [in_words(part, scope) for part in node.arguments]
    said = [
        f"{value} if {condition}"
        for condition, value in zip(parts[0:-1:2], parts[1:-1:2], strict=True)
    ]
    return f"{', '.join(said)}, otherwise {parts[-1]}"


def _said(node: Node, across: Node, scope: Type) -> str:
    if isinstance(node, Constant):
        return _constant(node.value, _kind(across, scope))
    return _nested(node, scope)


def _compared(node: Operation, scope: Type) -> str:
    first, second, *more = node.arguments
    if more:
        words = [_said(part, first, scope) for part in node.arguments]
        lower, upper = _COMPARED[_flipped(node.operator)], _COMPARED[node.operator]
        return f"{words[1]} {lower} {words[0]} and {upper} {words[2]}"
    for left, right in ((first, second), (second, first)):
        if node.operator in ("===", "!==") and isinstance(right, Constant):
            if right.value is None:
                state = "empty" if node.operator == "===" else "filled in"
                return f"{_said(left, right, scope)} is {state}"
            if isinstance(right.value, bool) and isinstance(left, Name):
                ticked = right.value is (node.operator == "===")
                return f"{_said(left, right, scope)} is {'ticked' if ticked else 'not ticked'}"
    operator: str = node.operator
    left, right = first, second
    if isinstance(first, Constant) and not isinstance(second, Constant):
        operator, left, right = _flipped(node.operator), second, first
    kinds = (_kind(left, scope), _kind(right, scope))
    dated = any(getattr(kind, "kind", None) in ("date", "datetime", "time") for kind in kinds)
    words_of = _DATED if dated else _COMPARED
    return f"{_said(left, right, scope)} {words_of[operator]} {_said(right, left, scope)}"


def _flipped(operator: str) -> str:
    return {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(operator, operator)


def _among(node: Operation, scope: Type) -> str:
    needle, haystack = node.arguments
    if isinstance(haystack, Listing):
        options = [_said(item, needle, scope) for item in haystack.items]
        return f"{in_words(needle, scope)} is {_joined(options, 'or')}"
    kind = _kind(haystack, scope)
    item = kind.item if isinstance(kind, ListOf) else None
    sought = (
        _constant(needle.value, item) if isinstance(needle, Constant) else in_words(needle, scope)
    )
    return f"{in_words(haystack, scope)} contains {sought}"


def _quantified(node: Operation, scope: Type) -> str:
    listing, condition = node.arguments
    kind = _kind(listing, scope)
    item = kind.item if isinstance(kind, ListOf) and kind.item is not None else Record({})
    subject, said = in_words(listing, scope), in_words(condition, item)
    match node.operator:
        case "some":
            return f"{subject} has an entry where {said}"
        case "all":
            return f"in every entry of {subject} {said}"
        case _:
            return f"{subject} has no entry where {said}"


def _plucked(node: Operation, scope: Type) -> str:
    listing, name = node.arguments
    kind = _kind(listing, scope)
    item = kind.item if isinstance(kind, ListOf) else None
    path = tuple(str(name.value).split(".")) if isinstance(name, Constant) else ()
    named = find(item, path) if item is not None else None
    label = named.label if named else (path[-1] if path else "it")
    return f"{label} of {in_words(listing, scope)}"


def names_used(node: Node) -> frozenset[str]:
    """Every name that the rule looks up in its own scope, in full."""
    match node:
        case Constant():
            return frozenset()
        case Listing(items):
            return frozenset().union(*(names_used(item) for item in items))
        case Name(path):
            return frozenset({".".join(path)})
        case Operation(operator, arguments):
            own = arguments[:1] if operator in ("some", "all", "none", "pluck") else arguments
            return frozenset().union(*(names_used(argument) for argument in own))


def every_name(node: Node) -> frozenset[str]:
    """Every name that the rule looks up, in full, whether in its own scope or in elements' of
    lists; what `pluck` takes out of elements is among them.
    """
    match node:
        case Constant(value):
            return frozenset({value} if isinstance(value, str) else ())
        case Listing(items):
            return frozenset().union(*(every_name(item) for item in items))
        case Name(path):
            return frozenset({".".join(path)})
        case Operation(_, arguments):
            return frozenset().union(*(every_name(argument) for argument in arguments))
