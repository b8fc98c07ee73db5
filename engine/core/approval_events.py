"""What happens to the approval of a move, as events."""

from dataclasses import dataclass
from typing import Literal

from pipes.identifiers import FieldId, PhaseId, StageId, TransitionId, UserId
from pipes.quick import quick


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested:
    """Somebody wants to take the transition, and it waits for approval."""

    transition: TransitionId
    comment: str | None = None
    kind: Literal["approval.requested"] = "approval.requested"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class StageOpened:
    """A round of approvers began; `approvers` are those who could decide at that moment, `need`
    says how many it takes, as authored. `changed` are the fields for which they are asked again.
    """

    transition: TransitionId
    stage: StageId
    name: str
    approvers: tuple[UserId, ...]
    need: str = ""
    changed: tuple[FieldId, ...] = ()
    kind: Literal["approval.stage_opened"] = "approval.stage_opened"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven:
    """Somebody approved, in their own name or in another's whose delegate they are."""

    stage: StageId
    in_name_of: UserId
    comment: str | None = None
    kind: Literal["approval.given"] = "approval.given"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRefused:
    """Somebody rejected."""

    stage: StageId
    in_name_of: UserId
    comment: str
    kind: Literal["approval.refused"] = "approval.refused"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class StageEscalated:
    """More people may decide: the deadline passed, or too few were left to decide."""

    stage: StageId
    to: tuple[str, ...]
    because: Literal["deadline", "too_few"]
    approvers: tuple[UserId, ...]
    kind: Literal["approval.escalated"] = "approval.escalated"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class StagePassed:
    """A round is satisfied: by its approvers, or because its deadline approves."""

    stage: StageId
    by_deadline: bool = False
    kind: Literal["approval.stage_passed"] = "approval.stage_passed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsVoided:
    """What was decided is void, as these fields have changed: the approvers are asked again."""

    fields: tuple[FieldId, ...]
    kind: Literal["approval.voided"] = "approval.voided"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproved:
    """The last round is satisfied; the move follows."""

    transition: TransitionId
    kind: Literal["approval.approved"] = "approval.approved"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRejected:
    """The request ended without the move; the card goes to `target`, or stays."""

    transition: TransitionId
    stage: StageId
    reason: str
    target: PhaseId | None = None
    kind: Literal["approval.rejected"] = "approval.rejected"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturned:
    """It was approved, but what the move requires no longer holds: back to the requester."""

    transition: TransitionId
    reasons: tuple[str, ...]
    kind: Literal["approval.returned"] = "approval.returned"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn:
    """The request was taken back, or the card ended meanwhile."""

    transition: TransitionId
    comment: str | None = None
    kind: Literal["approval.withdrawn"] = "approval.withdrawn"


type ApprovalEvent = (
    ApprovalRequested
    | StageOpened
    | ApprovalGiven
    | ApprovalRefused
    | StageEscalated
    | StagePassed
    | DecisionsVoided
    | RequestApproved
    | RequestRejected
    | RequestReturned
    | RequestWithdrawn
)
