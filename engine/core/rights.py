"""Who may do and see what: one table of roles and deeds, one function that reads it.

Every way in asks here: the decision, the pages, the API, the lists.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from engine.core.actors import Actor, Standing
from engine.core.card import Card
from engine.core.reasons import Reason, ReasonCode
from pipes.definition import Definition
from pipes.fields.field import Field
from pipes.identifiers import FieldId
from pipes.principals import Principal

type Deed = Literal[
    "look",
    "see",
    "create",
    "edit",
    "move",
    "assign",
    "claim",
    "comment",
    "attach",
    "detach",
    "hold",
    "resume",
    "cancel",
    "reopen",
    "decide",
    "accept",
    "recompute",
    "see_runs",
    "run_again",
    "migrate",
    "see_migrations",
    "publish",
    "see_people",
    "keep_account",
    "keep_tokens",
    "manage_people",
    "manage_owners",
    "manage_teams",
    "manage_roles",
    "see_audit",
    "see_mailbox",
    "manage_webhooks",
]
# What somebody is: by a role in the pipe, by a relation to this very card, or on the installation.
type Part = Literal[
    "admin",
    "member",
    "requester",
    "viewer",
    "guest",
    "creator",
    "assignee",
    "owner",
    "administrator",
    "author",
    "colleague",
]

_WORKERS: frozenset[Part] = frozenset(("admin", "member", "assignee"))
_CONCERNED: frozenset[Part] = _WORKERS | {"creator"}

_SEEING: frozenset[Part] = frozenset(("admin", "member", "viewer", "creator", "assignee"))

TABLE: Mapping[Deed, frozenset[Part]] = {
    "look": frozenset(("colleague", "guest")),
    "see": _SEEING,
    "create": frozenset(("admin", "member", "requester")),
    "edit": _WORKERS,
    "move": _WORKERS,
    "assign": frozenset(("admin", "member")),
    "claim": frozenset(("admin", "member")),
    "comment": _CONCERNED,
    "attach": _CONCERNED,
    "detach": _WORKERS,
    "hold": _WORKERS,
    "resume": _WORKERS,
    "cancel": frozenset(("admin", "creator")),
    "reopen": frozenset(("admin",)),
    "decide": _SEEING,
    "accept": _SEEING,
    "recompute": frozenset(("admin",)),
    "see_runs": frozenset(("admin",)),
    "run_again": frozenset(("admin",)),
    "migrate": frozenset(("admin",)),
    "see_migrations": frozenset(("admin",)),
    "publish": frozenset(("administrator", "author")),
    "see_people": frozenset(("colleague",)),
    "keep_account": frozenset(("colleague", "guest")),
    "keep_tokens": frozenset(("colleague", "guest")),
    "manage_people": frozenset(("administrator",)),
    "manage_owners": frozenset(("owner",)),
    "manage_teams": frozenset(("administrator",)),
    "manage_roles": frozenset(("admin",)),
    "see_audit": frozenset(("administrator",)),
    "see_mailbox": frozenset(("administrator",)),
    "manage_webhooks": frozenset(("administrator", "admin")),
}

_DEEDS_IN_WORDS: Mapping[Deed, str] = {
    "look": "look for pipes and cards",
    "see": "see this card",
    "create": "create cards in this pipe",
    "edit": "change this card",
    "move": "move this card",
    "assign": "assign this card",
    "claim": "take this card",
    "comment": "comment on this card",
    "attach": "attach files to this card",
    "detach": "take away what others have attached to this card",
    "hold": "put this card on hold",
    "resume": "take this card off hold",
    "cancel": "cancel this card",
    "reopen": "reopen this card",
    "decide": "decide on this card",
    "accept": "accept this card",
    "see_runs": "see what this pipe's automations did",
    "run_again": "run this pipe's automations again",
    "recompute": "have this card's clocks reckoned anew",
    "migrate": "bring cards onto another version of this pipe",
    "see_migrations": "see how cards went over to another version of this pipe",
    "publish": "publish pipes",
    "see_people": "see who else there is",
    "keep_account": "change this account",
    "keep_tokens": "make or end tokens",
    "manage_people": "administer people",
    "manage_owners": "administer owners",
    "manage_teams": "administer teams",
    "manage_roles": "give or take roles in this pipe",
    "see_audit": "read the audit log",
    "see_mailbox": "read the mailbox",
    "manage_webhooks": "administer webhooks",
}


def parts_of(standing: Standing, card: Card | None) -> frozenset[Part]:
    """Everything that a person is to the pipe and the card."""
    parts: set[Part] = set()
    if standing.is_pipe_admin:
        parts.add("admin")
    match standing.installation_role:
        case "owner":
            parts |= {"owner", "administrator", "colleague"}
        case "admin":
            parts |= {"administrator", "colleague"}
        case "author":
            parts |= {"author", "colleague"}
        case "member":
            parts.add("colleague")
        case "guest":
            parts.add("guest")
    if standing.installation_role != "guest" and standing.pipe_role is not None:
        parts.add(standing.pipe_role)
    if card is not None:
        creator = card.identity.creator
        if creator.kind == "user" and creator.id == standing.user:
            parts.add("creator")
        if standing.user in card.work.assignees:
            parts.add("assignee")
    return frozenset(parts)


def may(deed: Deed, actor: Actor, standing: Standing | None, card: Card | None) -> bool:
    """Whether the actor may do this at all; what a transition or the start form asks is besides.

    Automations and the engine act for the pipe and may do what the definition says; a person who
    is not signed in may nothing here.
    """
    if actor.kind in ("automation", "engine"):
        return True
    if standing is None:
        return False
    return not TABLE[deed].isdisjoint(parts_of(standing, card))


def reasons_against_deed(
    deed: Deed, actor: Actor, standing: Standing | None, card: Card | None
) -> list[Reason]:
    """Why the actor may not do this; empty if they may."""
    if may(deed, actor, standing, card):
        return []
    message = f"You may not {_DEEDS_IN_WORDS[deed]}: it takes {who_may(deed)}."
    return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]


def who_may(deed: Deed) -> str:
    """Who may do this, in words."""
    return " or ".join(_parts_in_words(TABLE[deed]))


def reasons_against_creating(
    definition: Definition, actor: Actor, standing: Standing | None
) -> list[Reason]:
    """Why the actor may not create a card; empty if they may."""
    start = definition.start
    if actor.kind in ("automation", "engine"):
        return []
    open_to_all = any(principal.kind == "anyone" for principal in start.by)
    if standing is None:
        if start.public and open_to_all:
            return []
        message = "Sign in to create a card here."
        return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]
    if not start.by:
        return reasons_against_deed("create", actor, standing, None)
    if standing.is_pipe_admin or addresses_any(start.by, standing, None):
        return []
    message = f"Only {in_words(definition, start.by)} may create cards here."
    return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]


def addresses_any(principals: Iterable[Principal], standing: Standing, card: Card | None) -> bool:
    """Whether one of the principals is this person."""
    return any(addresses(principal, standing, card) for principal in principals)


def addresses(principal: Principal, standing: Standing, card: Card | None) -> bool:
    """Whether the principal is this person, at this moment and for this card."""
    name = principal.name
    match principal.kind:
        case "anyone":
            return True
        case "user":
            return standing.user == name
        case "team":
            return name in standing.teams
        case "lead":
            return name in standing.leads
        case "role":
            return _has_role(standing, name)
        case "creator":
            return card is not None and "creator" in parts_of(standing, card)
        case "assignees":
            return card is not None and standing.user in card.work.assignees
        case "requester":
            return False
        case "field":
            return card is not None and _named_in(card, FieldId(name), standing)


def _has_role(standing: Standing, role: str) -> bool:
    if role == "admin":
        return standing.is_pipe_admin
    return role in standing.roles or role in (standing.pipe_role, standing.installation_role)


def _named_in(card: Card, field: FieldId, standing: Standing) -> bool:
    value = card.values.get(field)
    named = (value,) if isinstance(value, str) else value
    if not isinstance(named, list | tuple):
        return False
    return standing.user in named or not standing.teams.isdisjoint(map(str, named))


def may_see_field(field: Field, standing: Standing | None, card: Card | None) -> bool:
    """Whether the person may see the field's value on this card."""
    if not field.confidential:
        return True
    return standing is not None and addresses_any(field.confidential, standing, card)


def hidden_fields(
    definition: Definition, standing: Standing | None, card: Card | None
) -> frozenset[FieldId]:
    """The fields that have to be absent from everything this person gets of the card."""
    return frozenset(
        name
        for name, field in definition.fields.items()
        if field.confidential and not may_see_field(field, standing, card)
    )


def in_words(definition: Definition, principals: Iterable[Principal]) -> str:
    """The principals as people say them."""
    said = [_said(definition, principal) for principal in principals]
    if len(said) < 2:
        return "".join(said) or "any member of the pipe"
    return f"{', '.join(said[:-1])} or {said[-1]}"


def _said(definition: Definition, principal: Principal) -> str:
    name = principal.name
    teams = {str(team): label for team, label in definition.teams.items()}
    match principal.kind:
        case "anyone":
            return "anyone"
        case "user":
            return f"@{name}"
        case "team":
            return f"the team {teams.get(name, name)}"
        case "lead":
            return f"the lead of {teams.get(name, name)}"
        case "role":
            return "a pipe admin" if name == "admin" else f"a {name}"
        case "creator":
            return "the card's creator"
        case "assignees":
            return "the assignees"
        case "requester":
            return "the requester"
        case "field":
            field = definition.fields.get(FieldId(name))
            return f"whoever stands in “{field.label if field else name}”"


def _parts_in_words(parts: frozenset[Part]) -> list[str]:
    words: Mapping[Part, str] = {
        "admin": "a pipe admin",
        "member": "a member of the pipe",
        "requester": "a requester",
        "viewer": "a viewer",
        "guest": "a guest",
        "creator": "the card's creator",
        "assignee": "an assignee",
        "owner": "an owner of the installation",
        "administrator": "an admin of the installation",
        "author": "an author",
        "colleague": "somebody who is no guest",
    }
    return [said for part, said in words.items() if part in parts]
