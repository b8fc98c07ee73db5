"""A field of a pipe: what every kind has in common, and the options that each kind adds.

How a kind checks, shows and compiles its values is in the module of that kind.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from pipes.identifiers import FieldId, JsonValue, OptionId, PipeId, TeamId
from pipes.principals import Principal
from pipes.rules import Rule

type FieldKind = Literal[
    "short_text",
    "long_text",
    "email",
    "phone",
    "url",
    "number",
    "integer",
    "percent",
    "rating",
    "currency",
    "date",
    "time",
    "datetime",
    "checkbox",
    "select",
    "radio",
    "multi_select",
    "checklist",
    "user",
    "team",
    "users",
    "attachment",
    "connection",
    "table",
    "formula",
    "statement",
]
FIELD_KINDS: tuple[FieldKind, ...] = get_args(FieldKind.__value__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """For texts, e-mail addresses, phone numbers and URLs; lengths in characters."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOptions:
    """For numbers, integers, percentages and ratings."""

    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyOptions:
    """For amounts of money; `currency` is the ISO 4217 code that a form offers first."""

    currency: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentOptions:
    """For dates, times and datetimes; a bound is an RFC 3339 text or `today`."""

    not_before: str | None = None
    not_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckboxOptions:
    """A checkbox has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice: its stable id, and what people see."""

    id: OptionId
    label: str
    color: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceOptions:
    """For select, radio, multi-select and checklist; the counts bind lists only."""

    options: tuple[Option, ...]
    min_items: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOptions:
    """For people and teams; `from_team` narrows the choice to members of that team."""

    from_team: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentOptions:
    """For files; `accept` lists media types and file endings as HTML's `accept` does."""

    max_files: int | None = None
    max_bytes: int | None = None
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """For cards of a pipe; `inverse` names the relation as the other side sees it."""

    pipe: PipeId
    min_items: int | None = None
    max_items: int | None = None
    inverse: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """For rows of values, one level deep."""

    columns: tuple["Field", ...]
    min_items: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaOptions:
    """For values that a rule works out; nobody types them."""

    value: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOptions:
    """For Markdown shown in a form; there is no value."""

    text: str


type FieldOptions = (
    TextOptions
    | NumberOptions
    | CurrencyOptions
    | MomentOptions
    | CheckboxOptions
    | ChoiceOptions
    | PeopleOptions
    | AttachmentOptions
    | ConnectionOptions
    | TableOptions
    | FormulaOptions
    | StatementOptions
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A value written out in the definition, where a rule could stand as well."""

    value: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An entry of the pipe's dictionary of fields.

    Attributes:
        unique: No two open cards of the pipe share the value.
        index: The value can be searched and filtered by in lists.
        confidential: Who may see the value; nobody named means everybody who sees the card.
        always_editable: The field stays open in every phase after the one whose form lists it.
    """

    id: FieldId
    kind: FieldKind
    label: str
    options: FieldOptions
    help: str | None = None
    placeholder: str | None = None
    default: Constant | Rule | None = None
    unique: bool = False
    index: bool = False
    always_editable: bool = False
    confidential: tuple[Principal, ...] = field(default=())
