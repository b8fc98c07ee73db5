"""Forms at work: what is shown, asked for and open to change, and what a card's values come to.

A pipe's rules, schemas and forms are compiled once into a `CompiledPipe`; everything that decides
or shows keeps one for each version of a definition.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pipes.definition import AnyOf, Definition, Form, FormField
from pipes.fields.checking import Misfit, ValueCheck
from pipes.fields.field import ConnectionOptions, Constant, Field, FormulaOptions, TableOptions
from pipes.fields.rule_values import field_value, rule_value
from pipes.identifiers import FieldId, JsonValue, PhaseId
from pipes.rules import Rule, in_words
from pipes.rules.types import Record
from pipes.scope import Formulas, child_fields, heeds_children, order_formulas, scope_of

START: Literal["start"] = "start"

type Values = Mapping[FieldId, JsonValue]
type RuleData = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """A field of a form as it stands for some values."""

    field: Field
    required: bool
    readonly: bool
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLook:
    """A form as it stands for some values.

    Attributes:
        entries: What is shown, in order.
        hidden: The fields that are not, and whose values are not kept when sent.
        any_of: The groups of which at least one field is asked for.
    """

    entries: tuple[ShownEntry, ...]
    hidden: frozenset[FieldId]
    any_of: tuple[tuple[FieldId, ...], ...]

    @property
    def shown(self) -> frozenset[FieldId]:
        """The ids of what is shown."""
        return frozenset(entry.field.id for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledForm:
    """A form with its fields at hand; `steady` forms show and ask the same for all values, and
    `prefilled` are the fields that begin with a value.
    """

    entries: tuple[tuple[FormField, Field], ...]
    any_of: tuple[tuple[FieldId, ...], ...]
    listed: frozenset[FieldId]
    prefilled: tuple[Field, ...]
    steady: FormLook | None


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPipe:
    """A definition with everything that can be worked out of it once.

    Attributes:
        scope: The names that rules of the pipe may use, with their types and labels.
        forms: By phase id, and `start`.
        reckoned: The fields whose values rules see in another form: those with money.
        connections: The fields through which its cards are connected.
        child_fields: The fields of connected cards that rules look at.
        heeds_children: Whether anything happens by itself because of connected cards.
    """

    definition: Definition
    scope: Record = field(init=False)
    forms: Mapping[PhaseId | Literal["start"], CompiledForm] = field(init=False)
    reckoned: frozenset[FieldId] = field(init=False)
    checks: Mapping[FieldId, ValueCheck] = field(init=False)
    formulas: Formulas = field(init=False)
    always_editable: frozenset[FieldId] = field(init=False)
    editable_by_phase: Mapping[PhaseId, frozenset[FieldId]] = field(init=False)
    connections: tuple[FieldId, ...] = field(init=False)
    child_fields: tuple[str, ...] = field(init=False)
    heeds_children: bool = field(init=False)

    def __post_init__(self) -> None:
        """Compiles the parts.

        Raises:
            FormulaCycle: Formulas depend on each other in a circle.
            jsonschema_rs.ValidationError: A pattern cannot be compiled.
        """
        definition = self.definition
        forms: dict[PhaseId | Literal["start"], CompiledForm] = {
            phase.id: _compile(definition, phase.form) for phase in definition.phases
        }
        forms[START] = _compile(definition, definition.start.form)
        checks = {name: ValueCheck(each) for name, each in definition.fields.items()}
        always = {name for name, each in definition.fields.items() if each.always_editable}
        object.__setattr__(self, "scope", scope_of(definition))
        object.__setattr__(self, "forms", forms)
        object.__setattr__(self, "checks", checks)
        object.__setattr__(self, "reckoned", _reckoned(definition))
        object.__setattr__(self, "formulas", order_formulas(definition))
        object.__setattr__(self, "always_editable", frozenset(always))
        object.__setattr__(self, "editable_by_phase", _editable(definition, forms, always))
        object.__setattr__(self, "connections", tuple(connections(definition)))
        object.__setattr__(self, "child_fields", child_fields(definition))
        object.__setattr__(self, "heeds_children", heeds_children(definition))

    def form(self, phase: PhaseId | Literal["start"]) -> CompiledForm:
        """The form of a phase, or of the start."""
        return self.forms[phase]

    def editable(self, phase: PhaseId) -> frozenset[FieldId]:
        """The fields open to change in a phase: its form's, and those that always are."""
        return self.editable_by_phase[phase]


def look(pipe: CompiledPipe, form: CompiledForm, data: RuleData) -> FormLook:
    """The form as it stands for the values in the rule data."""
    if form.steady is not None:
        return form.steady
    entries, hidden = [], set()
    for entry, each in form.entries:
        if entry.when is not None and not entry.when.holds(data):
            if not entry.keep_hidden:
                hidden.add(each.id)
            continue
        because = in_words(entry.when.tree, pipe.scope) if entry.when is not None else None
        entries.append(
            ShownEntry(
                field=each,
                required=_holds(entry.required, data),
                readonly=_holds(entry.readonly, data) or each.kind == "formula",
                because=because,
            )
        )
    return FormLook(entries=tuple(entries), hidden=frozenset(hidden), any_of=form.any_of)


def _holds(asked: bool | Rule, data: RuleData) -> bool:  # noqa: FBT001 -- as a definition has it
    return asked if isinstance(asked, bool) else asked.holds(data)


def is_empty(value: JsonValue) -> bool:
    """Whether a value counts as not filled in; spaces alone do not fill anything in."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | tuple) and not value)


def missing(shape: FormLook, values: Values) -> tuple[FieldId, ...]:
    """The shown fields that are required and have no value, in the form's order."""
    return tuple(
        entry.field.id
        for entry in shape.entries
        if entry.required and is_empty(values.get(entry.field.id))
    )


def unanswered(shape: FormLook, values: Values) -> tuple[tuple[FieldId, ...], ...]:
    """The groups of which at least one field is asked for and none has a value."""
    shown = shape.shown
    return tuple(
        group
        for group in shape.any_of
        if shown.intersection(group) and all(is_empty(values.get(name)) for name in group)
    )


def misfits(pipe: CompiledPipe, values: Values, today: date) -> tuple[tuple[FieldId, Misfit], ...]:
    """What does not fit among values that are there; unknown fields are the caller's to refuse."""
    return tuple(
        (name, misfit)
        for name, value in values.items()
        if name in pipe.checks and not is_empty(value)
        for misfit in pipe.checks[name].misfits(value, today)
    )


def defaults(form: CompiledForm, data: RuleData) -> dict[FieldId, JsonValue]:
    """The values that fields of the form begin with."""
    found: dict[FieldId, JsonValue] = {}
    for each in form.prefilled:
        match each.default:
            case Constant(value=value):
                found[each.id] = value
            case Rule() as rule:
                found[each.id] = field_value(each, rule.evaluate(data))
            case None:
                continue
    return found


def rule_data(
    pipe: CompiledPipe,
    values: Values,
    *,
    card: Mapping[str, JsonValue],
    actor: Mapping[str, JsonValue],
    children: Mapping[str, JsonValue],
    today: str,
    now: str,
) -> dict[str, JsonValue]:
    """What a rule of the pipe sees; `fields` holds the values as rules see them."""
    return {
        "fields": values_seen(pipe, values),
        "card": card,
        "actor": actor,
        "children": children,
        "today": today,
        "now": now,
    }


def values_seen(pipe: CompiledPipe, values: Values) -> Mapping[str, JsonValue]:
    """The values as rules see them: money as a number."""
    seen: dict[str, JsonValue] = {str(name): value for name, value in values.items()}
    for name in pipe.reckoned:
        if name in seen:
            seen[name] = rule_value(pipe.definition.fields[name], seen[name])
    return seen


def work_out(pipe: CompiledPipe, values: Values, data: Mapping[str, JsonValue]) -> Values:
    """The values with every formula worked out anew, in the order in which they depend."""
    if not pipe.formulas.order:
        return values
    fields = dict(data["fields"]) if isinstance(data["fields"], Mapping) else {}
    seen = _WithFields(data, fields)
    found = dict(values)
    for name in pipe.formulas.order:
        options = pipe.definition.fields[name].options
        if isinstance(options, FormulaOptions):
            value = options.value.evaluate(seen)
            fields[name] = value
            found[name] = value
    return found


class _WithFields(Mapping[str, JsonValue]):
    """What a rule sees with these fields in place of those it would see."""

    __slots__ = ("_data", "_fields")

    def __init__(self, data: RuleData, fields: dict[str, JsonValue]) -> None:
        self._data, self._fields = data, fields

    def __getitem__(self, name: str) -> JsonValue:
        return self._fields if name == "fields" else self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


def connections(definition: Definition) -> Iterable[FieldId]:
    """The fields through which cards of the pipe are connected."""
    return (
        name
        for name, each in definition.fields.items()
        if isinstance(each.options, ConnectionOptions)
    )


def _reckoned(definition: Definition) -> frozenset[FieldId]:
    """The fields with money in them, alone or in a column."""
    return frozenset(
        name
        for name, each in definition.fields.items()
        if each.kind == "currency"
        or (
            isinstance(each.options, TableOptions)
            and any(column.kind == "currency" for column in each.options.columns)
        )
    )


def _editable(
    definition: Definition,
    forms: Mapping[PhaseId | Literal["start"], CompiledForm],
    always: set[FieldId],
) -> Mapping[PhaseId, frozenset[FieldId]]:
    """For each phase the fields of its form and those always open, but for what is worked out."""
    fields = definition.fields
    return {
        phase.id: frozenset(
            name
            for name in forms[phase.id].listed | always
            if fields[name].kind not in ("formula", "statement")
        )
        for phase in definition.phases
    }


def _compile(definition: Definition, form: Form) -> CompiledForm:
    fields = definition.fields
    entries: list[tuple[FormField, Field]] = []
    groups: list[tuple[FieldId, ...]] = []
    for entry in form:
        if isinstance(entry, AnyOf):
            known = tuple(name for name in entry.fields if name in fields)
            groups.append(known)
            entries += [(FormField(field=name), fields[name]) for name in known]
        elif entry.field in fields:
            entries.append((entry, fields[entry.field]))
    listed = frozenset(each.id for _, each in entries)
    steady = all(
        entry.when is None
        and not isinstance(entry.required, Rule)
        and not isinstance(entry.readonly, Rule)
        for entry, _ in entries
    )
    settled = (
        FormLook(
            entries=tuple(
                ShownEntry(
                    field=each,
                    required=entry.required is True,
                    readonly=entry.readonly is True or each.kind == "formula",
                )
                for entry, each in entries
            ),
            hidden=frozenset(),
            any_of=tuple(groups),
        )
        if steady
        else None
    )
    return CompiledForm(
        entries=tuple(entries),
        any_of=tuple(groups),
        listed=listed,
        prefilled=tuple(each for _, each in entries if each.default is not None),
        steady=settled,
    )
