"""Rules as trees: JSON is read into frozen nodes, and what is not in the profile is refused.

The profile is JsonLogic without truthiness, text building, regular expressions and clocks. What a
rule means is in `evaluate`, whether its types fit in `typecheck`, how it is said in `wording`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, get_args

from pipes.identifiers import JsonValue
from pipes.rules.faults import RuleFault

type Operator = Literal[
    "var", "and", "or", "!", "if", "===", "!==", "<", "<=", ">", ">=", "in", "some", "all", "none",
    "+", "-", "*", "/", "min", "max", "count", "sum", "pluck", "is_set",
]  # fmt: skip
OPERATORS: tuple[Operator, ...] = get_args(Operator.__value__)

MOST_NODES = 1000
DEEPEST = 32

# The least and the most arguments; None is any number.
ARITY: Mapping[Operator, tuple[int, int | None]] = {
    "var": (1, 1),
    "and": (1, None),
    "or": (1, None),
    "!": (1, 1),
    "if": (2, None),
    "===": (2, 2),
    "!==": (2, 2),
    "<": (2, 3),
    "<=": (2, 3),
    ">": (2, 2),
    ">=": (2, 2),
    "in": (2, 2),
    "some": (2, 2),
    "all": (2, 2),
    "none": (2, 2),
    "+": (1, None),
    "-": (1, 2),
    "*": (1, None),
    "/": (2, 2),
    "min": (1, None),
    "max": (1, None),
    "count": (1, 1),
    "sum": (1, 1),
    "pluck": (2, 2),
    "is_set": (1, 1),
}


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the rule: null, a truth value, a number or a text."""

    value: JsonValue
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list written in the rule; its items are rules themselves."""

    items: tuple["Node", ...]
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Name:
    """`var`: what is looked up, part by part; no part at all is the element of a list."""

    path: tuple[str, ...]
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with its arguments."""

    operator: Operator
    arguments: tuple["Node", ...]
    pointer: str = ""


type Node = Constant | Listing | Name | Operation


class RuleError(ValueError):
    """A rule is not one of the profile; `faults` says everything that is wrong."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        super().__init__(" ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


def parse(source: JsonValue, pointer: str = "") -> Node:
    """Reads a rule.

    Args:
        source: The rule as JSON.
        pointer: Where it stands in the document; faults and nodes have their place below it.

    Raises:
        RuleError: It is not in the profile; every fault at once.
    """
    reader = _Reader()
    node = reader.read(source, pointer, 1)
    if reader.nodes > MOST_NODES:
        reader.faults.insert(
            0,
            RuleFault(
                "rule_too_large",
                pointer,
                f"The rule has {reader.nodes} parts; {MOST_NODES} are the most.",
            ),
        )
    if reader.faults:
        raise RuleError(reader.faults)
    return node


@dataclass(slots=True)
class _Reader:
    """One reading: counts the nodes and gathers the faults."""

    nodes: int = 0
    faults: list[RuleFault] = field(default_factory=list)

    def read(self, source: JsonValue, pointer: str, depth: int) -> Node:
        self.nodes += 1
        if depth > DEEPEST:
            if not any(fault.code == "rule_too_deep" for fault in self.faults):
                self._fault("rule_too_deep", pointer, f"Rules may be nested {DEEPEST} deep.")
            return Constant(None, pointer)
        if isinstance(source, Mapping):
            return self._operation(source, pointer, depth)
        if isinstance(source, Sequence) and not isinstance(source, str):
            items = tuple(
                self.read(item, f"{pointer}/{index}", depth + 1)
                for index, item in enumerate(source)
            )
            return Listing(items, pointer)
        return Constant(source, pointer)

    def _operation(self, source: Mapping[str, JsonValue], pointer: str, depth: int) -> Node:
        if len(source) != 1:
            self._fault(
                "rule_operator",
                pointer,
                f"A rule has exactly one operator; here are {len(source)}: "
                f"{', '.join(source) or 'none'}.",
            )
            return Constant(None, pointer)
        ((word, given),) = source.items()
        operator = next((known for known in OPERATORS if known == word), None)
        place = f"{pointer}/{word.replace('~', '~0').replace('/', '~1')}"
        if operator is None:
            self._unknown(word, place)
            return Constant(None, pointer)
        many = isinstance(given, Sequence) and not isinstance(given, str)
        listed: Sequence[JsonValue] = given if many else [given]  # type: ignore[assignment]
        if operator == "var":
            return self._name(listed, pointer, place)
        if operator in {"and", "or"} and not many:
            self._fault("rule_arguments", place, f"`{operator}` takes a list of conditions.")
            return Constant(None, pointer)
        if not self._arity_fits(operator, len(listed), place):
            return Constant(None, pointer)
        if operator == "pluck" and not isinstance(listed[1], str):
            self._fault("rule_pluck", f"{place}/1", "`pluck` takes a list and a name, as text.")
        if operator == "if" and len(listed) % 2 == 0:
            listed = [*listed, None]
        arguments = tuple(
            self.read(argument, f"{place}/{index}" if many else place, depth + 1)
            for index, argument in enumerate(listed)
        )
        return Operation(operator, arguments, pointer)

    def _name(self, listed: Sequence[JsonValue], pointer: str, place: str) -> Node:
        if len(listed) == 1 and isinstance(listed[0], str):
            return Name(tuple(listed[0].split(".")) if listed[0] else (), pointer)
        if len(listed) > 1:
            message = "`var` takes no default here: an empty field is null, and `is_set` asks."
        else:
            message = "`var` takes a name, as text."
        self._fault("rule_name", place, message)
        return Constant(None, pointer)

    def _arity_fits(self, operator: Operator, given: int, place: str) -> bool:
        least, most = ARITY[operator]
        if given >= least and (most is None or given <= most):
            return True
        wanted = (
            str(least)
            if least == most
            else f"{least} or more"
            if most is None
            else f"{least} to {most}"
        )
        self._fault(
            "rule_arguments", place, f"`{operator}` takes {wanted} arguments; here are {given}."
        )
        return False

    def _unknown(self, word: str, place: str) -> None:
        instead = {"==": "===", "!=": "!==", "!!": "is_set", "missing": "is_set"}.get(word)
        close = [instead] if instead else get_close_matches(word, OPERATORS, n=1)
        hint = f" Did you mean `{close[0]}`?" if close else f" Known are {', '.join(OPERATORS)}."
        self.faults.append(
            RuleFault(
                "rule_operator",
                place,
                f"`{word}` is no operator of the rule language.{hint}",
                fix=f"Use `{close[0]}`." if close else None,
            )
        )

    def _fault(self, code: str, pointer: str, message: str) -> None:
        self.faults.append(RuleFault(code, pointer, message))
