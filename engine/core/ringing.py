"""What a clock does when a moment of it comes: it warns, is breached, escalates, reminds."""

from datetime import timedelta
from typing import assert_never

from engine.core.approvals import (
    escalate,
    open_round,
    pass_stage,
    questions_deciding,
    reject,
)
from engine.core.card import Card, Clock
from engine.core.clock_events import ClockStep, SlaBreached, SlaEscalated, SlaWarned
from engine.core.clock_names import stage_clock
from engine.core.clocks import sla_of
from engine.core.commands import RingClock
from engine.core.doing import perform, questions_performing
from engine.core.facts import DeadlineOf, Question, answer
from engine.core.handoff_events import HandoffOverdue
from engine.core.story import Story
from pipes.definition import EscalationStep
from pipes.forms import CompiledPipe
from pipes.identifiers import CalendarName, Instant

# A moment that is noticed this long after it came is marked late.
LATE_AFTER = timedelta(seconds=10)


def next_moment(clock: Clock) -> Instant | None:
    """The next instant at which the clock does something; None while it stands still."""
    if not clock.is_alive or clock.stands_still:
        return None
    moments = [step.at for step in clock.steps]
    if clock.measures:
        moments.append(clock.deadline)
    return min(moments, default=None)


def questions_ringing(pipe: CompiledPipe, card: Card, wish: RingClock) -> set[Question]:
    """What has to be known when a moment of the clock has come."""
    clock = card.clocks.get(wish.clock)
    if clock is None:
        return set()
    if clock.clock_kind == "approval":
        return questions_deciding(pipe, card)
    if clock.clock_kind == "handoff":
        return {_next_reminder(clock)}
    asked: set[Question] = set()
    for step in clock.steps:
        escalation = _escalation(pipe, clock, step)
        if escalation is not None:
            asked |= questions_performing(pipe, card, escalation.do)
    return asked


def decide_ring(story: Story, wish: RingClock) -> None:
    """Does everything that has come due, in its order and each once.

    A clock that was stopped, paused or moved meanwhile makes no noise.
    """
    while (clock := story.card.clocks.get(wish.clock)) is not None:
        moment = next_moment(clock)
        if moment is None or moment > story.facts.as_of:
            return
        step = _next_step(clock)
        if clock.measures and clock.deadline == moment and not _is_warning_at(step, moment):
            _breach(story, clock)
        elif step is not None:
            _do(story, clock, step)


def _next_step(clock: Clock) -> ClockStep | None:
    """The earliest step; of those of one instant, warnings come first."""
    order = {"warning": 0, "reminder": 1, "escalation": 2}
    return min(
        clock.steps,
        key=lambda step: (step.at, order[step.step_kind], step.index, step.mark.nth),
        default=None,
    )


def _is_warning_at(step: ClockStep | None, moment: Instant) -> bool:
    return step is not None and step.step_kind == "warning" and step.at == moment


def _breach(story: Story, clock: Clock) -> None:
    story.happens(SlaBreached(clock=clock.id, deadline=clock.deadline))
    if clock.clock_kind == "approval":
        _end_of_round(story, clock)
    elif clock.clock_kind == "handoff":
        _remind(story, clock, clock.deadline)


def _do(story: Story, clock: Clock, step: ClockStep) -> None:
    is_late = _is_late(story, step.at)
    match step.step_kind:
        case "warning":
            story.happens(
                SlaWarned(
                    clock=clock.id,
                    mark=step.mark.at,
                    due=step.at,
                    deadline=clock.deadline,
                    late=is_late,
                )
            )
        case "reminder":
            _remind(story, clock, step.at)
        case "escalation":
            escalation = _escalation(story.pipe, clock, step)
            told = () if escalation is None else tuple(map(str, escalation.notify))
            story.happens(
                SlaEscalated(
                    clock=clock.id,
                    step=step.index,
                    nth=step.mark.nth,
                    due=step.at,
                    notify=told,
                    late=is_late,
                )
            )
            if escalation is not None:
                perform(story, escalation.do)
        case _ as unknown:
            assert_never(unknown)


def _is_late(story: Story, moment: Instant) -> bool:
    return story.facts.as_of - moment > LATE_AFTER


def _escalation(pipe: CompiledPipe, clock: Clock, step: ClockStep) -> EscalationStep | None:
    sla = sla_of(pipe, clock.id)
    if step.step_kind != "escalation" or sla is None or step.index >= len(sla.escalate):
        return None
    return sla.escalate[step.index]


# --- what waits for people ------------------------------------------------------------------------


def _end_of_round(story: Story, clock: Clock) -> None:
    now = open_round(story)
    if now is None or stage_clock(now.stage.id) != clock.id:
        return
    match now.stage.on_deadline:
        case "escalate":
            escalate(story, now, "deadline")
        case "approve":
            pass_stage(story, now, by_deadline=True)
        case "reject":
            reject(story, now, f"Nobody decided “{now.stage.name}” in time.")
        case _ as unknown:
            assert_never(unknown)


def _remind(story: Story, clock: Clock, due: Instant) -> None:
    handoff = story.card.handoff
    if handoff is None:
        return
    story.happens(
        HandoffOverdue(
            team=handoff.team,
            count=handoff.reminders + 1,
            due=due,
            next=answer(story.facts.deadlines, _next_reminder(clock)),
            late=_is_late(story, due),
        )
    )


def _next_reminder(clock: Clock) -> DeadlineOf:
    calendar = CalendarName(clock.calendar) if clock.calendar is not None else None
    return DeadlineOf(calendar=calendar, target=clock.target)
