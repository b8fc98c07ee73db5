"""What happens to clocks, as events."""

from dataclasses import dataclass
from typing import Literal

from engine.core.commands import ClockId
from pipes.identifiers import Instant
from pipes.marks import Mark
from pipes.quick import quick

type ClockKind = Literal["pipe", "phase", "approval", "handoff"]
type StepKind = Literal["warning", "escalation", "reminder"]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """Something that a clock does once, at an instant that has been worked out.

    Attributes:
        step_kind: A warning or escalation of the definition, or an unaccepted handoff's reminder.
        index: The place among the definition's warnings or escalation steps.
        mark: The moment as authored.
    """

    step_kind: StepKind
    index: int
    at: Instant
    mark: Mark


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted:
    """A measurement began. `target` is the duration as authored, `seconds` its working time.

    `since` is given where it measures from an earlier moment on than that of the event.
    """

    clock: ClockId
    clock_kind: ClockKind
    target: str
    deadline: Instant
    calendar: str | None = None
    quiet: str | None = None
    seconds: float | None = None
    steps: tuple[ClockStep, ...] = ()
    since: Instant | None = None
    kind: Literal["clock.started"] = "clock.started"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPaused:
    """A measurement stood still, with so many seconds of working time left until the deadline;
    they are negative where it has passed already.
    """

    clock: ClockId
    remaining_seconds: float
    reason: str
    kind: Literal["clock.paused"] = "clock.paused"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed:
    """A measurement went on; deadline and steps moved by the working time that was left."""

    clock: ClockId
    deadline: Instant
    steps: tuple[ClockStep, ...] = ()
    kind: Literal["clock.resumed"] = "clock.resumed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCalendars:
    """By what a clock measures: whose hours count, and outside which reminders wait."""

    calendar: str | None
    quiet: str | None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRecomputed:
    """Somebody had the clock reckoned anew from its beginning, as calendar and target are now.

    `calendars` are given where another version of the pipe may name others than before.
    """

    clock: ClockId
    target: str
    seconds: float
    deadline: Instant
    remaining_seconds: float | None = None
    steps: tuple[ClockStep, ...] = ()
    calendars: ClockCalendars | None = None
    kind: Literal["clock.recomputed"] = "clock.recomputed"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStopped:
    """A measurement ended: `met` in time, `missed` after the deadline, or `dropped`.

    `remaining_seconds` is kept where the clock goes on when the phase is entered again.
    """

    clock: ClockId
    outcome: Literal["met", "missed", "dropped"]
    remaining_seconds: float | None = None
    kind: Literal["clock.stopped"] = "clock.stopped"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SlaWarned:
    """A clock warned that its deadline comes nearer. It was to at `due`; `late` if it is noticed
    clearly after that.
    """

    clock: ClockId
    mark: str
    due: Instant
    deadline: Instant
    late: bool = False
    kind: Literal["sla.warning"] = "sla.warning"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SlaBreached:
    """A clock's deadline passed at `deadline`; the event's own time may be later."""

    clock: ClockId
    deadline: Instant
    kind: Literal["sla.breached"] = "sla.breached"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class SlaEscalated:
    """An escalation step came; `notify` are the principals who are told."""

    clock: ClockId
    step: int
    due: Instant
    nth: int = 0
    notify: tuple[str, ...] = ()
    late: bool = False
    kind: Literal["sla.escalated"] = "sla.escalated"


type ClockEvent = (
    ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockRecomputed
    | ClockStopped
    | SlaWarned
    | SlaBreached
    | SlaEscalated
)
