"""How events change a card's clocks."""

from collections.abc import Callable
from typing import assert_never

from engine.core.card import Card, Clock, ClockState
from engine.core.clock_events import (
    ClockEvent,
    ClockPaused,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStep,
    ClockStopped,
    SlaBreached,
    SlaEscalated,
    SlaWarned,
)
from engine.core.events import Event
from pipes.quick import replace


def clocks_after(card: Card, event: Event, body: ClockEvent) -> Card:
    """The card after something happened to one of its clocks."""
    return with_clock(card, _clock_after(card, event, body))


def with_clock(card: Card, clock: Clock) -> Card:
    """The card with this clock in place of the one of the same id."""
    return replace(card, clocks={**card.clocks, clock.id: clock})


def _clock_after(card: Card, event: Event, body: ClockEvent) -> Clock:
    if isinstance(body, ClockStarted):
        return _started(event, body)
    clock = card.clocks[body.clock]
    match body:
        case ClockPaused(remaining_seconds=remaining, reason=reason):
            return replace(
                clock,
                state="paused" if clock.measures else clock.state,
                remaining_seconds=remaining,
                paused_because=reason,
                pauses=(*clock.pauses, event.at),
            )
        case ClockResumed(deadline=deadline, steps=steps):
            return replace(
                clock,
                state=_going(clock),
                deadline=clock.deadline if clock.is_breached else deadline,
                anchor=deadline if clock.is_breached else None,
                steps=steps,
                began_with=clock.remaining_seconds,
                remaining_seconds=None,
                paused_because=None,
                stopped_at=None,
                pauses=(*clock.pauses, event.at),
            )
        case ClockRecomputed() as anew:
            return _recomputed(clock, event, anew)
        case ClockStopped(outcome=outcome, remaining_seconds=remaining):
            is_kept = remaining is not None and not clock.stands_still
            return replace(
                clock,
                state=outcome,
                stopped_at=event.at,
                remaining_seconds=remaining,
                pauses=(*clock.pauses, event.at) if is_kept else clock.pauses,
            )
        case SlaWarned(mark=mark):
            return replace(
                clock,
                state="warned",
                has_warned=True,
                steps=_without(clock, lambda step: _is_warning(step, mark)),
            )
        case SlaBreached():
            return replace(clock, state="breached", is_breached=True)
        case SlaEscalated(step=index, nth=nth):
            return replace(
                clock, steps=_without(clock, lambda step: _is_escalation(step, index, nth))
            )
        case _ as unknown:
            assert_never(unknown)


def _started(event: Event, started: ClockStarted) -> Clock:
    return Clock(
        id=started.clock,
        clock_kind=started.clock_kind,
        state="running",
        started_at=started.since or event.at,
        target=started.target,
        deadline=started.deadline,
        calendar=started.calendar,
        quiet=started.quiet,
        seconds=started.seconds,
        began_with=started.seconds,
        steps=started.steps,
    )


def _recomputed(clock: Clock, event: Event, anew: ClockRecomputed) -> Clock:
    """The clock as reckoned anew; one whose deadline is ahead now has not been breached."""
    left = anew.remaining_seconds
    if anew.calendars is not None:
        named = anew.calendars
        clock = replace(clock, calendar=named.calendar, quiet=named.quiet)
    is_ahead = anew.deadline > event.at if left is None else left > 0
    changed = replace(
        clock,
        target=anew.target,
        seconds=anew.seconds,
        deadline=anew.deadline,
        remaining_seconds=left,
        steps=anew.steps,
    )
    if not (clock.is_breached and is_ahead):
        return changed
    mended = replace(changed, is_breached=False, anchor=None)
    return replace(mended, state="paused" if left is not None else _going(mended))


def _going(clock: Clock) -> ClockState:
    if clock.is_breached:
        return "breached"
    return "warned" if clock.has_warned else "running"


def _without(clock: Clock, is_done: Callable[[ClockStep], bool]) -> tuple[ClockStep, ...]:
    return tuple(step for step in clock.steps if not is_done(step))


def _is_warning(step: ClockStep, mark: str) -> bool:
    return step.step_kind == "warning" and step.mark.at == mark


def _is_escalation(step: ClockStep, index: int, nth: int) -> bool:
    return (step.step_kind, step.index, step.mark.nth) == ("escalation", index, nth)
