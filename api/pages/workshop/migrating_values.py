"""What a plan gives cards that go over: for fields that their new version needs and they lack."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from starlette.datastructures import FormData

from api.pages.choosing import with_ids
from api.pages.controls import Control, Typed, make_control, read_typed
from api.pages.words import Person
from pipes.definition import Definition, FormField
from pipes.fields.field import Field
from pipes.forms import ShownEntry
from pipes.identifiers import FieldId, JsonValue, TeamId

_PREFIX = "value:"
# What is worked out, shown, or belongs to one card alone.
_NOT_GIVEN = ("formula", "statement", "attachment", "connection")


def given_fields(sources: Iterable[Definition], target: Definition) -> tuple[Field, ...]:
    """The fields that the version asks for where none of those before it did, as it orders them."""
    before = {field for each in sources for field in _required(each)}
    asked = dict.fromkeys(field for field in _required(target) if field not in before)
    return tuple(
        target.fields[name] for name in asked if target.fields[name].kind not in _NOT_GIVEN
    )


def typed_values(fields: Sequence[Field], form: FormData, people: Sequence[Person]) -> Typed:
    """What was typed for them; what was left empty is not given."""
    pairs = [
        (name.removeprefix(_PREFIX), value)
        for name, value in form.multi_items()
        if name.startswith(_PREFIX)
    ]
    typed = read_typed(fields, with_ids(fields, FormData(pairs), people))
    given = {name: value for name, value in typed.values.items() if value not in (None, [], False)}
    return replace(typed, values=given)


def value_controls(
    fields: Sequence[Field],
    values: Mapping[FieldId, JsonValue],
    *,
    typed: Typed | None,
    people: Sequence[Person],
    teams: Mapping[TeamId, str],
) -> Iterator[Control]:
    """The controls in which they are typed, with what is there already."""
    for field in fields:
        entry = ShownEntry(field=field, required=False, readonly=False)
        control = make_control(entry, values.get(field.id), people=people, typed=typed, teams=teams)
        yield replace(control, name=f"{_PREFIX}{control.name}")


def _required(definition: Definition) -> Iterator[FieldId]:
    for phase in definition.phases:
        yield from (
            entry.field
            for entry in phase.form
            if isinstance(entry, FormField) and entry.required is not False
        )
