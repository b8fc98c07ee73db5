"""SLA clocks: started, paused, resumed, breached and stopped.

Deadlines are instants that somebody has worked out with the calendars; none are worked out here.
"""

from collections.abc import Iterable

from engine.core.card import Card, Clock
from engine.core.commands import ClockId, RingClock
from engine.core.events import (
    ClockKind,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    SlaBreached,
)
from engine.core.facts import DeadlineOf, Question, TimeLeft, answer
from engine.core.story import Story
from pipes.definition import Sla, TargetCase
from pipes.forms import CompiledPipe
from pipes.identifiers import CalendarName, PhaseId

PIPE_CLOCK = ClockId("pipe")


def phase_clock(phase: PhaseId) -> ClockId:
    """The id of the clock of a stay in this phase."""
    return ClockId(f"phase:{phase}")


def questions_starting(sla: Sla | None) -> set[Question]:
    """What has to be known before a clock for this SLA can start: a deadline for each target."""
    if sla is None:
        return set()
    return {DeadlineOf(calendar=sla.calendar, target=str(case.target)) for case in sla.target}


def questions_holding(card: Card) -> set[Question]:
    """What has to be known before the card's clocks can pause."""
    return {
        TimeLeft(calendar=_calendar(clock), deadline=clock.deadline)
        for clock in card.clocks.values()
        if clock.state == "running"
    }


def questions_resuming(card: Card) -> set[Question]:
    """What has to be known before the card's paused clocks can go on."""
    return {
        DeadlineOf(calendar=_calendar(clock), seconds=clock.remaining_seconds or 0.0)
        for clock in card.clocks.values()
        if clock.state == "paused"
    }


def _calendar(clock: Clock) -> CalendarName | None:
    return CalendarName(clock.calendar) if clock.calendar is not None else None


def start_pipe_clock(story: Story) -> None:
    """Starts the clock of the whole card, if the pipe has an SLA."""
    _start(story, story.pipe.definition.sla, PIPE_CLOCK, "pipe")


def start_phase_clock(story: Story) -> None:
    """Starts the clock of the stay that has just begun, if the phase has an SLA."""
    phase = story.pipe.definition.phase(story.card.stay.phase)
    _start(story, phase.sla, phase_clock(phase.id), "phase")


def _start(story: Story, sla: Sla | None, clock: ClockId, kind: ClockKind) -> None:
    if sla is None:
        return
    case = _case(story, sla)
    if case is None:
        return
    target = str(case.target)
    question = DeadlineOf(calendar=sla.calendar, target=target)
    story.happens(
        ClockStarted(
            clock=clock,
            clock_kind=kind,
            target=target,
            deadline=answer(story.facts.deadlines, question),
            calendar=sla.calendar,
        )
    )


def _case(story: Story, sla: Sla) -> TargetCase | None:
    if all(case.when is None for case in sla.target):
        return sla.target[0] if sla.target else None
    data = story.data()
    return next((case for case in sla.target if case.when is None or case.when.holds(data)), None)


def stop_clocks(story: Story, clocks: Iterable[ClockId]) -> None:
    """Stops those of the clocks that still measure: met in time, or missed."""
    for name in clocks:
        clock = story.card.clocks.get(name)
        if clock is None or clock.state not in ("running", "paused", "breached"):
            continue
        missed = clock.state == "breached" or (
            clock.state == "running" and clock.deadline <= story.facts.as_of
        )
        story.happens(ClockStopped(clock=name, outcome="missed" if missed else "met"))


def pause_clocks(story: Story, reason: str) -> None:
    """Pauses every running clock, with the working time that is left."""
    for clock in tuple(story.card.clocks.values()):
        if clock.state == "running":
            question = TimeLeft(calendar=_calendar(clock), deadline=clock.deadline)
            left = answer(story.facts.times_left, question)
            story.happens(
                ClockPaused(clock=clock.id, remaining_seconds=max(0.0, left), reason=reason)
            )


def resume_clocks(story: Story) -> None:
    """Lets every paused clock go on; its deadline moves by the working time that was left."""
    for clock in tuple(story.card.clocks.values()):
        if clock.state == "paused":
            seconds = clock.remaining_seconds or 0.0
            question = DeadlineOf(calendar=_calendar(clock), seconds=seconds)
            deadline = answer(story.facts.deadlines, question)
            story.happens(ClockResumed(clock=clock.id, deadline=deadline))


def decide_ring(story: Story, wish: RingClock) -> None:
    """Notices a breach. A clock that was stopped, paused or moved meanwhile makes no noise."""
    clock = story.card.clocks.get(wish.clock)
    if clock is None or clock.state != "running" or clock.deadline > story.facts.as_of:
        return
    story.happens(SlaBreached(clock=clock.id, deadline=clock.deadline))


def running(pipe: CompiledPipe, card: Card) -> tuple[Clock, ...]:
    """The clocks that measure at this moment, the earliest deadline first."""
    order = {PIPE_CLOCK: len(pipe.definition.phases)}
    found = [
        clock for clock in card.clocks.values() if clock.state in ("running", "paused", "breached")
    ]
    return tuple(sorted(found, key=lambda clock: (clock.deadline, order.get(clock.id, 0))))
