"""A card as its events have made it: frozen parts, changed only by `evolve`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.core.actors import Actor
from engine.core.commands import ClockId, Values
from engine.core.events import ClockKind
from pipes.actions import Priority
from pipes.identifiers import Instant, PhaseId, PipeId, TransitionId, UserId

type Status = Literal["open", "done", "cancelled"]
type ClockState = Literal["running", "paused", "breached", "met", "missed", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What never changes. `behaviour` numbers the rules by which the card decides."""

    id: str
    key: str
    pipe: PipeId
    creator: Actor
    created_at: Instant
    behaviour: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The version of the definition that the card runs."""

    version: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A transition that happens by itself after `at`, as soon as all that it requires holds."""

    transition: TransitionId
    at: Instant
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Where the card stands. `visit` counts the stays since the card was created, from 1."""

    phase: PhaseId
    entered_at: Instant
    visit: int = 1
    before: PhaseId | None = None
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Since when, by whom and why the card is on hold."""

    since: Instant
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Whether the card is open, and how it ended. `returns` counts the returned handoffs."""

    status: Status = "open"
    hold: Hold | None = None
    finished_at: Instant | None = None
    returns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What people see of the card at a glance."""

    title: str
    assignees: tuple[UserId, ...] = ()
    labels: tuple[str, ...] = ()
    priority: Priority = "normal"
    due: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A measurement against a target.

    Attributes:
        remaining_seconds: Working time left when it was paused; None while it runs.
    """

    id: ClockId
    clock_kind: ClockKind
    state: ClockState
    started_at: Instant
    target: str
    deadline: Instant
    calendar: str | None = None
    remaining_seconds: float | None = None
    paused_because: str | None = None
    stopped_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The whole card. `version` is the number of its last event."""

    version: int
    updated_at: Instant
    identity: Identity
    pin: Pin
    stay: Stay
    life: Life
    work: Work
    values: Values = field(default_factory=dict)
    clocks: Mapping[ClockId, Clock] = field(default_factory=dict)
