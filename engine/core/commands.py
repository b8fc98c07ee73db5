"""What somebody wants of a card: the commands, as wishes in the imperative.

A command says nothing about whether it may be done; that is decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, NewType

from pydantic import Discriminator

from engine.core.actors import Actor
from pipes.actions import Priority
from pipes.files import FileReference
from pipes.identifiers import (
    AutomationId,
    FieldId,
    Instant,
    JsonValue,
    PhaseId,
    StageId,
    TransitionId,
    UserId,
)

CommandKey = NewType("CommandKey", str)
ClockId = NewType("ClockId", str)

type Values = Mapping[FieldId, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A link in the chain of what happened by itself: an event of a card that set something off.

    Attributes:
        card: The card's key.
        event: The number of its event.
        through: The automation that was set off; None where connected cards looked again.
    """

    card: str
    event: int
    through: AutomationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCard:
    """A new card from the start form. `number` is reserved beforehand and makes the card's key."""

    card: str
    number: int
    definition_version: int
    definition_hash: str
    values: Values = field(default_factory=dict)
    kind: Literal["create_card"] = "create_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCard:
    """Write fields of the card, and its due date, priority or labels.

    `None` leaves priority and labels as they are; `due` is None or a one-element tuple, whose
    element None takes the due date away.
    """

    values: Values = field(default_factory=dict)
    due: tuple[Instant | None] | None = None
    priority: Priority | None = None
    labels: tuple[str, ...] | None = None
    kind: Literal["edit_card"] = "edit_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCard:
    """Take a transition, named itself or by the phase that exactly one transition leads to.

    Values sent along are stored first, in the same step.
    """

    transition: TransitionId | None = None
    to: PhaseId | None = None
    values: Values = field(default_factory=dict)
    comment: str | None = None
    kind: Literal["move_card"] = "move_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignCard:
    """Make these people the assignees, instead of those who are."""

    assignees: tuple[UserId, ...]
    kind: Literal["assign_card"] = "assign_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCard:
    """Assign the card to oneself."""

    kind: Literal["claim_card"] = "claim_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddComment:
    """Write a comment (Markdown); `@id` mentions a person."""

    text: str
    kind: Literal["add_comment"] = "add_comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachFiles:
    """Keep files with the card that have been uploaded."""

    files: tuple[FileReference, ...]
    kind: Literal["attach_files"] = "attach_files"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachFile:
    """Take a file that was attached away again, by its id."""

    file: str
    kind: Literal["detach_file"] = "detach_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveEmail:
    """Take in what somebody who was written to about the card has answered. Sent by the engine."""

    sender: str
    subject: str
    text: str
    kind: Literal["receive_email"] = "receive_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCard:
    """Put the card on hold: clocks pause, moves wait."""

    reason: str
    kind: Literal["hold_card"] = "hold_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeCard:
    """Take the card off hold."""

    kind: Literal["resume_card"] = "resume_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCard:
    """End the card without finishing it."""

    reason: str
    kind: Literal["cancel_card"] = "cancel_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCard:
    """Bring a finished card back, into a phase that is not final."""

    reason: str
    to: PhaseId | None = None
    kind: Literal["reopen_card"] = "reopen_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRequest:
    """Say yes to the request that is pending.

    Attributes:
        stage: The round that the sender saw open, if that matters.
        in_name_of: Whose delegate the sender is, where they are that of several.
    """

    comment: str | None = None
    stage: StageId | None = None
    in_name_of: UserId | None = None
    kind: Literal["approve_request"] = "approve_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRequest:
    """Say no to the request that is pending; why is needed."""

    comment: str
    stage: StageId | None = None
    in_name_of: UserId | None = None
    kind: Literal["reject_request"] = "reject_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRequest:
    """Take the request back."""

    comment: str | None = None
    kind: Literal["withdraw_request"] = "withdraw_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptHandoff:
    """Take the card over for one's team; `checked` are the points of the checklist that hold."""

    checked: tuple[str, ...] = ()
    kind: Literal["accept_handoff"] = "accept_handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHandoff:
    """Send the card back to where it came from."""

    reason: str
    kind: Literal["return_handoff"] = "return_handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCards:
    """Connect cards, named by id or key, through a connection field, beside those that are."""

    connection: FieldId
    cards: tuple[str, ...]
    kind: Literal["link_cards"] = "link_cards"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkCards:
    """Take cards out of a connection field."""

    connection: FieldId
    cards: tuple[str, ...]
    kind: Literal["unlink_cards"] = "unlink_cards"


@dataclass(frozen=True, slots=True, kw_only=True)
class PressButton:
    """Set off an automation that has a button."""

    automation: AutomationId
    kind: Literal["press_button"] = "press_button"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunActions:
    """Do an automation's actions from the place `first` to before `end`. Sent by the engine.

    Attributes:
        by: Who set the automation off, for what its rules know of the actor.
    """

    automation: AutomationId
    first: int
    end: int
    by: Actor
    kind: Literal["run_actions"] = "run_actions"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFields:
    """Write fields because an automation says so, in whatever phase. Sent by the engine."""

    values: Values
    kind: Literal["write_fields"] = "write_fields"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFailure:
    """Keep in the history that something could not be done by itself. Sent by the engine."""

    action: str
    reasons: tuple[str, ...]
    automation: AutomationId | None = None
    kind: Literal["note_failure"] = "note_failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeClocks:
    """Reckon the running clocks anew from their beginnings: calendar or target have changed."""

    reason: str
    kind: Literal["recompute_clocks"] = "recompute_clocks"


type ClockTreatment = Literal["kept", "restarted", "recomputed", "dropped"]
type RequestTreatment = Literal["kept", "void"]
# In a plan: every clock, or every request, that is not named itself.
ALL_OTHERS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """How cards get onto another version of their pipe; what it does not name stays as it is.

    Attributes:
        phases: The phase of the other version for a phase that is gone or is to become another.
        fields: The other version's field for a field; None drops its value.
        values: What cards get that have no value for a field of the other version.
        clocks: What becomes of a running clock or timer, by its id or `*`; `recomputed` keeps its
            beginning and takes the other version's target and calendar.
        requests: What becomes of a pending request, by its transition or `*`.
    """

    phases: Mapping[PhaseId, PhaseId] = field(default_factory=dict)
    fields: Mapping[FieldId, FieldId | None] = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    clocks: Mapping[str, ClockTreatment] = field(default_factory=dict)
    requests: Mapping[str, RequestTreatment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateCard:
    """Run another version of the pipe from now on; its definition comes along with the command."""

    definition_version: int
    definition_hash: str
    plan: MigrationPlan = MigrationPlan()
    kind: Literal["migrate_card"] = "migrate_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """Something around the card has changed: people, children, the day. Sent by the engine."""

    kind: Literal["look_again"] = "look_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferHandoff:
    """Offer the handoff that waits anew if nobody is left to whom it was offered. Sent by the
    engine when people go or come back.
    """

    kind: Literal["offer_handoff"] = "offer_handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingClock:
    """A moment of a clock has come: a warning, its deadline, an escalation step. Sent by the card
    to itself.
    """

    clock: ClockId
    kind: Literal["ring_clock"] = "ring_clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTimer:
    """A transition's `after` has passed. Sent by the card to itself."""

    transition: TransitionId
    kind: Literal["pass_timer"] = "pass_timer"


type Wish = Annotated[
    CreateCard
    | EditCard
    | MoveCard
    | AssignCard
    | ClaimCard
    | AddComment
    | AttachFiles
    | DetachFile
    | ReceiveEmail
    | HoldCard
    | ResumeCard
    | CancelCard
    | ReopenCard
    | ApproveRequest
    | RejectRequest
    | WithdrawRequest
    | AcceptHandoff
    | ReturnHandoff
    | LinkCards
    | UnlinkCards
    | PressButton
    | RunActions
    | WriteFields
    | NoteFailure
    | RecomputeClocks
    | MigrateCard
    | LookAgain
    | OfferHandoff
    | RingClock
    | PassTimer,
    Discriminator("kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish with who has it.

    Attributes:
        key: The idempotency key; the same key gives the same answer.
        seen_version: The card's version that the sender saw, if the command depends on it.
        chain: What led to it by itself, the first cause first.
    """

    key: CommandKey
    actor: Actor
    wish: Wish
    seen_version: int | None = None
    chain: tuple[Cause, ...] = ()

    @property
    def person(self) -> Actor:
        """Who is behind it: of an automation's doing, whoever set the automation off."""
        return self.wish.by if isinstance(self.wish, RunActions) else self.actor
