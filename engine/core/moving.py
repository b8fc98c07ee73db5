"""Moves: somebody takes a transition or asks for it, and what happens by itself.

What stands against a move is in `gates`, what it brings along in `entering`.
"""

from engine.core.actors import ENGINE
from engine.core.approvals import request
from engine.core.card import Card
from engine.core.commands import MoveCard, PassTimer
from engine.core.entering import questions_entering, take
from engine.core.events import TimerPassed
from engine.core.facts import Question
from engine.core.gates import find_transition, reasons_against_comment, reasons_against_move
from engine.core.reasons import Reason
from engine.core.rights import reasons_against_deed
from engine.core.seen import references
from engine.core.stages import questions_requesting
from engine.core.story import Story
from engine.core.values import children_of, finished, questions_values, write_values
from pipes.definition import Transition
from pipes.forms import CompiledPipe
from pipes.identifiers import TransitionId

MOST_AUTOMATIC_MOVES = 16


# --- what has to be known -------------------------------------------------------------------------


def questions_move(pipe: CompiledPipe, card: Card, wish: MoveCard) -> set[Question]:
    """What has to be known before the move can be decided."""
    asked = questions_values(pipe, wish.values) | questions_children(pipe, card)
    transition = find_transition(pipe.definition, card, wish)
    if isinstance(transition, Transition):
        asked |= questions_taking(pipe, card, transition)
    return asked


def questions_taking(pipe: CompiledPipe, card: Card, transition: Transition) -> set[Question]:
    """What has to be known before the transition is taken, or its approval asked for."""
    if transition.approval is not None:
        return questions_requesting(pipe.definition, card.stay.phase, card.values, transition)
    return questions_entering(pipe, card, transition.target)


def questions_following(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known because a change may let the card move by itself."""
    asked: set[Question] = set()
    for way in pipe.definition.transitions_from[card.stay.phase]:
        if _moves_by_itself(way, card):
            asked |= questions_taking(pipe, card, way) | questions_children(pipe, card)
    return asked


def questions_timer(pipe: CompiledPipe, card: Card, wish: PassTimer) -> set[Question]:
    """What has to be known when a timed transition may happen from now on."""
    transition = pipe.definition.transitions_by_id.get(wish.transition)
    asked = questions_children(pipe, card)
    if transition is not None:
        asked |= questions_taking(pipe, card, transition)
    return asked


def questions_children(pipe: CompiledPipe, card: Card) -> set[Question]:
    """The connected cards that rules may look at."""
    asked: set[Question] = set()
    for name in pipe.connections:
        named = references(card.values.get(name))
        if named:
            asked.add(children_of(pipe, name, named))
    return asked


# --- the commands ---------------------------------------------------------------------------------


def decide_move(story: Story, wish: MoveCard) -> None:
    """Stores the values sent along, and takes the transition if nothing stands against it; or
    asks for the approval that it waits for.
    """
    card = story.card
    story.against(reasons_against_deed("see", story.command.actor, story.facts.actor, card))
    if story.reasons:
        return
    if card.life.status != "open":
        story.against([finished(card)])
        return
    found = find_transition(story.pipe.definition, card, wish)
    if isinstance(found, Reason):
        story.against([found])
        return
    write_values(story, wish.values)
    story.against(
        reasons_against_move(
            story.pipe,
            story.card,
            found,
            actor=story.command.actor,
            facts=story.facts,
            data=story.data(),
        )
    )
    story.against(reasons_against_comment(found, wish.comment))
    if not story.reasons:
        set_out(story, found, (wish.comment or "").strip() or None)


def set_out(story: Story, transition: Transition, comment: str | None) -> None:
    """Takes the transition, or asks for its approval."""
    if transition.approval is not None:
        request(story, transition, comment)
    else:
        take(story, transition, comment)


def decide_pass_timer(story: Story, wish: PassTimer) -> None:
    """Lets a timed transition happen from now on; what it requires is looked at afterwards."""
    for timer in story.card.stay.timers:
        due = timer.at <= story.facts.as_of and not timer.passed
        if timer.transition == wish.transition and due and story.card.life.status == "open":
            story.happens(TimerPassed(transition=timer.transition))


def follow_by_itself(story: Story) -> None:
    """Takes the transitions that happen by themselves, one after the other, while any may."""
    for _ in range(MOST_AUTOMATIC_MOVES):
        way = _next_by_itself(story)
        if way is None:
            return
        set_out(story, way, None)


def _next_by_itself(story: Story) -> Transition | None:
    card = story.card
    if card.life.status != "open" or card.life.hold is not None:
        return None
    candidates = [
        way
        for way in story.pipe.definition.transitions_from[card.stay.phase]
        if _moves_by_itself(way, card)
    ]
    if not candidates:
        return None
    data = story.data()
    for way in candidates:
        if not reasons_against_move(
            story.pipe, card, way, actor=ENGINE, facts=story.facts, data=data
        ):
            return way
    return None


def _moves_by_itself(way: Transition, card: Card) -> bool:
    """Whether it may happen by itself. Approval for it is asked for once during a stay."""
    if way.approval is not None and way.id in card.stay.asked:
        return False
    if way.after is not None:
        return _has_passed(card, way.id)
    return way.automatic


def _has_passed(card: Card, transition: TransitionId) -> bool:
    return any(timer.transition == transition and timer.passed for timer in card.stay.timers)
