"""Taking a transition: what leaving a phase and entering the next bring along."""

from engine.core.card import Card
from engine.core.clock_names import PIPE_CLOCK, phase_clock
from engine.core.clocks import (
    questions_entering_again,
    questions_leaving,
    questions_starting,
    start_phase_clock,
    stop_clocks,
    stop_waiting,
)
from engine.core.commands import Values
from engine.core.events import CardCancelled, CardDone, CardMoved, LimitExceeded, TimerSet
from engine.core.facts import DeadlineOf, Question, answer
from engine.core.gates import crowds, questions_room
from engine.core.handoffs import begin_handoff, hands_over, questions_handing_over
from engine.core.stages import questions_requesting
from engine.core.story import Story
from engine.core.values import fill_in_defaults
from pipes.definition import Definition, Transition
from pipes.forms import CompiledPipe
from pipes.identifiers import PhaseId


def questions_entering(
    pipe: CompiledPipe, card: Card | None, phase: PhaseId, written: Values | None = None
) -> set[Question]:
    """What has to be known before a card may enter a phase, and whatever follows by itself.

    Args:
        written: The values of a card that is yet to be created.
    """
    values = card.values if card is not None else written or {}
    assignees = card.work.assignees if card is not None else ()
    asked = set[Question]() if card is None else questions_leaving(pipe, card)
    for name in _reachable_by_itself(pipe.definition, phase):
        entered = pipe.definition.phase(name)
        asked |= questions_standing_in(pipe, card, name)
        asked |= questions_room(entered)
        asked |= questions_handing_over(pipe.definition, entered, assignees)
        for way in pipe.definition.transitions_from[name]:
            if way.automatic and way.after is None:
                asked |= questions_requesting(pipe.definition, name, values, way)
    return asked


def questions_standing_in(pipe: CompiledPipe, card: Card | None, phase: PhaseId) -> set[Question]:
    """What has to be known before the clock and the timers of a phase can be started."""
    definition = pipe.definition
    sla = definition.phase(phase).sla
    asked = questions_starting(sla)
    if card is not None:
        asked |= questions_entering_again(card, sla, phase_clock(phase))
    asked |= {
        DeadlineOf(calendar=definition.calendar_of(phase), target=str(way.after))
        for way in definition.transitions_from[phase]
        if way.after is not None
    }
    return asked


def _reachable_by_itself(definition: Definition, phase: PhaseId) -> set[PhaseId]:
    found, ahead = {phase}, [phase]
    while ahead:
        for way in definition.transitions_from[ahead.pop()]:
            if way.automatic and way.after is None and way.target not in found:
                found.add(way.target)
                ahead.append(way.target)
    return found


def take(story: Story, transition: Transition, comment: str | None) -> None:
    """Moves the card along a transition."""
    go(story, transition, transition.target, comment)


def go(story: Story, transition: Transition, target: PhaseId, comment: str | None) -> None:
    """Moves the card to a phase because of a transition: its target, or where a rejection leads."""
    source = story.card.stay.phase
    leave(story)
    story.happens(
        CardMoved(transition=transition.id, source=source, target=target, comment=comment)
    )
    if hands_over(story.pipe.definition, source, target):
        begin_handoff(story, source)
    enter(story)


def leave(story: Story) -> None:
    """Stops what measures the stay that ends."""
    stop_clocks(story, [phase_clock(story.card.stay.phase)])
    stop_waiting(story)


def enter(story: Story) -> None:
    """What entering the phase in which the card now stands brings along."""
    definition = story.pipe.definition
    phase = definition.phase(story.card.stay.phase)
    for room, others in crowds(phase, story.facts):
        story.happens(LimitExceeded(phase=phase.id, limit=room.limit, cards=others + 1))
    if phase.final is not None:
        stop_clocks(story, [PIPE_CLOCK])
        story.happens(CardDone() if phase.final == "done" else CardCancelled())
        return
    fill_in_defaults(story)
    waiting = phase.handoff if story.card.handoff is not None else None
    if waiting is None or waiting.clock == "arrival":
        start_phase_clock(story)
    calendar = definition.calendar_of(phase.id)
    for way in definition.transitions_from[phase.id]:
        if way.after is not None:
            question = DeadlineOf(calendar=calendar, target=str(way.after))
            due = answer(story.facts.deadlines, question)
            story.happens(TimerSet(transition=way.id, due=due))
