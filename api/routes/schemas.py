"""What the API answers and takes, as models: they make the OpenAPI document."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from api.routes.models import Body, FieldValues, Shown, Text
from api.routes.waiting_schemas import HandoffShown, PendingShown, shown_handoff, shown_pending
from engine.core.card import Card, Clock
from engine.core.commands import Cause
from engine.core.events import Event
from engine.core.reasons import Reason
from engine.telling import told_body
from pipes.identifiers import FieldId, JsonValue


def _as_text(value: object) -> object:
    """Refuses numbers: which clock they count from would be a guess."""
    if value is not None and not isinstance(value, str):
        raise ValueError("a time is a text such as 2026-12-24T12:00:00Z")
    return value


class NewCard(Body):
    """The start form, filled in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "fields": {
                        "name": "Offline mode",
                        "problem": "Notes are lost without a network.",
                        "target_market": "enterprise",
                    }
                }
            ]
        }
    )
    fields: FieldValues = Field(default_factory=dict, description="Values by field id.")


class CardChanges(Body):
    """What is to be written; what is left out stays as it is. `due_at` null takes it away."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"fields": {"reach": 900}, "priority": "high"}]}
    )
    fields: FieldValues = Field(default_factory=dict, description="Values by field id.")
    due_at: Annotated[datetime | None, Field(strict=False), BeforeValidator(_as_text)] = None
    priority: Literal["low", "normal", "high", "urgent"] | None = None
    labels: Annotated[list[Text], Field(max_length=200)] | None = None


class NewMove(Body):
    """A transition by its id, or by the phase that exactly one leads to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"transition": "to-design", "comment": "Ready."}]}
    )
    transition: Text | None = None
    to: Text | None = None
    fields: FieldValues = Field(default_factory=dict)
    comment: Text | None = None


class NewAssignees(Body):
    """Who works on the card from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"assignees": ["ana", "bruno"]}]})
    assignees: Annotated[list[Text], Field(max_length=500)]


class NewComment(Body):
    """A comment in Markdown."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "See @ana's note."}]})
    text: Text


class WithReason(Body):
    """Why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Waits for a customer."}]})
    reason: Text


class Nothing(Body):
    """Nothing is needed."""


class Reopening(Body):
    """Why, and into which phase."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "It came back.", "to": "concept"}]}
    )
    reason: Text
    to: Text | None = None


# --- answers --------------------------------------------------------------------------------------


class ClockShown(Shown):
    """A measurement against a target."""

    id: str
    state: str
    started_at: datetime
    target: str
    deadline: datetime
    remaining_seconds: float | None
    paused_because: str | None


class CardShown(Shown):
    """A card."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "5b1c…",
                    "key": "FEAT-12",
                    "pipe": "product-lifecycle",
                    "pipe_version": 3,
                    "title": "Offline mode",
                    "status": "open",
                    "on_hold": False,
                    "phase": "concept",
                    "version": 7,
                    "priority": "normal",
                    "labels": [],
                    "fields": {"name": "Offline mode"},
                    "assignees": ["ana"],
                    "creator": "ana",
                    "created_at": "2026-11-23T12:00:00Z",
                    "updated_at": "2026-11-23T12:00:00Z",
                    "phase_entered_at": "2026-11-23T12:00:00Z",
                    "due_at": None,
                    "finished_at": None,
                    "returns": 0,
                    "pending": None,
                    "handoff": None,
                    "clocks": [],
                    "recorded": True,
                }
            ]
        },
    )
    id: str
    key: str
    pipe: str
    pipe_version: int
    title: str
    status: Literal["open", "done", "cancelled"]
    on_hold: bool
    phase: str
    version: int
    priority: str
    labels: list[str]
    fields: dict[str, Any]
    assignees: list[str]
    creator: str
    created_at: datetime
    updated_at: datetime
    phase_entered_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    returns: int
    pending: PendingShown | None = Field(
        default=None, description="The request that waits for approval."
    )
    handoff: HandoffShown | None = Field(
        default=None, description="The handoff that waits to be accepted."
    )
    clocks: list[ClockShown]
    recorded: bool = Field(
        default=True, description="Whether every other read shows this state already."
    )


class CardPage(Shown):
    """A page of cards."""

    items: list[CardShown]
    next_cursor: str | None


class CauseShown(Shown):
    """A link of the chain: an event of a card, and the automation that it set off."""

    card: str
    event: int
    automation: str | None


class EventShown(Shown):
    """Something that happened to a card; `chain` is what led to it by itself, the first first."""

    sequence: int
    at: datetime
    actor: dict[str, str]
    type: str
    body: dict[str, Any]
    chain: list[CauseShown]


class EventPage(Shown):
    """A page of a card's history."""

    items: list[EventShown]
    next_cursor: str | None


class ReasonShown(Shown):
    """One reason, in words."""

    code: str
    message: str
    field: str | None = None
    detail: str | None = None


class TransitionShown(Shown):
    """A transition that leaves the card's phase, for who asks."""

    id: str
    label: str
    to: str
    allowed: bool
    reasons: list[ReasonShown]
    comment: str
    who: str
    by_itself: str | None


class Upcoming(Shown):
    """Something that happens by itself."""

    at: datetime
    what: str


class WayOutShown(Shown):
    """Something by which the card goes on, and who can do it."""

    what: str
    who: str
    people: list[str] = Field(description="Those of them who are known by name: users' ids.")


class RunningClockShown(Shown):
    """A clock that has not been stopped, and why it does not count at the moment, if so."""

    id: str
    name: str
    state: str
    deadline: datetime
    still_because: str | None = Field(description="Why it stands still: a hold, or its rule.")
    opens_at: datetime | None = Field(
        description="When its calendar's hours begin again, if it is outside them."
    )


class TransitionsShown(Shown):
    """Why the card is where it is, what it waits for and who can act, and every way on."""

    situation: str
    ways_out: list[WayOutShown]
    transitions: list[TransitionShown]
    upcoming: list[Upcoming]
    clocks: list[RunningClockShown]


class ProblemShown(Shown):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:phaseline:problem:missing_field",
                    "title": "The rules say no",
                    "status": 422,
                    "code": "missing_field",
                    "detail": "Personas is needed.",
                    "reasons": [
                        {
                            "code": "missing_field",
                            "message": "Personas is needed.",
                            "field": "personas",
                        }
                    ],
                }
            ]
        },
    )
    type: str
    title: str
    status: int
    code: str
    detail: str
    reasons: list[dict[str, Any]]


def shown_card(card: Card, hidden: frozenset[FieldId], *, recorded: bool = True) -> CardShown:
    """The card without what its reader may not see."""
    values: Mapping[FieldId, JsonValue] = card.values
    return CardShown(
        id=card.identity.id,
        key=card.identity.key,
        pipe=card.identity.pipe,
        pipe_version=card.pin.version,
        title=card.work.title,
        status=card.life.status,
        on_hold=card.life.hold is not None,
        phase=card.stay.phase,
        version=card.version,
        priority=card.work.priority,
        labels=list(card.work.labels),
        fields={name: value for name, value in values.items() if name not in hidden},
        assignees=list(card.work.assignees),
        creator=card.identity.creator.id,
        created_at=card.identity.created_at,
        updated_at=card.updated_at,
        phase_entered_at=card.stay.entered_at,
        due_at=card.work.due,
        finished_at=card.life.finished_at,
        returns=card.life.returns,
        pending=shown_pending(card),
        handoff=shown_handoff(card),
        clocks=[_shown_clock(clock) for clock in card.clocks.values()],
        recorded=recorded,
    )


def shown_reason(reason: Reason) -> ReasonShown:
    """A reason as transitions and reports show it."""
    return ReasonShown(
        code=reason.code, message=reason.message, field=reason.field, detail=reason.detail
    )


def _shown_clock(clock: Clock) -> ClockShown:
    return ClockShown(
        id=clock.id,
        state=clock.state,
        started_at=clock.started_at,
        target=clock.target,
        deadline=clock.deadline,
        remaining_seconds=clock.remaining_seconds,
        paused_because=clock.paused_because,
    )


def shown_event(event: Event, hidden: frozenset[FieldId]) -> EventShown:
    """The event without what its reader may not see."""
    return EventShown(
        sequence=event.sequence,
        at=event.at,
        actor={"kind": event.actor.kind, "id": event.actor.id},
        type=event.body.kind,
        body=told_body(event, hidden),
        chain=shown_chain(event.chain),
    )


def shown_chain(chain: tuple[Cause, ...]) -> list[CauseShown]:
    """What led to something by itself."""
    return [
        CauseShown(card=cause.card, event=cause.event, automation=cause.through) for cause in chain
    ]
