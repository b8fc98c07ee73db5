"""What becomes of clocks and timers when a card goes over to another version of its pipe.

A clock is kept, starts again, is reckoned anew from its beginning by what the version says, or is
dropped. What the version measures and the one before did not begins with the migration.
"""

from collections.abc import Iterator

from engine.core.card import Card, Clock, Timer
from engine.core.clock_events import (
    ClockCalendars,
    ClockKind,
    ClockPaused,
    ClockRecomputed,
    ClockResumed,
    ClockStarted,
    ClockStep,
    ClockStopped,
)
from engine.core.clock_names import HANDOFF_CLOCK, PIPE_CLOCK, phase_clock, stage_clock
from engine.core.clocks import beginning, case_of, sla_of, steps_of, why_still
from engine.core.commands import ALL_OTHERS, ClockId, ClockTreatment, MigrationPlan
from engine.core.events import TimerSet
from engine.core.facts import DeadlineOf, Question, ScheduleOf, answer
from engine.core.handoffs import time_to_accept
from engine.core.migration_events import CardMigrated
from engine.core.stages import stage_of, time_to_decide
from engine.core.story import Story
from pipes.definition import Sla, Transition
from pipes.forms import CompiledPipe, RuleData
from pipes.identifiers import Instant, PhaseId, TransitionId
from pipes.marks import Mark, Schedule
from pipes.quick import replace

# Seconds, as far as reckoning with floats may be off.
_NEXT_TO_NOTHING = 0.001


def timer_name(transition: TransitionId) -> str:
    """How a plan calls the timer of a transition that happens by itself after a time."""
    return f"timer:{transition}"


def treatment(plan: MigrationPlan, *names: str) -> ClockTreatment:
    """What the plan says of a clock or timer, which may have another name in each version."""
    for name in (*names, ALL_OTHERS):
        if name in plan.clocks:
            return plan.clocks[name]
    return "kept"


# --- what a version measures ----------------------------------------------------------------------


def _expected(pipe: CompiledPipe, card: Card) -> Iterator[tuple[ClockId, ClockKind]]:
    """The clocks that a version may have running on a card as it stands."""
    yield PIPE_CLOCK, "pipe"
    rule = pipe.definition.phase(card.stay.phase).handoff
    if card.handoff is None or rule is None or rule.clock == "arrival":
        yield phase_clock(card.stay.phase), "phase"
    if card.handoff is not None:
        yield HANDOFF_CLOCK, "handoff"
    if card.pending is not None and card.pending.stage is not None:
        yield stage_clock(card.pending.stage), "approval"


def _beginnings(
    pipe: CompiledPipe, card: Card, clock: ClockId, kind: ClockKind
) -> tuple[ScheduleOf, ...]:
    """How the version may measure by a clock; nothing if it does not."""
    if kind in ("pipe", "phase"):
        sla = sla_of(pipe, clock)
        return () if sla is None else tuple(beginning(sla, case) for case in sla.target)
    waiting = _waiting(pipe, card, kind)
    return () if waiting is None else (waiting,)


def _beginning(
    pipe: CompiledPipe, card: Card, clock: ClockId, kind: ClockKind, data: RuleData
) -> ScheduleOf | None:
    """How the version measures by a clock, as the card is."""
    if kind not in ("pipe", "phase"):
        return _waiting(pipe, card, kind)
    sla = sla_of(pipe, clock)
    case = None if sla is None else case_of(sla, data)
    return None if sla is None or case is None else beginning(sla, case)


def _waiting(pipe: CompiledPipe, card: Card, kind: ClockKind) -> ScheduleOf | None:
    """How the version measures what waits for people."""
    definition, phase = pipe.definition, card.stay.phase
    if kind == "handoff":
        rule = definition.phase(phase).handoff
        if rule is None or rule.accept_within is None:
            return None
        return time_to_accept(definition, phase, rule)
    if card.pending is None or card.pending.transition not in definition.transitions_by_id:
        return None
    approval = definition.transition(card.pending.transition).approval
    stage = None if approval is None else stage_of(approval, card.pending)
    return None if stage is None else time_to_decide(definition, phase, stage)


def _since(card: Card, kind: ClockKind) -> Instant:
    """When that began which a clock of this kind measures."""
    match kind:
        case "pipe":
            return card.identity.created_at
        case "handoff" if card.handoff is not None:
            return card.handoff.since
        case "approval" if card.pending is not None:
            return card.pending.stage_opened_at or card.stay.entered_at
        case _:
            return card.stay.entered_at


# --- what has to be known -------------------------------------------------------------------------


def questions_clocks(target: CompiledPipe, after: Card, plan: MigrationPlan) -> set[Question]:
    """What has to be known before clocks and timers can go over; `after` is the card there."""
    asked: set[Question] = set()
    alive = {clock.id: clock for clock in after.clocks.values() if clock.is_alive}
    kinds = {clock.id: clock.clock_kind for clock in alive.values()} | dict(
        _expected(target, after)
    )
    for name, kind in kinds.items():
        clock = alive.get(name)
        measured = (_since(after, kind),) if clock is None else (clock.started_at, *clock.pauses)
        for question in _beginnings(target, after, name, kind):
            anew = replace(question, measured=measured)
            asked |= {question, anew, replace(anew, quiet=None)}
    for way in _timed(target, after.stay.phase):
        asked.add(_timer_question(target, after, way, treatment(plan, timer_name(way.id))))
    return asked


def _timed(target: CompiledPipe, phase: PhaseId) -> list[Transition]:
    ways = target.definition.transitions_from[phase]
    return [way for way in ways if way.after is not None]


def _timer_question(
    target: CompiledPipe, card: Card, way: Transition, how: ClockTreatment
) -> DeadlineOf | ScheduleOf:
    calendar = target.definition.calendar_of(card.stay.phase)
    if how == "recomputed":
        begun = (card.stay.entered_at,)
        return ScheduleOf(calendar=calendar, target=str(way.after), measured=begun)
    return DeadlineOf(calendar=calendar, target=str(way.after))


# --- what stays -----------------------------------------------------------------------------------


def timers_kept(
    target: CompiledPipe, phase: PhaseId, timers: tuple[Timer, ...], plan: MigrationPlan
) -> tuple[TransitionId, ...]:
    """Of the timers that have been set those that go on as they are."""
    timed = {way.id for way in _timed(target, phase)}
    return tuple(
        timer.transition
        for timer in timers
        if timer.transition in timed and treatment(plan, timer_name(timer.transition)) == "kept"
    )


def steps_kept(target: CompiledPipe, clock: Clock, name: ClockId) -> tuple[ClockStep, ...]:
    """What a clock that is kept has still to do, where the version has the same step."""
    sla = sla_of(target, name)
    escalations = () if sla is None else sla.escalations
    found = []
    for step in clock.steps:
        if step.step_kind != "escalation":
            found.append(step)
            continue
        places = [index for index, mark in escalations if mark == step.mark]
        if places:
            place = step.index if step.index in places else places[0]
            found.append(replace(step, index=place))
    return tuple(found)


# --- what happens ---------------------------------------------------------------------------------


def migrate_clocks(
    story: Story, before: tuple[CompiledPipe, Card], body: CardMigrated, plan: MigrationPlan
) -> None:
    """Does with each clock and timer what the plan says; `before` is how the card was."""
    called = {new: old for old, new in body.clocks.items()}
    alive = [clock for clock in story.card.clocks.values() if clock.is_alive]
    for clock in alive:
        name = called.get(clock.id, clock.id)
        how = treatment(plan, name, clock.id)
        if how != "kept":
            _treat(story, before[0], (name, clock), how)
    _begin_new_ones(story, before, {clock.id for clock in alive}, plan)
    _set_timers(story, plan)


def _treat(
    story: Story, old: CompiledPipe, named: tuple[ClockId, Clock], how: ClockTreatment
) -> None:
    name, clock = named
    question = _beginning(story.pipe, story.card, clock.id, clock.clock_kind, story.data())
    if how == "dropped" or question is None:
        story.happens(ClockStopped(clock=clock.id, outcome="dropped"))
    elif how == "restarted":
        _start(story, clock.id, clock.clock_kind, question)
    else:
        _recompute(story, sla_of(old, name), clock, question)


def _start(story: Story, clock: ClockId, kind: ClockKind, question: ScheduleOf) -> None:
    sla, planned = sla_of(story.pipe, clock), answer(story.facts.schedules, question)
    steps = () if sla is None else tuple(steps_of(sla, planned))
    story.happens(_started(clock, kind, question, planned, steps=steps))


def _recompute(story: Story, old: Sla | None, clock: Clock, question: ScheduleOf) -> None:
    anew = replace(question, measured=(clock.started_at, *clock.pauses))
    planned = answer(story.facts.schedules, anew)
    unfired = {(step.step_kind, step.mark) for step in clock.steps}
    known = set() if old is None else set(_marks(old))
    reminders = tuple(step for step in clock.steps if step.step_kind == "reminder")
    steps = reminders + tuple(
        step
        for step, is_ahead in _steps_anew(story, clock.id, anew)
        if (step.step_kind, step.mark) in unfired
        or (is_ahead and (step.step_kind, step.mark) not in known)
    )
    if _is_as_it_was(clock, question, planned, steps):
        return
    story.happens(
        ClockRecomputed(
            clock=clock.id,
            target=question.target,
            seconds=planned.seconds,
            deadline=planned.deadline,
            remaining_seconds=planned.left if clock.stands_still else None,
            steps=steps,
            calendars=ClockCalendars(calendar=question.calendar, quiet=question.quiet),
        )
    )
    _settle(story, clock.id, planned)


def _is_as_it_was(
    clock: Clock, question: ScheduleOf, planned: Schedule, steps: tuple[ClockStep, ...]
) -> bool:
    measured = (question.target, question.calendar, question.quiet)
    if measured != (clock.target, clock.calendar, clock.quiet):
        return False
    if clock.remaining_seconds is None:
        return (clock.deadline, clock.steps) == (planned.deadline, steps)
    # While it stands still, only what is left counts: its moments are worked out when it goes on.
    marks = [(step.step_kind, step.index, step.mark) for step in steps]
    is_same_left = abs(clock.remaining_seconds - planned.left) < _NEXT_TO_NOTHING
    return is_same_left and marks == [
        (each.step_kind, each.index, each.mark) for each in clock.steps
    ]


def _marks(sla: Sla) -> Iterator[tuple[str, Mark]]:
    yield from (("warning", mark) for mark in sla.warnings)
    yield from (("escalation", mark) for _, mark in sla.escalations)


def _steps_anew(story: Story, clock: ClockId, anew: ScheduleOf) -> Iterator[tuple[ClockStep, bool]]:
    """The version's steps for a clock that has measured before, and whether they lie ahead."""
    sla = sla_of(story.pipe, clock)
    if sla is None:
        return
    planned = answer(story.facts.schedules, anew)
    # Outside the calendar of reminders also what has passed seems to lie ahead.
    plain = answer(story.facts.schedules, replace(anew, quiet=None))
    for step, bare in zip(steps_of(sla, planned), steps_of(sla, plain), strict=True):
        yield step, bare.at > story.facts.as_of


def _settle(story: Story, name: ClockId, planned: Schedule) -> None:
    """Lets a clock stand still or go on that the version has measure otherwise."""
    clock = story.card.clocks[name]
    reason = why_still(story.pipe, story.card, clock, story.data())
    if reason is not None and not clock.stands_still:
        left = ClockPaused(clock=name, remaining_seconds=planned.left, reason=reason)
        story.happens(left)
    elif reason is None and clock.stands_still:
        story.happens(ClockResumed(clock=name, deadline=planned.deadline, steps=clock.steps))


def _begin_new_ones(
    story: Story,
    before: tuple[CompiledPipe, Card],
    known: set[ClockId],
    plan: MigrationPlan,
) -> None:
    """Starts what the version measures, and the one before did not or the plan names."""
    old, was = before
    for name, kind in _expected(story.pipe, story.card):
        earlier = phase_clock(was.stay.phase) if kind == "phase" else name
        named = earlier in plan.clocks or name in plan.clocks
        was_measured = bool(_beginnings(old, was, earlier, kind))
        how = treatment(plan, earlier, name)
        if name in known or how == "dropped" or (was_measured and not named):
            continue
        question = _beginning(story.pipe, story.card, name, kind, story.data())
        if question is None:
            continue
        if how == "recomputed":
            _start_earlier(story, name, kind, question)
        else:
            _start(story, name, kind, question)


def _start_earlier(story: Story, name: ClockId, kind: ClockKind, question: ScheduleOf) -> None:
    since = _since(story.card, kind)
    anew = replace(question, measured=(since,))
    planned = answer(story.facts.schedules, anew)
    steps = tuple(step for step, is_ahead in _steps_anew(story, name, anew) if is_ahead)
    story.happens(_started(name, kind, question, planned, steps=steps, since=since))
    _settle(story, name, planned)


def _started(
    clock: ClockId,
    kind: ClockKind,
    question: ScheduleOf,
    planned: Schedule,
    *,
    steps: tuple[ClockStep, ...],
    since: Instant | None = None,
) -> ClockStarted:
    return ClockStarted(
        clock=clock,
        clock_kind=kind,
        target=question.target,
        deadline=planned.deadline,
        calendar=question.calendar,
        quiet=question.quiet,
        seconds=planned.seconds,
        steps=steps,
        since=since,
    )


def _set_timers(story: Story, plan: MigrationPlan) -> None:
    """Sets the timers that begin, or begin again; one that is dropped is not set."""
    waiting = {timer.transition for timer in story.card.stay.timers}
    for way in _timed(story.pipe, story.card.stay.phase):
        how = treatment(plan, timer_name(way.id))
        if way.id in waiting or how == "dropped":
            continue
        question = _timer_question(story.pipe, story.card, way, how)
        if isinstance(question, ScheduleOf):
            due = answer(story.facts.schedules, question).deadline
        else:
            due = answer(story.facts.deadlines, question)
        story.happens(TimerSet(transition=way.id, due=due))
