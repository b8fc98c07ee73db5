"""What happened to a card: the events, as facts in the past tense.

An event is all that a later reader needs: nothing in it has to be looked up in a definition. What
history remembers is only ever added to, so each new attribute has a default.
"""

from dataclasses import dataclass
from typing import Literal

from engine.core.actors import Actor
from engine.core.commands import ClockId, CommandKey, Values
from pipes.actions import Priority
from pipes.identifiers import FieldId, Instant, JsonValue, PhaseId, PipeId, TransitionId, UserId

type ClockKind = Literal["pipe", "phase"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field's value before and after; None stands for empty."""

    field: FieldId
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsChanged:
    """Values were written, by a person or worked out by a formula; `title` is the card's title
    from now on.
    """

    changes: tuple[FieldChange, ...]
    title: str
    kind: Literal["field.changed"] = "field.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesDropped:
    """Values were sent for fields that were hidden at that moment, and were not stored."""

    values: Values
    kind: Literal["field.dropped"] = "field.dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMoved:
    """The card took a transition."""

    transition: TransitionId
    source: PhaseId
    target: PhaseId
    comment: str | None = None
    kind: Literal["card.moved"] = "card.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDone:
    """The card entered a phase that ends it well."""

    kind: Literal["card.done"] = "card.done"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCancelled:
    """The card ended without being finished: by a phase that says so, or by decision."""

    reason: str | None = None
    kind: Literal["card.cancelled"] = "card.cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReopened:
    """A finished card came back."""

    source: PhaseId
    target: PhaseId
    reason: str
    kind: Literal["card.reopened"] = "card.reopened"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAssigned:
    """These are the assignees now; `before` were."""

    assignees: tuple[UserId, ...]
    before: tuple[UserId, ...] = ()
    kind: Literal["card.assigned"] = "card.assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentAdded:
    """Somebody wrote a comment; its id is the event's sequence number."""

    text: str
    mentions: tuple[UserId, ...] = ()
    kind: Literal["comment.added"] = "comment.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHeld:
    """The card was put on hold."""

    reason: str
    kind: Literal["card.held"] = "card.held"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardResumed:
    """The card came off hold."""

    kind: Literal["card.resumed"] = "card.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsChanged:
    """These are the card's labels now."""

    labels: tuple[str, ...]
    before: tuple[str, ...] = ()
    kind: Literal["card.labelled"] = "card.labelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged:
    """This is the card's priority now."""

    priority: Priority
    before: Priority
    kind: Literal["card.prioritized"] = "card.prioritized"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueChanged:
    """The card's own due date was set or taken away."""

    due: Instant | None
    before: Instant | None = None
    kind: Literal["card.due_changed"] = "card.due_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted:
    """A measurement began. `target` is the duration as authored."""

    clock: ClockId
    clock_kind: ClockKind
    target: str
    deadline: Instant
    calendar: str | None = None
    kind: Literal["clock.started"] = "clock.started"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPaused:
    """A measurement stood still, with so many seconds of working time left."""

    clock: ClockId
    remaining_seconds: float
    reason: str
    kind: Literal["clock.paused"] = "clock.paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed:
    """A measurement went on; the deadline moved by the working time that was left."""

    clock: ClockId
    deadline: Instant
    kind: Literal["clock.resumed"] = "clock.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStopped:
    """A measurement ended: `met` in time, `missed` after the deadline, or `dropped`."""

    clock: ClockId
    outcome: Literal["met", "missed", "dropped"]
    kind: Literal["clock.stopped"] = "clock.stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSet:
    """The transition will happen by itself after `due`."""

    transition: TransitionId
    due: Instant
    kind: Literal["timer.set"] = "timer.set"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPassed:
    """The transition may happen by itself from now on."""

    transition: TransitionId
    kind: Literal["timer.passed"] = "timer.passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBreached:
    """A clock's deadline passed at `deadline`; the event's own time may be later."""

    clock: ClockId
    deadline: Instant
    kind: Literal["sla.breached"] = "sla.breached"


type Occurrence = (
    CardCreated
    | FieldsChanged
    | ValuesDropped
    | CardMoved
    | CardDone
    | CardCancelled
    | CardReopened
    | CardAssigned
    | CommentAdded
    | CardHeld
    | CardResumed
    | LabelsChanged
    | PriorityChanged
    | DueChanged
    | ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockStopped
    | TimerSet
    | TimerPassed
    | SlaBreached
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An occurrence in a card's history.

    Attributes:
        sequence: 1 for the first, without gaps; the card's version once this has happened.
        command: The key of the command that it came from.
    """

    sequence: int
    at: Instant
    actor: Actor
    command: CommandKey
    body: Occurrence
