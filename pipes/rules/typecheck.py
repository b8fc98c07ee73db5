"""Whether a rule's types fit: every fault at once, each at the very part that has it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise

from pipes.rules.faults import RuleFault
from pipes.rules.syntax import Constant, Listing, Name, Node, Operation
from pipes.rules.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    NULL,
    NUMBER,
    TEXT,
    TIME,
    Choice,
    ListOf,
    Plain,
    Record,
    Type,
    find,
    in_words,
    may_be,
    moment_kind,
    names_of,
)

_ORDERED = ("number", "date", "datetime", "time")


@dataclass(frozen=True, slots=True)
class TypeCheck:
    """The type that a rule's value has, if that can be told, and what is wrong."""

    type: Type | None
    faults: tuple[RuleFault, ...]


def check_types(node: Node, scope: Type, expected: Type | None = None) -> TypeCheck:
    """Judges a rule.

    Args:
        node: The rule.
        scope: The names it may use, as a `Record`.
        expected: What its value has to be; anything, if not given.
    """
    checker = _Checker()
    found = checker.type_of(node, scope)
    if expected is not None and found is not None and not _fits(found, expected):
        checker.fault(
            node,
            "rule_type",
            f"Here {in_words(expected)} is wanted; this rule gives {in_words(found)}.",
        )
    return TypeCheck(found, tuple(checker.faults))


def _fits(found: Type, expected: Type) -> bool:
    if found == NULL:
        return True
    if isinstance(found, Choice) or isinstance(expected, Choice):
        return _texts(found) and _texts(expected)
    if isinstance(found, ListOf) and isinstance(expected, ListOf):
        return found.item is None or expected.item is None or _fits(found.item, expected.item)
    return found == expected


def _texts(kind: Type) -> bool:
    return isinstance(kind, Choice) or kind in (TEXT, NULL)


def _is_null(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None


@dataclass(slots=True)
class _Checker:
    """One check, gathering the faults."""

    faults: list[RuleFault] = field(default_factory=list)

    def fault(self, node: Node, code: str, message: str, fix: str | None = None) -> None:
        self.faults.append(RuleFault(code, node.pointer, message, fix))

    def type_of(self, node: Node, scope: Type) -> Type | None:
        match node:
            case Constant(value):
                return _type_of_constant(value)
            case Listing(items):
                return self._listing(items, scope)
            case Name(path):
                return self._name(node, path, scope)
            case Operation():
                return self._operation(node, scope)

    def _listing(self, items: Sequence[Node], scope: Type) -> Type:
        first: Type | None = None
        for item in items:
            kind = self.type_of(item, scope)
            if kind is None or kind == NULL:
                continue
            if first is None:
                first = kind
            elif not _fits(kind, first):
                self.fault(
                    item,
                    "rule_type",
                    f"A list holds values of one kind; the first is {in_words(first)},"
                    f" this is {in_words(kind)}.",
                )
        return ListOf(first)

    def _name(self, node: Node, path: tuple[str, ...], scope: Type) -> Type | None:
        named = find(scope, path)
        if named is not None:
            return named.type
        if may_be(scope, path):
            return None
        whole = ".".join(path)
        close = get_close_matches(whole, list(names_of(scope)), n=1)
        hint = f" Did you mean `{close[0]}`?" if close else ""
        self.fault(
            node,
            "rule_unknown_name",
            f"`{whole}` is not known here.{hint}",
            f"Use `{close[0]}`." if close else None,
        )
        return None

    def _operation(self, node: Operation, scope: Type) -> Type | None:
        arguments = node.arguments
        match node.operator:
            case "and" | "or" | "!":
                for argument in arguments:
                    self._wanted(argument, scope, BOOLEAN)
                return BOOLEAN
            case "if":
                return self._choice_of(node, scope)
            case "===" | "!==":
                self._comparable(node, *arguments, scope=scope)
                return BOOLEAN
            case "<" | "<=" | ">" | ">=":
                for left, right in pairwise(arguments):
                    self._orderable(node, left, right, scope)
                return BOOLEAN
            case "in":
                self._member(node, scope)
                return BOOLEAN
            case "some" | "all" | "none":
                item = self._item_of(arguments[0], scope)
                if item is not None:
                    self._wanted(arguments[1], item, BOOLEAN)
                return BOOLEAN
            case "+" | "-" | "*" | "/" | "min" | "max":
                for argument in arguments:
                    self._not_null(argument, "a number")
                    self._wanted(argument, scope, NUMBER)
                return NUMBER
            case "count":
                self._item_of(arguments[0], scope)
                return NUMBER
            case "sum":
                item = self._item_of(arguments[0], scope)
                if item is not None and not _fits(item, NUMBER):
                    self.fault(
                        arguments[0],
                        "rule_type",
                        f"`sum` adds numbers; the list holds {in_words(item)}.",
                    )
                return NUMBER
            case "pluck":
                return self._plucked(node, scope)
            case "is_set":
                self.type_of(arguments[0], scope)
                return BOOLEAN
            case "var":
                return None

    def _wanted(self, node: Node, scope: Type, wanted: Type) -> None:
        found = self.type_of(node, scope)
        if found is not None and not _fits(found, wanted):
            self.fault(
                node, "rule_type", f"Here {in_words(wanted)} is wanted; this is {in_words(found)}."
            )

    def _not_null(self, node: Node, wanted: str) -> None:
        """An empty field may stand here; null itself is a slip, and other engines take it for 0."""
        if _is_null(node):
            self.fault(node, "rule_literal", f"Here {wanted} is wanted; this is nothing.")

    def _item_of(self, node: Node, scope: Type) -> Type | None:
        self._not_null(node, "a list")
        found = self.type_of(node, scope)
        if isinstance(found, ListOf):
            return found.item
        if found is not None and found != NULL:
            self.fault(node, "rule_type", f"Here a list is wanted; this is {in_words(found)}.")
        return None

    def _choice_of(self, node: Operation, scope: Type) -> Type | None:
        conditions, values = node.arguments[0:-1:2], [*node.arguments[1:-1:2], node.arguments[-1]]
        for condition in conditions:
            self._wanted(condition, scope, BOOLEAN)
        chosen: Type | None = None
        for value in values:
            kind = self.type_of(value, scope)
            if kind is None or kind == NULL:
                continue
            if chosen is None:
                chosen = kind
            elif not _fits(kind, chosen):
                self.fault(
                    value,
                    "rule_type",
                    f"All outcomes of `if` are of one kind; the first is {in_words(chosen)},"
                    f" this is {in_words(kind)}.",
                )
        return chosen

    def _comparable(self, node: Operation, left: Node, right: Node, *, scope: Type) -> None:
        one, other = self._pair(left, right, scope)
        if one is None or other is None:
            return
        for kind, side in ((one, left), (other, right)):
            if isinstance(kind, ListOf | Record):
                self.fault(
                    side,
                    "rule_type",
                    f"`{node.operator}` compares single values; this is {in_words(kind)}."
                    " Use `in`, `some` or `count`.",
                )
                return
        if not _fits(one, other) and other != NULL:
            self.fault(
                node,
                "rule_type",
                f"{in_words(one).capitalize()} is never the same as {in_words(other)}.",
            )

    def _pair(self, left: Node, right: Node, scope: Type) -> tuple[Type | None, Type | None]:
        """The types of two sides, a text written in the rule taking the kind of the other side."""
        one, other = self.type_of(left, scope), self.type_of(right, scope)
        return self._taken(left, one, other), self._taken(right, other, one)

    def _taken(self, node: Node, own: Type | None, across: Type | None) -> Type | None:
        if not isinstance(node, Constant) or not isinstance(node.value, str):
            return own
        if across is None or across == NULL:
            return moment_kind(node.value) or own
        if across in (DATE, DATETIME, TIME):
            if moment_kind(node.value) == across:
                return across
            self.fault(
                node,
                "rule_literal",
                f"“{node.value}” is compared with {in_words(across)} and is not one.",
            )
            return None
        if isinstance(across, Choice) and node.value not in across.options:
            close = get_close_matches(node.value, list(across.options), n=1)
            hint = (
                f"did you mean “{close[0]}”?"
                if close
                else f"there are {', '.join(across.options)}."
            )
            self.fault(
                node,
                "rule_unknown_option",
                f"“{node.value}” is no option here; {hint}",
                f"Use “{close[0]}”." if close else None,
            )
            return None
        return own

    def _orderable(self, node: Operation, left: Node, right: Node, scope: Type) -> None:
        for side in (left, right):
            self._not_null(side, "a number, a date or a time")
        one, other = self._pair(left, right, scope)
        for kind, side in ((one, left), (other, right)):
            if kind is None or kind == NULL:
                continue
            if not isinstance(kind, Plain) or kind.kind not in _ORDERED:
                self.fault(
                    side,
                    "rule_type",
                    f"`{node.operator}` orders numbers, dates and times; this is {in_words(kind)}.",
                )
                return
        if one is not None and other is not None and not _fits(one, other) and other != NULL:
            self.fault(
                node,
                "rule_type",
                f"{in_words(one).capitalize()} cannot be compared with {in_words(other)}.",
            )

    def _member(self, node: Operation, scope: Type) -> None:
        needle, haystack = node.arguments
        where = self.type_of(haystack, scope)
        sought = self.type_of(needle, scope)
        if where is None or sought is None or NULL in (where, sought):
            return
        if _texts(where):
            if not _texts(sought):
                self.fault(
                    needle,
                    "rule_type",
                    f"Only a text can be part of a text; this is {in_words(sought)}.",
                )
        elif not isinstance(where, ListOf):
            self.fault(
                haystack,
                "rule_type",
                f"`in` looks into a list or a text; this is {in_words(where)}.",
            )
        elif where.item is not None:
            self._found_among(needle, haystack, where.item, scope)

    def _found_among(self, needle: Node, haystack: Node, item: Type, scope: Type) -> None:
        if isinstance(haystack, Listing):
            for option in haystack.items:
                kind, sought = self._pair(option, needle, scope)
                if kind is not None and sought is not None and not _fits(kind, sought):
                    self.fault(
                        option,
                        "rule_type",
                        f"{in_words(sought).capitalize()} is never {in_words(kind)}.",
                    )
            return
        sought = self._taken(needle, self.type_of(needle, scope), item)
        if sought is not None and not _fits(sought, item):
            self.fault(
                needle, "rule_type", f"The list holds {in_words(item)}; this is {in_words(sought)}."
            )

    def _plucked(self, node: Operation, scope: Type) -> Type:
        item = self._item_of(node.arguments[0], scope)
        name = node.arguments[1]
        if item is None or not isinstance(name, Constant):
            return ListOf(None)
        path = tuple(str(name.value).split("."))
        named = find(item, path)
        if named is None and may_be(item, path):
            return ListOf(None)
        if named is None:
            close = get_close_matches(str(name.value), list(names_of(item)), n=1)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            self.fault(name, "rule_unknown_name", f"The rows have no `{name.value}`.{hint}")
            return ListOf(None)
        return ListOf(named.type)


def _type_of_constant(value: object) -> Type:
    match value:
        case None:
            return NULL
        case bool():
            return BOOLEAN
        case int() | float():
            return NUMBER
        case _:
            return TEXT
