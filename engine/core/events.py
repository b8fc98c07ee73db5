"""What happened to a card: the events, as facts in the past tense.

An event is all that a later reader needs: nothing in it has to be looked up in a definition. What
history remembers is only ever added to, so each new attribute has a default.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator

from engine.core.actors import Actor
from engine.core.approval_events import ApprovalEvent
from engine.core.clock_events import ClockEvent
from engine.core.commands import Cause, CommandKey, Values
from engine.core.handoff_events import HandoffEvent
from engine.core.migration_events import CardMigrated
from pipes.actions import Priority
from pipes.files import FileReference
from pipes.identifiers import (
    AutomationId,
    FieldId,
    Instant,
    JsonValue,
    PhaseId,
    PipeId,
    TransitionId,
    UserId,
)
from pipes.quick import quick


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardCreated:
    """The card came to be, in the starting phase, with the start form's values."""

    card: str
    key: str
    pipe: PipeId
    definition_version: int
    definition_hash: str
    phase: PhaseId
    title: str
    values: Values
    behaviour: int = 1
    kind: Literal["card.created"] = "card.created"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field's value before and after; None stands for empty."""

    field: FieldId
    before: JsonValue
    after: JsonValue


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsChanged:
    """Values were written, by a person or worked out by a formula; `title` is the card's title
    from now on.
    """

    changes: tuple[FieldChange, ...]
    title: str
    kind: Literal["field.changed"] = "field.changed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesDropped:
    """Values were sent for fields that were hidden at that moment, and were not stored."""

    values: Values
    kind: Literal["field.dropped"] = "field.dropped"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardMoved:
    """The card took a transition."""

    transition: TransitionId
    source: PhaseId
    target: PhaseId
    comment: str | None = None
    kind: Literal["card.moved"] = "card.moved"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardDone:
    """The card entered a phase that ends it well."""

    kind: Literal["card.done"] = "card.done"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardCancelled:
    """The card ended without being finished: by a phase that says so, or by decision."""

    reason: str | None = None
    kind: Literal["card.cancelled"] = "card.cancelled"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardReopened:
    """A finished card came back."""

    source: PhaseId
    target: PhaseId
    reason: str
    kind: Literal["card.reopened"] = "card.reopened"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardAssigned:
    """These are the assignees now; `before` were."""

    assignees: tuple[UserId, ...]
    before: tuple[UserId, ...] = ()
    kind: Literal["card.assigned"] = "card.assigned"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CommentAdded:
    """Somebody wrote a comment; its id is the event's sequence number."""

    text: str
    mentions: tuple[UserId, ...] = ()
    kind: Literal["comment.added"] = "comment.added"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class FilesAttached:
    """Somebody attached files to the card."""

    files: tuple[FileReference, ...]
    kind: Literal["files.attached"] = "files.attached"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class FileDetached:
    """Somebody took a file away that was attached."""

    file: FileReference
    kind: Literal["file.detached"] = "file.detached"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class EmailReceived:
    """Somebody who was written to about the card has answered; the comment after it says what."""

    sender: str
    subject: str
    kind: Literal["email.received"] = "email.received"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardHeld:
    """The card was put on hold."""

    reason: str
    kind: Literal["card.held"] = "card.held"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class CardResumed:
    """The card came off hold."""

    kind: Literal["card.resumed"] = "card.resumed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsChanged:
    """These are the card's labels now."""

    labels: tuple[str, ...]
    before: tuple[str, ...] = ()
    kind: Literal["card.labelled"] = "card.labelled"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged:
    """This is the card's priority now."""

    priority: Priority
    before: Priority
    kind: Literal["card.prioritized"] = "card.prioritized"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class DueChanged:
    """The card's own due date was set or taken away."""

    due: Instant | None
    before: Instant | None = None
    kind: Literal["card.due_changed"] = "card.due_changed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class LimitExceeded:
    """With this card the phase holds more than its limit: the limit only warns, or the card came
    there by no choice of anybody's.
    """

    phase: PhaseId
    limit: int
    cards: int
    kind: Literal["phase.over_limit"] = "phase.over_limit"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSet:
    """The transition will happen by itself after `due`."""

    transition: TransitionId
    due: Instant
    kind: Literal["timer.set"] = "timer.set"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPassed:
    """The transition may happen by itself from now on."""

    transition: TransitionId
    kind: Literal["timer.passed"] = "timer.passed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleNotified:
    """Somebody was told something by an escalation or an automation; `to` are principals."""

    to: tuple[str, ...]
    text: str
    kind: Literal["people.notified"] = "people.notified"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """Somebody set an automation off by its button; `label` is what the button said."""

    automation: AutomationId
    label: str
    kind: Literal["button.pressed"] = "button.pressed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenDone:
    """The last of the cards behind a connection that was open has ended."""

    connection: FieldId
    kind: Literal["children.done"] = "children.done"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenOpen:
    """Of the cards behind a connection, which had all ended, one is open."""

    connection: FieldId
    kind: Literal["children.open"] = "children.open"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRefused:
    """Something that was to be done by itself could not be; `reasons` say why.

    `automation` is the one that wanted it; None for an escalation step.
    """

    action: str
    reasons: tuple[str, ...]
    automation: AutomationId | None = None
    kind: Literal["action.refused"] = "action.refused"


type LifeEvent = (
    CardCreated
    | CardMoved
    | CardDone
    | CardCancelled
    | CardReopened
    | CardHeld
    | CardResumed
    | CardMigrated
    | LimitExceeded
    | TimerSet
    | TimerPassed
)
type WorkEvent = (
    FieldsChanged
    | ValuesDropped
    | CardAssigned
    | CommentAdded
    | FilesAttached
    | FileDetached
    | EmailReceived
    | LabelsChanged
    | PriorityChanged
    | DueChanged
    | PeopleNotified
    | ButtonPressed
    | ChildrenDone
    | ChildrenOpen
    | ActionRefused
)
# Decoding tells them apart by their kind: to try one after the other takes seven times as long.
type Occurrence = Annotated[
    LifeEvent | WorkEvent | ClockEvent | ApprovalEvent | HandoffEvent, Discriminator("kind")
]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An occurrence in a card's history.

    Attributes:
        sequence: 1 for the first, without gaps; the card's version once this has happened.
        command: The key of the command that it came from.
        chain: What led to it by itself, the first cause first; empty for what somebody did.
    """

    sequence: int
    at: Instant
    actor: Actor
    command: CommandKey
    body: Occurrence
    chain: tuple[Cause, ...] = ()
