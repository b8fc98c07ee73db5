"""What `{{ … }}` in an author's text can name: a card, without what its reader may not see."""

from collections.abc import Mapping
from datetime import date

from engine.core.actors import Actor
from engine.core.card import Card
from pipes.definition import Definition
from pipes.fields import Style, display
from pipes.identifiers import FieldId, JsonValue


def template_values(
    definition: Definition,
    card: Card,
    *,
    hidden: frozenset[FieldId],
    address: str,
    names: Mapping[str, str] | None = None,
    actor: Actor | None = None,
    today: date | None = None,
    style: Style | None = None,
) -> dict[str, JsonValue]:
    """What can be named: `card`, `fields` as rules see them, `shown` as people read them.

    Args:
        definition: That of the card.
        card: Of which is told.
        hidden: The fields that the receiver may not see.
        address: Where people reach the pages.
        names: What people and teams are called, by id.
        actor: Who did what this is about.
        today: The date where the pipe is at home.
        style: How the receiver writes, if that is one person.
    """
    called = {str(team): name for team, name in definition.teams.items()} | dict(names or {})
    seen = {str(name): value for name, value in card.values.items() if name not in hidden}
    return {
        "card": {
            "key": card.identity.key,
            "title": card.work.title,
            "url": f"{address}/cards/{card.identity.key}",
            "phase": card.stay.phase,
            "phase_name": definition.phase(card.stay.phase).name,
            "status": card.life.status,
            "priority": card.work.priority,
            "labels": list(card.work.labels),
            "assignees": [called.get(person, person) for person in card.work.assignees],
            "creator": _called(card.identity.creator, called),
            "due": None if card.work.due is None else card.work.due.isoformat(),
        },
        "fields": seen,
        "shown": {
            name: display(field, card.values.get(name), called, style)
            for name, field in definition.fields.items()
            if name not in hidden
        },
        "pipe": {"id": definition.id, "name": definition.name, "noun": definition.card.noun},
        "actor": "" if actor is None else _called(actor, called),
        "today": None if today is None else today.isoformat(),
    }


def _called(actor: Actor, names: Mapping[str, str]) -> str:
    match actor.kind:
        case "user":
            return names.get(actor.id, actor.id)
        case "automation":
            return f"Automation {actor.id}"
        case "public":
            return "Somebody without an account"
        case "engine":
            return "Phaseline"


def people_named(definition: Definition, card: Card, actor: Actor | None) -> frozenset[str]:
    """The people whose names the values hold."""
    actors = [card.identity.creator] if actor is None else [card.identity.creator, actor]
    found = {each.id for each in actors if each.kind == "user"} | set(card.work.assignees)
    for name, field in definition.fields.items():
        value = card.values.get(name)
        if field.kind in ("user", "users"):
            found.update([value] if isinstance(value, str) else map(str, _listed(value)))
    return frozenset(found)


def _listed(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list | tuple) else []
