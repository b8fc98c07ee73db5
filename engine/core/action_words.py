"""Automations as people say them: what sets one off, and what its actions do."""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from engine.core.rights import in_words as people_in_words
from pipes.actions import (
    Action,
    AddLabel,
    Assign,
    Assignments,
    CallWebhook,
    CreateConnectedCard,
    Notify,
    RemoveLabel,
    SendEmail,
    SendRequest,
    SetDue,
    SetFields,
    SetPriority,
    TakeTransition,
    Unassign,
    UpdateConnected,
    WriteComment,
)
from pipes.definition import Definition, Trigger
from pipes.durations import Duration
from pipes.identifiers import FieldId, TeamId
from pipes.principals import PrincipalError, parse_principal

_FIELD_NAMED = re.compile(r"\{\{\s*fields\.([a-z][a-z0-9_]*)\s*\}\}")


def said(definition: Definition, action: Action) -> str:
    """The action in a few words, to follow a name: “sets Tier”."""
    match action:
        case SetFields(fields=fields):
            return f"sets {_fields(definition, fields)}"
        case Assign():
            return _assigning(definition, action)
        case Unassign(who=who):
            return f"takes {people_in_words(definition, who) if who else 'everybody'} off the card"
        case AddLabel(label=label):
            return f"adds the label “{label}”"
        case RemoveLabel(label=label):
            return f"removes the label “{label}”"
        case SetPriority(priority=priority):
            return f"sets the priority to {priority}"
        case SetDue(due=due):
            return (
                f"sets the due date to {due} from now"
                if isinstance(due, Duration)
                else ("sets the due date")
            )
        case TakeTransition(transition=transition):
            way = definition.transitions_by_id.get(transition)
            return f"takes “{way.label if way is not None else transition}”"
        case WriteComment():
            return "writes a comment"
        case Notify(to=to):
            return f"tells {people_in_words(definition, to)}"
        case CreateConnectedCard(pipe=pipe):
            return f"creates a card in {pipe}"
        case UpdateConnected(connection=connection, fields=fields):
            return f"writes {', '.join(fields)} of the cards in {_label(definition, connection)}"
        case SendEmail(to=to):
            return f"sends an e-mail to {_readers(definition, to)}"
        case CallWebhook(url=url):
            return f"posts to {url}"
        case SendRequest(method=method, url=url):
            return f"sends {method} {url}"
        case _ as unknown:
            assert_never(unknown)


def _readers(definition: Definition, to: Sequence[str]) -> str:
    return ", ".join(reader(definition, each) for each in to)


def reader(definition: Definition, written: str) -> str:
    """Who is written to: people as they are called, a field by its label, an address as it is."""
    if found := _FIELD_NAMED.fullmatch(written):
        return f"what stands in “{_label(definition, FieldId(found[1]))}”"
    try:
        return people_in_words(definition, (parse_principal(written),))
    except PrincipalError:
        return written


def _assigning(definition: Definition, action: Assign) -> str:
    team = action.round_robin or action.least_loaded
    if team is None:
        return f"assigns {people_in_words(definition, action.to)}"
    way = "in turn" if action.round_robin is not None else "with the fewest cards"
    return f"assigns the person {way} of {definition.teams.get(TeamId(team), team)}"


def _fields(definition: Definition, fields: Assignments) -> str:
    return ", ".join(_label(definition, name) for name in fields)


def _label(definition: Definition, name: FieldId) -> str:
    field = definition.fields.get(name)
    return field.label if field is not None else name


_OCCASIONS: Mapping[str, str] = {
    "card.created": "a card is created",
    "card.done": "the card is done",
    "card.cancelled": "the card is cancelled",
    "card.reopened": "the card is reopened",
    "handoff.accepted": "a handoff is accepted",
    "handoff.returned": "a handoff is returned",
    "sla.warning": "a clock warns",
    "sla.breached": "a clock runs out",
    "comment.added": "somebody comments",
    "email.received": "an e-mail comes in",
    "approval.requested": "approval is asked for",
    "approval.approved": "an approval is given",
    "approval.rejected": "an approval is refused",
}


def set_off_by(definition: Definition, on: Trigger) -> str:
    """What sets an automation off, to follow “when” – or a button, or a time."""
    phase = definition.phases_by_id.get(on.phase) if on.phase is not None else None
    there = f" in {phase.name}" if phase is not None else ""
    match on.event:
        case "card.entered_phase":
            return f"the card enters {phase.name if phase is not None else 'a phase'}"
        case "card.left_phase":
            return f"the card leaves {phase.name if phase is not None else 'a phase'}"
        case "field.changed":
            fields = " or ".join(_label(definition, name) for name in on.fields)
            return f"{fields} changes{there}"
        case "children.done" if on.connection is not None:
            return f"every card in {_label(definition, on.connection)} has ended{there}"
        case "button":
            return f"somebody presses “{on.label}”{there}"
        case "schedule":
            return f"it is time ({on.cron}, {on.timezone or 'UTC'}){there}"
        case _:
            return f"{_OCCASIONS.get(on.event, on.event)}{there}"
