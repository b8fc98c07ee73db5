"""Automations as people say them: what sets one off, and what its actions do."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
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
from pipes.cron import CronError, parse_cron
from pipes.cron_words import cron_in_words
from pipes.definition import Definition, Trigger
from pipes.durations import Duration
from pipes.fields.field import ConnectionOptions
from pipes.identifiers import FieldId, PipeId, TeamId
from pipes.principals import PrincipalError, parse_principal

_FIELD_NAMED = re.compile(r"\{\{\s*fields\.([a-z][a-z0-9_]*)\s*\}\}")


# What there is to say of an action that names no other pipe.
NO_OTHERS: Mapping[PipeId, Definition] = MappingProxyType({})


def said(
    definition: Definition, action: Action, others: Mapping[PipeId, Definition] = NO_OTHERS
) -> str:
    """The action in a few words, to follow a name: “sets Tier”.

    Args:
        others: The pipes that the definition names; one that is not there is called by its id.
    """
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
            return f"creates a card in {_pipe(pipe, others)}"
        case UpdateConnected(connection=connection, fields=fields):
            return (
                f"writes {labels_elsewhere(definition, connection, fields, others)}"
                f" of the cards in {_label(definition, connection)}"
            )
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


def labels_elsewhere(
    definition: Definition,
    connection: FieldId,
    fields: Iterable[FieldId],
    others: Mapping[PipeId, Definition],
) -> str:
    """Fields of connected cards, as their own pipe calls them."""
    field = definition.fields.get(connection)
    options = None if field is None else field.options
    there = others.get(options.pipe) if isinstance(options, ConnectionOptions) else None
    return ", ".join(name if there is None else _label(there, name) for name in fields)


def _pipe(pipe: PipeId, others: Mapping[PipeId, Definition]) -> str:
    return f"“{others[pipe].name}”" if pipe in others else pipe


def _label(definition: Definition, name: FieldId) -> str:
    field = definition.fields.get(name)
    return field.label if field is not None else name


def times_in_words(on: Trigger) -> str:
    """When a schedule comes: “every Monday at 09:00, Europe/Berlin”."""
    return f"{_worded(on) or f'at the times of {on.cron}'}, {on.timezone or 'UTC'}"


def cron_beside_words(on: Trigger) -> str | None:
    """A schedule as it is written, to stand beside its words; None where they are that already."""
    return on.cron if _worded(on) is not None else None


def _worded(on: Trigger) -> str | None:
    try:
        return cron_in_words(parse_cron(on.cron or ""))
    except CronError:
        return None


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


def occasion(definition: Definition, on: Trigger) -> str:
    """When an automation runs, to begin a sentence: “When Tier changes”, “Every day at 09:00”."""
    words = set_off_by(definition, on)
    return f"{words[:1].upper()}{words[1:]}" if on.event == "schedule" else f"When {words}"


def set_off_by(definition: Definition, on: Trigger) -> str:
    """What sets an automation off: an event to follow “when”, or the times of a schedule."""
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
            cards = f", for cards{there}" if there else ""
            return f"{times_in_words(on)}{cards}"
        case _:
            return f"{_OCCASIONS.get(on.event, on.event)}{there}"
