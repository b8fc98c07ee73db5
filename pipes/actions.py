"""What an automation or an escalation step does: the actions of a definition, as values.

Doing them is the engine's and the workers' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipes.durations import Duration
from pipes.fields.field import Constant
from pipes.identifiers import FieldId, PipeId, TeamId, TransitionId
from pipes.principals import Principal
from pipes.rules import Rule

type Expression = Constant | Rule
type Assignments = Mapping[FieldId, Expression]
type Priority = Literal["low", "normal", "high", "urgent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFields:
    """Writes fields of the card."""

    fields: Assignments


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Assigns the card, to these or to somebody of a team, by turns or by load."""

    to: tuple[Principal, ...] = ()
    round_robin: TeamId | None = None
    least_loaded: TeamId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassign:
    """Takes these, or everybody when nobody is named, off the card."""

    who: tuple[Principal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLabel:
    """Puts a label on the card."""

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLabel:
    """Takes a label off the card."""

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """Sets the card's priority."""

    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDue:
    """Sets the card's due date: so long from now, or as a rule gives it."""

    due: Duration | Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTransition:
    """Moves the card; the transition's conditions hold as they do for people."""

    transition: TransitionId


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteComment:
    """Writes a comment on the card; the text is Jinja2."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConnectedCard:
    """Creates a card in a pipe, and connects it through a connection field if one is named."""

    pipe: PipeId
    fields: Assignments = field(default_factory=dict)
    connect: FieldId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateConnected:
    """Writes fields of the cards at the other end of a connection."""

    connection: FieldId
    fields: Assignments


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEmail:
    """Sends a message; subject and bodies are Jinja2 texts."""

    to: tuple[str, ...]
    subject: str
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tells people in the app."""

    to: tuple[Principal, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWebhook:
    """Posts the event to a URL, signed with a secret kept under that name."""

    url: str
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """Sends an HTTP request; parts of its JSON answer may be written to fields.

    `store` maps a field to a JSON pointer into the answer.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    store: Mapping[FieldId, str] = field(default_factory=dict)


type Action = (
    SetFields
    | Assign
    | Unassign
    | AddLabel
    | RemoveLabel
    | SetPriority
    | SetDue
    | TakeTransition
    | WriteComment
    | CreateConnectedCard
    | UpdateConnected
    | SendEmail
    | Notify
    | CallWebhook
    | SendRequest
)
