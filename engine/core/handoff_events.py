"""What happens when a card passes from team to team, as events."""

from dataclasses import dataclass
from typing import Literal

from pipes.identifiers import Instant, PhaseId, TeamId, UserId
from pipes.quick import quick


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffBegun:
    """The card waits for a team to accept it; `assignees` had it until then."""

    source: PhaseId
    team: TeamId
    assignees: tuple[UserId, ...] = ()
    kind: Literal["handoff.begun"] = "handoff.begun"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffQueued:
    """Nobody of the team was there to be given the card: it waits in the queue."""

    team: TeamId
    kind: Literal["handoff.queued"] = "handoff.queued"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffOffered:
    """The card waits for the team anew: nobody was left of those to whom it was offered, or
    somebody has come back to a team of which nobody was there.
    """

    team: TeamId
    kind: Literal["handoff.offered"] = "handoff.offered"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffAccepted:
    """The team has the card now; `checked` is what was ticked."""

    team: TeamId
    checked: tuple[str, ...] = ()
    kind: Literal["handoff.accepted"] = "handoff.accepted"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffReturned:
    """The card went back to where it came from, to those who had it before."""

    source: PhaseId
    target: PhaseId
    reason: str
    kind: Literal["handoff.returned"] = "handoff.returned"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffOverdue:
    """Nobody accepted the card in time, for the `count`th time; the next notice is at `next`.

    It was to be noted at `due`; `late` if that was clearly before.
    """

    team: TeamId
    count: int
    due: Instant
    next: Instant
    late: bool = False
    kind: Literal["handoff.overdue"] = "handoff.overdue"


type HandoffEvent = (
    HandoffBegun
    | HandoffQueued
    | HandoffOffered
    | HandoffAccepted
    | HandoffReturned
    | HandoffOverdue
)
