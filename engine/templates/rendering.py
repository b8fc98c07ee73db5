"""Texts with `{{ … }}` that authors write: Jinja2 in a sandbox, in a profile that always ends.

The sandbox keeps a text away from Python. The profile keeps it small: no calls, no macros, nothing
included; loops are charged for what they do, and texts for their length, so that the same text
comes to the same end on every machine, however long that machine takes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, override

from jinja2 import ChainableUndefined, Template, TemplateSyntaxError, nodes, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from engine.templates.filters import FILTERS, Overlong, bounded
from pipes.identifiers import JsonValue

# For people, as text or HTML; or for programs, which get values as they are.
type Kind = Literal["text", "html", "data"]

LONGEST_RESULT = 500_000
_STEPS = 200_000
_MOST_JOINED = 100
# Names that no template can spell.
_BUDGET = "the budget"
_OF_LOOPS = frozenset(("index", "index0", "first", "last", "length"))
_OF_JINJA = frozenset(("self", "caller", "varargs", "kwargs"))
_BOUNDED, _COUNTED = "is bounded", "is counted"

_POSSIBLE: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair),
    *(nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Keyword),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr),
    *(nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod),
    *(nodes.Neg, nodes.Pos),
)


class TemplateFault(Exception):
    """The text cannot be used; `line` is where, if that is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"Line {line}: {message}")
        self.message = message
        self.line = line


def template_fault(text: str) -> TemplateFault | None:
    """What is wrong with a text, whatever values it will meet; None if it can be used."""
    try:
        _compiled(text, "text")
    except TemplateFault as fault:
        return fault
    return None


def names_in(text: str, *roots: str) -> frozenset[str]:
    """What a text asks for by name of `fields`, say; nothing of a text that cannot be used."""
    try:
        parsed = _environment("text").parse(text)
    except (TemplateSyntaxError, ValueError, RecursionError):
        return frozenset()
    found = parsed.find_all(nodes.Getattr)
    return frozenset(
        each.attr for each in found if isinstance(each.node, nodes.Name) and each.node.name in roots
    )


def render(text: str, values: Mapping[str, JsonValue], kind: Kind) -> str:
    """The text with the values put in; in HTML each is escaped. What is not there is empty.

    Raises:
        TemplateFault: It cannot be used, or with these values it grows beyond its limits.
    """
    template = _compiled(text, kind)
    try:
        return "".join(_within(template.generate({**values, _BUDGET: _Budget(_STEPS)})))
    except Exception as error:  # Whatever a text does, it is the text's fault.
        raise TemplateFault(str(error) or type(error).__name__) from error


def render_line(text: str, values: Mapping[str, JsonValue], kind: Kind) -> str:
    """The same as one line without anything that could end it: for subjects and addresses.

    Raises:
        TemplateFault: It cannot be used, or with these values it grows beyond its limits.
    """
    shown = "".join(
        letter if letter.isprintable() else " " for letter in render(text, values, kind)
    )
    return " ".join(shown.split())


def _within(parts: Iterable[str]) -> Iterator[str]:
    length = 0
    for part in parts:
        length += len(part)
        if length > LONGEST_RESULT:
            raise Overlong(LONGEST_RESULT)
        yield part


# --- the sandbox ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Budget:
    """How many steps are left to the loops of one rendering."""

    left: int

    def take(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise TemplateFault(f"Its loops take more than {_STEPS} steps.")


class _Environment(ImmutableSandboxedEnvironment):
    """What a dot reaches is what a value holds, never what Python gives it.

    Arithmetic is for numbers; only adding is for texts and lists, too. What is divided by nothing
    is nothing, as in rules.
    """

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%"))

    @override
    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _OF_LOOPS:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    @override
    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping | list | tuple | str):
            try:
                return obj[argument]
            except (LookupError, TypeError, ValueError):
                pass
        return self.undefined(obj=obj, name=argument)

    @override
    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if isinstance(left, int | float) and isinstance(right, int | float):
            divides = operator in {"/", "//", "%"}
            return None if divides and not right else self.binop_table[operator](left, right)
        if operator != "+":
            raise TemplateFault(f"“{operator}” needs two numbers.")
        return bounded(left + right)


class _Profile(NodeTransformer):
    """Refuses what the profile does not have, and puts limits around what it has."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    @override
    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(node, _POSSIBLE):
            raise TemplateFault(_not_possible(node), node.lineno)
        return super().visit(node, *args, **kwargs)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 -- Jinja2 calls it so.
        if self._kind != "data":
            # A field by itself is written as people read it; in a condition it is its value.
            for part in node.nodes:
                if isinstance(part, nodes.Getattr) and part.node == nodes.Name("fields", "load"):
                    part.node = nodes.Name("shown", "load")
        return self.generic_visit(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            raise TemplateFault("A loop cannot call itself here.", node.lineno)
        steps = 1 + sum(1 for part in node.body for _ in part.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _COUNTED, nodes.Const(steps))
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802
        if node.name in _OF_JINJA:
            raise TemplateFault(f"“{node.name}” means nothing in a text.", node.lineno)
        return node

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:  # noqa: N802
        if not isinstance(node.target, nodes.Name):
            raise TemplateFault("`set` takes one name here.", node.lineno)
        return self.generic_visit(node)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        if node.name not in FILTERS or node.node is None:
            known = ", ".join(sorted(FILTERS))
            raise TemplateFault(
                f"There is no filter “{node.name}” here; there are {known}.", node.lineno
            )
        self.generic_visit(node)
        return _filtered(node, _BOUNDED)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        if len(node.nodes) > _MOST_JOINED:
            raise TemplateFault(f"At most {_MOST_JOINED} texts are joined at once.", node.lineno)
        self.generic_visit(node)
        return _filtered(node, _BOUNDED)


def _filtered(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)


def _not_possible(node: nodes.Node) -> str:
    match node:
        case nodes.Call():
            return "Nothing can be called in a text; use a filter, such as `{{ x | upper }}`."
        case nodes.Pow():
            return "Powers are not reckoned in a text."
        case _:
            return f"“{type(node).__name__.lower()}” is not possible in a text."


@pass_context
def _counted(context: Context, items: object, steps: int) -> Iterator[object]:
    """The items, as long as the budget lasts for what is done with each."""
    budget: _Budget = context[_BUDGET]
    for item in items if isinstance(items, Iterable) else ():
        budget.take(steps)
        yield item


@pass_context
def _is_bounded(_context: Context, value: object) -> object:
    """With the context, so that it is not worked out when the text is compiled."""
    return bounded(value)


def _shown(value: object) -> object:
    """What a value is in a text, where it is not told what to be."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return int(value)
        case list() | tuple():
            return Markup(", ").join(value) if _has_markup(value) else ", ".join(map(str, value))
        case _:
            return value


def _has_markup(values: Iterable[object]) -> bool:
    return any(isinstance(value, Markup) for value in values)


@lru_cache
def _environment(kind: Kind) -> _Environment:
    environment = _Environment(
        autoescape=kind == "html",
        undefined=ChainableUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,
    )
    environment.globals.clear()
    environment.filters = {**FILTERS, _COUNTED: _counted, _BOUNDED: _is_bounded}
    return environment


@lru_cache(maxsize=500)
def _compiled(text: str, kind: Kind) -> Template:
    environment = _environment(kind)
    try:
        parsed = _Profile(kind).visit(environment.parse(text))
        return environment.from_string(parsed)
    except TemplateSyntaxError as error:
        raise TemplateFault(error.message or "It cannot be read.", error.lineno) from error
    except (RecursionError, ValueError, SyntaxError, MemoryError):
        raise TemplateFault("It is nested too deeply, or has numbers that are too large.") from None
