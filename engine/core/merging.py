"""What somebody typed while looking at an older card, laid over what others wrote meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.core.actors import Actor
from engine.core.commands import Values
from engine.core.events import Event, FieldChange, FieldsChanged
from pipes.forms import is_empty
from pipes.identifiers import FieldId, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A field that two people have changed, each in another way."""

    field: FieldId
    theirs: JsonValue
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What is left to write, and what has to be asked first."""

    values: Values
    collisions: tuple[Collision, ...]


def merge(typed: Values, since: Iterable[Event], me: Actor) -> Merged:
    """Lays typed values over what has happened since their sender saw the card.

    A value that its sender left as it was gives way to what others wrote. One's own changes, from
    another window perhaps, never collide.
    """
    met = _changes_of_others(since, me)
    values: dict[FieldId, JsonValue] = {}
    collisions = []
    for name, mine in typed.items():
        other = met.get(name)
        if other is None or _same(other.theirs, other.seen) or _same(mine, other.theirs):
            values[name] = mine
        elif not _same(mine, other.seen):
            collisions.append(Collision(field=name, theirs=other.theirs, by=other.by))
    return Merged(values=values, collisions=tuple(collisions))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """A field as its sender saw it, and as somebody else has left it."""

    seen: JsonValue
    theirs: JsonValue
    by: Actor


def _changes_of_others(since: Iterable[Event], me: Actor) -> dict[FieldId, _Met]:
    met: dict[FieldId, _Met] = {}
    for event in since:
        if not isinstance(event.body, FieldsChanged):
            continue
        for change in event.body.changes:
            if event.actor == me:
                met.pop(change.field, None)
            else:
                met[change.field] = _after(met.get(change.field), change, event.actor)
    return met


def _after(before: _Met | None, change: FieldChange, by: Actor) -> _Met:
    seen = change.before if before is None else before.seen
    return _Met(seen=seen, theirs=change.after, by=by)


def _same(one: JsonValue, other: JsonValue) -> bool:
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    return one == other
