"""A field from the document: its common part, and the options of its kind."""

from decimal import Decimal
from typing import cast

from pipes.document import Node
from pipes.fields.field import (
    AttachmentOptions,
    CheckboxOptions,
    ChoiceOptions,
    ConnectionOptions,
    Constant,
    CurrencyOptions,
    Field,
    FieldKind,
    FieldOptions,
    FormulaOptions,
    MomentOptions,
    NumberOptions,
    Option,
    PeopleOptions,
    StatementOptions,
    TableOptions,
    TextOptions,
)
from pipes.identifiers import FieldId, OptionId, PipeId, TeamId
from pipes.rules import OPERATORS, Rule

_HIGHEST_RATING = 5


def read_field(name: FieldId, node: Node) -> Field:
    """The field that stands at this place, under this name."""
    kind = cast("FieldKind", node.text("type"))
    return Field(
        id=name,
        kind=kind,
        label=node.optional_text("label") or name,
        options=_options(kind, node),
        help=node.optional_text("help"),
        placeholder=node.optional_text("placeholder"),
        default=_default(node),
        unique=node.flag("unique"),
        index=node.flag("index"),
        always_editable=node.optional_text("editable") == "always",
        confidential=node.principals("confidential"),
    )


def _default(node: Node) -> Constant | Rule | None:
    if not node.has("default"):
        return None
    inner = node.at("default")
    names = list(inner.value_mapping)
    if len(names) == 1 and names[0] in OPERATORS:
        return inner.as_rule()
    return Constant(value=inner.value)


def _options(kind: FieldKind, node: Node) -> FieldOptions:
    match kind:
        case "short_text" | "long_text" | "email" | "phone" | "url":
            return TextOptions(
                min_length=node.count("min_length"),
                max_length=node.count("max_length"),
                pattern=node.optional_text("pattern"),
                pattern_hint=node.optional_text("pattern_hint"),
            )
        case "number" | "integer" | "percent" | "rating":
            return _numbers(kind, node)
        case "currency":
            return CurrencyOptions(
                currency=node.optional_text("currency"),
                minimum=_decimal(node.number("minimum")),
                maximum=_decimal(node.number("maximum")),
            )
        case "date" | "time" | "datetime":
            return MomentOptions(
                not_before=node.optional_text("not_before"),
                not_after=node.optional_text("not_after"),
            )
        case "checkbox":
            return CheckboxOptions()
        case "select" | "radio" | "multi_select" | "checklist":
            return ChoiceOptions(
                options=node.each("options", _option),
                min_items=node.count("min_items"),
                max_items=node.count("max_items"),
            )
        case "user" | "team" | "users":
            team = node.optional_text("from_team")
            return PeopleOptions(from_team=TeamId(team) if team else None)
        case "attachment":
            return AttachmentOptions(
                max_files=node.count("max_files"),
                max_bytes=node.count("max_bytes"),
                accept=node.texts("accept"),
            )
        case "connection":
            return ConnectionOptions(
                pipe=PipeId(node.text("pipe")),
                min_items=node.count("min_items"),
                max_items=node.count("max_items"),
                inverse=node.optional_text("inverse"),
            )
        case "table":
            return TableOptions(
                columns=tuple(
                    read_field(FieldId(name), column) for name, column in node.entries("columns")
                ),
                min_items=node.count("min_items"),
                max_items=node.count("max_items"),
            )
        case "formula":
            return FormulaOptions(value=node.at("value").as_rule())
        case "statement":
            return StatementOptions(text=node.text("text"))


def _numbers(kind: FieldKind, node: Node) -> NumberOptions:
    minimum, maximum = node.number("minimum"), node.number("maximum")
    if kind == "rating":
        minimum, maximum = minimum or 1, maximum or _HIGHEST_RATING
    return NumberOptions(
        minimum=minimum,
        maximum=maximum,
        step=node.number("step"),
        unit=node.optional_text("unit"),
    )


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def _option(node: Node) -> Option:
    return Option(
        id=OptionId(node.text("id")),
        label=node.optional_text("label") or node.text("id"),
        color=node.optional_text("color"),
    )
