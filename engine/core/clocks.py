"""SLA clocks: started, paused, resumed, reckoned anew and stopped.

Deadlines are instants that somebody has worked out with the calendars; none are worked out here.
What a clock does when a moment comes is in `ringing`.
"""

from collections.abc import Iterable, Iterator

from engine.core.card import Card, Clock
from engine.core.clock_events import (
    ClockKind,
    ClockPaused,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStep,
    ClockStopped,
)
from engine.core.clock_names import PIPE_CLOCK, phase_clock, phase_of
from engine.core.commands import ClockId, RecomputeClocks
from engine.core.facts import Question, ScheduleOf, TimeLeft, answer
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_deed
from engine.core.seen import data_for_rules
from engine.core.story import Story
from pipes.definition import Sla, TargetCase
from pipes.forms import CompiledPipe, RuleData
from pipes.identifiers import CalendarName, Instant
from pipes.marks import Mark, Schedule
from pipes.rules import Rule, in_words

# --- starting -------------------------------------------------------------------------------------


def questions_starting(sla: Sla | None) -> set[Question]:
    """What has to be known before a clock for this SLA can start: a schedule for each target."""
    if sla is None:
        return set()
    return {beginning(sla, case) for case in sla.target}


def beginning(sla: Sla, case: TargetCase) -> ScheduleOf:
    """The question about a clock that begins with this target."""
    target = str(case.target)
    return ScheduleOf(calendar=sla.calendar, target=target, marks=sla.marks, quiet=sla.quiet)


def start_pipe_clock(story: Story) -> None:
    """Starts the clock of the whole card, if the pipe has an SLA."""
    _start(story, story.pipe.definition.sla, PIPE_CLOCK, "pipe")


def start_phase_clock(story: Story) -> None:
    """Starts the clock of the stay, if the phase has an SLA; or lets it go on where it stopped."""
    phase = story.pipe.definition.phase(story.card.stay.phase)
    name = phase_clock(phase.id)
    before = story.card.clocks.get(name)
    if before is not None and phase.sla is not None and _goes_on(before, phase.sla):
        _resume(story, before)
    else:
        _start(story, phase.sla, name, "phase")


def questions_entering_again(card: Card, sla: Sla | None, name: ClockId) -> set[Question]:
    """What has to be known before a clock can go on that stopped when the phase was left."""
    before = card.clocks.get(name)
    if before is None or sla is None:
        return set()
    if before.is_alive:  # It will have been stopped by the time the phase is entered again.
        return set()
    return {_going_on(before)} if _goes_on(before, sla) else set()


def _goes_on(clock: Clock, sla: Sla) -> bool:
    if sla.reentry != "resume" or clock.remaining_seconds is None or clock.is_alive:
        return False
    # Time that was left by another calendar's hours, before a migration, is not the same time.
    return (clock.calendar, clock.quiet) == (sla.calendar, sla.quiet)


def start_clock(story: Story, clock: ClockId, kind: ClockKind, question: ScheduleOf) -> None:
    """Starts a clock without warnings or escalation steps of its own."""
    planned = answer(story.facts.schedules, question)
    story.happens(
        ClockStarted(
            clock=clock,
            clock_kind=kind,
            target=question.target,
            deadline=planned.deadline,
            calendar=question.calendar,
            seconds=planned.seconds,
        )
    )


def _start(story: Story, sla: Sla | None, clock: ClockId, kind: ClockKind) -> None:
    case = None if sla is None else case_of(sla, story.data())
    if sla is None or case is None:
        return
    planned = answer(story.facts.schedules, beginning(sla, case))
    story.happens(
        ClockStarted(
            clock=clock,
            clock_kind=kind,
            target=str(case.target),
            deadline=planned.deadline,
            calendar=sla.calendar,
            quiet=sla.quiet,
            seconds=planned.seconds,
            steps=tuple(steps_of(sla, planned)),
        )
    )


def case_of(sla: Sla, data: RuleData) -> TargetCase | None:
    """The target that applies: the first whose rule holds."""
    return next((case for case in sla.target if case.when is None or case.when.holds(data)), None)


def steps_of(sla: Sla, planned: Schedule) -> Iterator[ClockStep]:
    """What a clock has to do at the moments that were worked out for it."""
    for index, (mark, at) in enumerate(zip(sla.warnings, planned.moments, strict=False)):
        if at is not None:
            yield ClockStep(step_kind="warning", index=index, at=at, mark=mark)
    rest = planned.moments[len(sla.warnings) :]
    for (index, mark), at in zip(sla.escalations, rest, strict=True):
        if at is not None:
            yield ClockStep(step_kind="escalation", index=index, at=at, mark=mark)


# --- standing still and going on ------------------------------------------------------------------


def questions_settling(
    pipe: CompiledPipe, card: Card, *, is_held: bool | None = None
) -> set[Question]:
    """What has to be known because a command may let clocks stand still or go on.

    Args:
        is_held: Whether the card will be on hold; None if the command does not touch that.
    """
    asked: set[Question] = set()
    for clock in card.clocks.values():
        may_change = is_held is not None or _pausing_rule(pipe, clock.id) is not None
        if not clock.is_alive or not may_change:
            continue
        if clock.stands_still:
            asked.add(_going_on(clock))
        elif is_held is not False:
            asked.add(_time_left(clock))
    return asked


def settle_clocks(story: Story) -> None:
    """Lets clocks stand still while the card is on hold or their rule holds, and go on after it."""
    if story.card.life.status != "open":
        return
    data = data_for_rules(story.pipe, story.card, story.facts, story.card.values)
    for clock in tuple(story.card.clocks.values()):
        if not clock.is_alive:
            continue
        reason = why_still(story.pipe, story.card, clock, data)
        if reason is not None and not clock.stands_still:
            _pause(story, clock, reason)
        elif reason is None and clock.stands_still:
            _resume(story, clock)


def why_still(pipe: CompiledPipe, card: Card, clock: Clock, data: RuleData) -> str | None:
    """Why the clock has to stand still, in words; nothing if it has not."""
    if card.life.hold is not None:
        by = card.life.hold.by
        who = f" by @{by.id}" if by.kind == "user" else ""
        return f"on hold{who}: {card.life.hold.reason}"
    rule = _pausing_rule(pipe, clock.id)
    if rule is not None and rule.holds(data):
        return in_words(rule.tree, pipe.scope)
    return None


def _pausing_rule(pipe: CompiledPipe, clock: ClockId) -> Rule | None:
    sla = sla_of(pipe, clock)
    return sla.paused_when if sla is not None else None


def sla_of(pipe: CompiledPipe, clock: ClockId) -> Sla | None:
    """The SLA that a clock measures; clocks of handoffs and approvals have none."""
    if clock == PIPE_CLOCK:
        return pipe.definition.sla
    phase = phase_of(clock)
    known = None if phase is None else pipe.definition.phases_by_id.get(phase)
    return None if known is None else known.sla


def _pause(story: Story, clock: Clock, reason: str) -> None:
    story.happens(ClockPaused(clock=clock.id, remaining_seconds=_left(story, clock), reason=reason))


def _left(story: Story, clock: Clock) -> float:
    if clock.began_at == story.facts.as_of and clock.began_with is not None:
        return clock.began_with
    return answer(story.facts.times_left, _time_left(clock))


def _resume(story: Story, clock: Clock) -> None:
    if clock.stopped_at == story.facts.as_of:  # No time has passed: everything is as it was.
        story.happens(ClockResumed(clock=clock.id, deadline=clock.deadline, steps=clock.steps))
        return
    planned = answer(story.facts.schedules, _going_on(clock))
    story.happens(
        ClockResumed(clock=clock.id, deadline=planned.deadline, steps=_moved(clock.steps, planned))
    )


def _time_left(clock: Clock) -> TimeLeft:
    return TimeLeft(calendar=_calendar(clock.calendar), deadline=clock.anchor or clock.deadline)


def _going_on(clock: Clock) -> ScheduleOf:
    return ScheduleOf(
        calendar=_calendar(clock.calendar),
        target=clock.target,
        marks=_marks(clock),
        left=clock.remaining_seconds,
        quiet=_calendar(clock.quiet),
    )


def _marks(clock: Clock) -> tuple[Mark, ...]:
    return tuple(step.mark for step in clock.steps)


def _moved(steps: tuple[ClockStep, ...], planned: Schedule) -> tuple[ClockStep, ...]:
    return tuple(
        ClockStep(step_kind=step.step_kind, index=step.index, at=at or step.at, mark=step.mark)
        for step, at in zip(steps, planned.moments, strict=True)
    )


def _calendar(name: str | None) -> CalendarName | None:
    return CalendarName(name) if name is not None else None


# --- reckoning anew -------------------------------------------------------------------------------


def questions_recompute(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the clocks can be reckoned anew: for each target that may be."""
    return {
        _anew(clock, target)
        for clock in card.clocks.values()
        if clock.is_alive
        for target in {clock.target, *_targets(pipe, clock)}
    }


def decide_recompute(story: Story, wish: RecomputeClocks) -> None:
    """Reckons the running clocks anew from their beginnings, with calendar and target as now."""
    card = story.card
    deed = reasons_against_deed("recompute", story.command.actor, story.facts.actor, card)
    story.against(deed)
    if not wish.reason.strip():
        story.against([Reason(code=ReasonCode.EMPTY_TEXT, message="A reason is needed.")])
    alive = [clock for clock in card.clocks.values() if clock.is_alive]
    if not alive:
        story.against([Reason(code=ReasonCode.NO_CLOCK, message="No clock runs on this card.")])
    if story.reasons:
        return
    data = story.data()
    for clock in alive:
        sla = sla_of(story.pipe, clock.id)
        case = case_of(sla, data) if sla is not None else None
        target = str(case.target) if case is not None else clock.target
        planned = answer(story.facts.schedules, _anew(clock, target))
        changed = ClockRecomputed(
            clock=clock.id,
            target=target,
            seconds=planned.seconds,
            deadline=planned.deadline,
            remaining_seconds=planned.left if clock.stands_still else None,
            steps=_moved(clock.steps, planned),
        )
        if (clock.target, clock.deadline) != (target, planned.deadline):
            story.happens(changed)


def _targets(pipe: CompiledPipe, clock: Clock) -> Iterable[str]:
    sla = sla_of(pipe, clock.id)
    return [] if sla is None else [str(case.target) for case in sla.target]


def _anew(clock: Clock, target: str) -> ScheduleOf:
    measured: tuple[Instant, ...] = (clock.started_at, *clock.pauses)
    return ScheduleOf(
        calendar=_calendar(clock.calendar),
        target=target,
        marks=_marks(clock),
        measured=measured,
        quiet=_calendar(clock.quiet),
    )


# --- stopping -------------------------------------------------------------------------------------


def questions_leaving(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the card may leave its phase, if the clock goes on later."""
    clock = card.clocks.get(phase_clock(card.stay.phase))
    return {_time_left(clock)} if clock is not None and _is_kept(pipe, clock) else set()


def _is_kept(pipe: CompiledPipe, clock: Clock) -> bool:
    sla = sla_of(pipe, clock.id)
    is_kept = sla is not None and sla.reentry == "resume"
    return is_kept and clock.is_alive and not clock.stands_still


def stop_clocks(story: Story, clocks: Iterable[ClockId]) -> None:
    """Stops those of the clocks that still measure: met in time, or missed."""
    for name in clocks:
        clock = story.card.clocks.get(name)
        if clock is None or not clock.is_alive:
            continue
        is_missed = clock.is_breached or (clock.measures and clock.deadline <= story.facts.as_of)
        story.happens(
            ClockStopped(
                clock=name,
                outcome="missed" if is_missed else "met",
                remaining_seconds=_kept(story, clock),
            )
        )


def _kept(story: Story, clock: Clock) -> float | None:
    sla = sla_of(story.pipe, clock.id)
    if sla is None or sla.reentry != "resume":
        return None
    if clock.stands_still:
        return clock.remaining_seconds
    return _left(story, clock)


def stop_waiting(story: Story) -> None:
    """Stops the clocks of what waits in the phase: its handoff and its approval."""
    waiting = [
        clock.id
        for clock in story.card.clocks.values()
        if clock.is_alive and clock.clock_kind in ("handoff", "approval")
    ]
    stop_clocks(story, waiting)


def running(pipe: CompiledPipe, card: Card) -> tuple[Clock, ...]:
    """The clocks that measure at this moment, the earliest deadline first."""
    order = {PIPE_CLOCK: len(pipe.definition.phases)}
    found = [clock for clock in card.clocks.values() if clock.is_alive]
    return tuple(sorted(found, key=lambda clock: (clock.deadline, order.get(clock.id, 0))))
