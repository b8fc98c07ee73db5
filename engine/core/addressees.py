"""Which people principals are: by what is known of teams and roles, and by the card itself."""

from collections.abc import Iterable

from engine.core.actors import Actor
from engine.core.card import Card
from engine.core.commands import Values
from engine.core.facts import Facts, PeopleIn, Question, answer
from pipes.definition import Definition
from pipes.identifiers import FieldId, JsonValue, UserId
from pipes.principals import Principal, PrincipalKind

ADMINS = Principal("role", "admin")
_ASKED_FOR = frozenset(("team", "lead", "role"))


def questions_people(
    definition: Definition, values: Values, principals: Iterable[Principal]
) -> set[Question]:
    """What has to be known before it can be told who the principals are, for a card's values."""
    return {
        PeopleIn(principal=str(each))
        for principal in principals
        for each in _written_out(definition, values, principal)
        if each.kind in _ASKED_FOR
    }


def people_behind(
    definition: Definition,
    card: Card,
    facts: Facts,
    principals: Iterable[Principal],
    requester: Actor | None = None,
) -> frozenset[UserId]:
    """Everybody whom one of the principals addresses; nobody for `anyone`.

    Raises:
        Unanswered: The facts do not tell who is in a team, leads it or has a role.
    """
    found: set[UserId] = set()
    for principal in principals:
        for each in _written_out(definition, card.values, principal):
            found.update(_people(card, facts, each, requester))
    return frozenset(found)


def _people(
    card: Card, facts: Facts, principal: Principal, requester: Actor | None
) -> Iterable[UserId]:
    match principal.kind:
        case "user":
            return (UserId(principal.name),)
        case "team" | "lead" | "role":
            return answer(facts.members, PeopleIn(principal=str(principal)))
        case "creator":
            return _person(card.identity.creator)
        case "assignees":
            return card.work.assignees
        case "requester":
            return () if requester is None else _person(requester)
        case "anyone" | "field":
            return ()


def _person(actor: Actor) -> tuple[UserId, ...]:
    return (UserId(actor.id),) if actor.kind == "user" else ()


def _written_out(definition: Definition, values: Values, principal: Principal) -> list[Principal]:
    """The principal itself; for one that names a field, the people and teams that stand in it."""
    if principal.kind != "field":
        return [principal]
    name = FieldId(principal.name)
    field = definition.fields.get(name)
    kind: PrincipalKind = "team" if field is not None and field.kind == "team" else "user"
    return [Principal(kind, each) for each in _texts(values.get(name))]


def _texts(value: JsonValue) -> list[str]:
    if isinstance(value, str):
        return [value]
    return (
        [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []
    )
