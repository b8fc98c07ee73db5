"""A card as its events have made it: frozen parts, changed only by `evolve`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.core.actors import Actor
from engine.core.clock_events import ClockKind, ClockStep
from engine.core.commands import ClockId, Values
from pipes.actions import Priority
from pipes.files import FileReference
from pipes.identifiers import (
    FieldId,
    Instant,
    PhaseId,
    PipeId,
    StageId,
    TeamId,
    TransitionId,
    UserId,
)
from pipes.quick import quick

type Status = Literal["open", "done", "cancelled"]
type ClockState = Literal["running", "warned", "paused", "breached", "met", "missed", "dropped"]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What never changes. `behaviour` numbers the rules by which the card decides."""

    id: str
    key: str
    pipe: PipeId
    creator: Actor
    created_at: Instant
    behaviour: int = 1


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The version of the definition that the card runs."""

    version: int
    hash: str


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A transition that happens by itself after `at`, as soon as all that it requires holds."""

    transition: TransitionId
    at: Instant
    passed: bool = False


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Where the card stands.

    Attributes:
        visit: Counts the stays since the card was created, from 1.
        asked: The transitions for which approval was asked during this stay.
    """

    phase: PhaseId
    entered_at: Instant
    visit: int = 1
    before: PhaseId | None = None
    timers: tuple[Timer, ...] = ()
    asked: tuple[TransitionId, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Since when, by whom and why the card is on hold."""

    since: Instant
    by: Actor
    reason: str


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Whether the card is open, and how it ended. `returns` counts the returned handoffs."""

    status: Status = "open"
    hold: Hold | None = None
    finished_at: Instant | None = None
    returns: int = 0


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What people see of the card at a glance."""

    title: str
    assignees: tuple[UserId, ...] = ()
    labels: tuple[str, ...] = ()
    priority: Priority = "normal"
    due: Instant | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A measurement against a target.

    Attributes:
        seconds: The target's working time.
        remaining_seconds: Working time left until the deadline when it was paused, or stopped to
            go on later; negative if the deadline had passed. None while it measures.
        steps: What it has still to do, each once.
        has_warned: Whether a warning came.
        pauses: When it began and ceased to stand still, by turns.
        began_with: The working time that was left when it last began to measure.
        anchor: From where what comes after the deadline is counted, if the clock stood still then.
    """

    id: ClockId
    clock_kind: ClockKind
    state: ClockState
    started_at: Instant
    target: str
    deadline: Instant
    calendar: str | None = None
    quiet: str | None = None
    seconds: float | None = None
    remaining_seconds: float | None = None
    paused_because: str | None = None
    stopped_at: Instant | None = None
    steps: tuple[ClockStep, ...] = ()
    has_warned: bool = False
    is_breached: bool = False
    pauses: tuple[Instant, ...] = ()
    began_with: float | None = None
    anchor: Instant | None = None

    @property
    def began_at(self) -> Instant:
        """When it last began to measure."""
        return self.pauses[-1] if self.pauses else self.started_at

    @property
    def measures(self) -> bool:
        """Whether its deadline is still ahead and comes nearer."""
        return self.state in ("running", "warned")

    @property
    def is_alive(self) -> bool:
        """Whether it has not been stopped."""
        return self.state in ("running", "warned", "paused", "breached")

    @property
    def stands_still(self) -> bool:
        """Whether it is paused; a breached clock's steps can be, too."""
        return self.is_alive and self.remaining_seconds is not None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody said to a request; `by` is another than `in_name_of` for a delegate."""

    in_name_of: UserId
    by: UserId
    approves: bool
    at: Instant
    comment: str | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class PassedStage:
    """A round of approvers that is satisfied, with what was said."""

    stage: StageId
    decisions: tuple[Decision, ...]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A move that waits for approval.

    Attributes:
        stage: The round that is open.
        need: How many approvals it takes, as authored.
        approvers: Those who could decide when it was opened, or when it escalated.
        decisions: What was said in it.
        is_escalated: Whether those to whom the round escalates may decide, too.
        passed: The rounds before it.
    """

    transition: TransitionId
    requester: Actor
    requested_at: Instant
    comment: str | None = None
    stage: StageId | None = None
    stage_opened_at: Instant | None = None
    need: str = ""
    approvers: tuple[UserId, ...] = ()
    decisions: tuple[Decision, ...] = ()
    is_escalated: bool = False
    passed: tuple[PassedStage, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """The card waits for a team to accept it.

    Attributes:
        source: The phase that it came from.
        assignees: Those who had it there.
        reminders: How often the team's leads were told that nobody has accepted it.
        is_queued: Whether nobody of the team was there to be given it.
    """

    source: PhaseId
    team: TeamId
    since: Instant
    assignees: tuple[UserId, ...] = ()
    reminders: int = 0
    is_queued: bool = False


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that somebody attached to the card, besides those in its fields."""

    file: FileReference
    by: Actor
    at: Instant


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The whole card. `version` is the number of its last event; `pending` is the request that
    waits for approval, `handoff` the one that waits to be accepted; `complete` are the connections
    of which all cards are known to have ended; `files` are those beside the fields. `archived` are
    values of fields that its version of the pipe does not have; `earlier` are the versions that it
    ran before.
    """

    version: int
    updated_at: Instant
    identity: Identity
    pin: Pin
    stay: Stay
    life: Life
    work: Work
    values: Values = field(default_factory=dict)
    clocks: Mapping[ClockId, Clock] = field(default_factory=dict)
    pending: Request | None = None
    handoff: Handoff | None = None
    complete: tuple[FieldId, ...] = ()
    files: tuple[Attachment, ...] = ()
    archived: Values = field(default_factory=dict)
    earlier: tuple[int, ...] = ()
