"""What is told of a card outside: the values that texts are filled with, and the event as data.

Fields that the receiver may not see are absent from both.
"""

from collections.abc import Mapping

from engine.core.actors import Actor
from engine.core.card import Card
from pipes.definition import Definition
from pipes.fields import display
from pipes.identifiers import FieldId, JsonValue


def template_values(
    definition: Definition,
    card: Card,
    *,
    hidden: frozenset[FieldId],
    address: str,
    names: Mapping[str, str] | None = None,
    actor: Actor | None = None,
) -> dict[str, JsonValue]:
    """What `{{ … }}` can name: `card`, `fields` as rules see them, `shown` as people read them.

    Args:
        definition: That of the card.
        card: Of which is told.
        hidden: The fields that the receiver may not see.
        address: Where people reach the pages.
        names: What people and teams are called, by id.
        actor: Who did what this is about.
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
            name: display(field, card.values.get(name), called)
            for name, field in definition.fields.items()
            if name not in hidden
        },
        "pipe": {"id": definition.id, "name": definition.name, "noun": definition.card.noun},
        "actor": "" if actor is None else _called(actor, called),
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
