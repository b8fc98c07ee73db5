"""Moves: taking a transition, by somebody or by itself, and everything that stands against it.

A transition's approval is not asked for yet: `decide_move` moves at once.
"""

from collections.abc import Iterable

from engine.core.actors import ENGINE, Actor, Standing
from engine.core.card import Card
from engine.core.clocks import (
    PIPE_CLOCK,
    phase_clock,
    questions_starting,
    start_phase_clock,
    stop_clocks,
)
from engine.core.commands import MoveCard, PassTimer
from engine.core.events import CardCancelled, CardDone, CardMoved, TimerPassed, TimerSet
from engine.core.facts import ChildrenOf, DeadlineOf, Facts, Question, RoomIn, answer
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import addresses_any, in_words, reasons_against_deed
from engine.core.story import Story
from engine.core.values import finished, questions_values, reasons_missing, write_values
from pipes.definition import Definition, Phase, Transition
from pipes.forms import CompiledPipe, RuleData, connections, look
from pipes.identifiers import PhaseId, TransitionId
from pipes.rules import failing_leaves

MOST_AUTOMATIC_MOVES = 16
LONGEST_COMMENT = 20_000


# --- what has to be known -------------------------------------------------------------------------


def questions_move(pipe: CompiledPipe, card: Card, wish: MoveCard) -> set[Question]:
    """What has to be known before the move can be decided."""
    asked = questions_values(pipe, wish.values) | questions_children(pipe, card)
    transition = find_transition(pipe.definition, card, wish)
    if isinstance(transition, Transition):
        asked |= questions_entering(pipe, transition.target)
    return asked


def questions_entering(pipe: CompiledPipe, phase: PhaseId) -> set[Question]:
    """What has to be known before a card may enter a phase, and whatever follows by itself."""
    asked: set[Question] = set()
    for name in _reachable_by_itself(pipe.definition, phase):
        entered = pipe.definition.phase(name)
        asked |= questions_starting(entered.sla)
        asked |= _questions_room(entered)
        asked |= {
            DeadlineOf(calendar=pipe.definition.calendar_of(name), target=str(way.after))
            for way in pipe.definition.transitions_from[name]
            if way.after is not None
        }
    return asked


def questions_following(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known because a change may let the card move by itself."""
    asked: set[Question] = set()
    for way in pipe.definition.transitions_from[card.stay.phase]:
        if _moves_by_itself(way, card):
            asked |= questions_entering(pipe, way.target)
    return asked


def questions_children(pipe: CompiledPipe, card: Card) -> set[Question]:
    """The connected cards that rules may look at."""
    asked: set[Question] = set()
    for name in connections(pipe.definition):
        value = card.values.get(name)
        if isinstance(value, list | tuple):
            asked.add(ChildrenOf(connection=name, cards=tuple(str(each) for each in value)))
    return asked


def _questions_room(phase: Phase) -> set[Question]:
    if phase.wip_limit is None or phase.wip_limit.enforce != "block":
        return set()
    return {RoomIn(phase=phase.id, limit=phase.wip_limit.cards)}


def _reachable_by_itself(definition: Definition, phase: PhaseId) -> set[PhaseId]:
    found, ahead = {phase}, [phase]
    while ahead:
        for way in definition.transitions_from[ahead.pop()]:
            if way.automatic and way.after is None and way.target not in found:
                found.add(way.target)
                ahead.append(way.target)
    return found


# --- the commands ---------------------------------------------------------------------------------


def decide_move(story: Story, wish: MoveCard) -> None:
    """Stores the values sent along, and takes the transition if nothing stands against it."""
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
        comment = wish.comment.strip() if wish.comment and wish.comment.strip() else None
        take(story, found, comment)


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
        take(story, way, None)


def take(story: Story, transition: Transition, comment: str | None) -> None:
    """Moves the card, with what leaving and entering a phase bring along."""
    source = story.card.stay.phase
    stop_clocks(story, [phase_clock(source)])
    story.happens(
        CardMoved(
            transition=transition.id, source=source, target=transition.target, comment=comment
        )
    )
    enter(story)


def enter(story: Story) -> None:
    """What entering the phase in which the card now stands brings along."""
    phase = story.pipe.definition.phase(story.card.stay.phase)
    if phase.final is not None:
        stop_clocks(story, [PIPE_CLOCK])
        story.happens(CardDone() if phase.final == "done" else CardCancelled())
        return
    start_phase_clock(story)
    calendar = story.pipe.definition.calendar_of(phase.id)
    for way in story.pipe.definition.transitions_from[phase.id]:
        if way.after is not None:
            question = DeadlineOf(calendar=calendar, target=str(way.after))
            due = answer(story.facts.deadlines, question)
            story.happens(TimerSet(transition=way.id, due=due))


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
    if way.after is not None:
        return any(timer.transition == way.id and timer.passed for timer in card.stay.timers)
    return way.automatic


# --- what stands against a move -------------------------------------------------------------------


def find_transition(definition: Definition, card: Card, wish: MoveCard) -> Transition | Reason:
    """The transition that is meant: named itself, or by the phase that just one leads to."""
    leaving = definition.transitions_from[card.stay.phase]
    if wish.transition is not None:
        return _named(definition, leaving, wish.transition)
    target = wish.to
    if target is None or target not in definition.phases_by_id:
        message = f"The pipe has no phase “{str(target or '')[:80]}”."
        return Reason(code=ReasonCode.UNKNOWN_PHASE, message=message)
    ways = [way for way in leaving if way.target == target]
    here, there = definition.phase(card.stay.phase).name, definition.phase(target).name
    if not ways:
        message = f"No way leads from {here} to {there}."
        return Reason(code=ReasonCode.NO_SUCH_WAY, message=message)
    if len(ways) > 1:
        names = ", ".join(f"“{way.label}” ({way.id})" for way in ways)
        message = f"More than one way leads from {here} to {there}: choose one of {names}."
        return Reason(code=ReasonCode.AMBIGUOUS_WAY, message=message)
    return ways[0]


def _named(
    definition: Definition, leaving: Iterable[Transition], name: TransitionId
) -> Transition | Reason:
    for way in leaving:
        if way.id == name:
            return way
    known = definition.transitions_by_id.get(name)
    if known is None:
        message = f"The pipe has no transition “{name[:80]}”."
        return Reason(code=ReasonCode.UNKNOWN_TRANSITION, message=message, transition=name)
    sources = " or ".join(definition.phase(phase).name for phase in known.sources)
    message = f"“{known.label}” leads away from {sources}, and the card is not there."
    return Reason(code=ReasonCode.NO_SUCH_WAY, message=message, transition=name)


def reasons_against_move(
    pipe: CompiledPipe,
    card: Card,
    transition: Transition,
    *,
    actor: Actor,
    facts: Facts,
    data: RuleData,
) -> list[Reason]:
    """Every reason against the move at this moment, but for its comment; empty if it may be made.

    Decisions and explanations both ask here, so that they can never differ.
    """
    reasons = list(_reasons_against_actor(pipe.definition, card, transition, actor, facts.actor))
    if card.life.hold is not None:
        message = f"The card is on hold: {card.life.hold.reason}"
        reasons.append(Reason(code=ReasonCode.ON_HOLD, message=message, transition=transition.id))
    reasons += reasons_against_leaving(pipe, card, transition, data)
    for guard in transition.when:
        if not guard.rule.holds(data):
            leaves = failing_leaves(guard.rule.tree, pipe.scope, data)
            wanted = "; ".join(leaf.wanted for leaf in leaves)
            found = "; ".join(leaf.found for leaf in leaves if leaf.found)
            said = f"{wanted[:1].upper()}{wanted[1:]}."
            detail = f"{wanted} – {found}" if found else wanted
            reasons.append(
                Reason(
                    code=ReasonCode.CONDITION,
                    message=guard.otherwise or f"Not yet: {said}",
                    transition=transition.id,
                    detail=detail,
                )
            )
    reasons += _reasons_against_room(pipe.definition.phase(transition.target), transition, facts)
    return reasons


def _reasons_against_actor(
    definition: Definition,
    card: Card,
    transition: Transition,
    actor: Actor,
    standing: Standing | None,
) -> Iterable[Reason]:
    if actor.kind in ("automation", "engine"):
        return
    if not transition.by:
        yield from reasons_against_deed("move", actor, standing, card)
        return
    if standing is not None and addresses_any(transition.by, standing, card):
        return
    allowed = in_words(definition, transition.by)
    yield Reason(
        code=ReasonCode.NOT_ALLOWED,
        message=f"“{transition.label}” can be done by {allowed}.",
        transition=transition.id,
    )


def reasons_against_leaving(
    pipe: CompiledPipe, card: Card, transition: Transition, data: RuleData
) -> list[Reason]:
    """What the form of the card's phase still asks for; nothing of a card that is given up."""
    if pipe.definition.phase(transition.target).final == "cancelled":
        return []
    shape = look(pipe, pipe.form(card.stay.phase), data)
    return list(reasons_missing(pipe, shape, card.values, transition.id))


def _reasons_against_room(phase: Phase, transition: Transition, facts: Facts) -> Iterable[Reason]:
    for question in _questions_room(phase):
        if not isinstance(question, RoomIn):
            continue
        room = answer(facts.rooms, question)
        if not room.granted:
            yield Reason(
                code=ReasonCode.PHASE_FULL,
                message=f"{phase.name} is full: {room.cards} of {question.limit} cards.",
                transition=transition.id,
            )


def reasons_against_comment(transition: Transition, comment: str | None) -> Iterable[Reason]:
    """Whether the transition wants a comment, and what was given fits."""
    given = (comment or "").strip()
    if transition.comment == "required" and not given:
        yield Reason(
            code=ReasonCode.COMMENT_REQUIRED,
            message=f"“{transition.label}” needs a comment.",
            transition=transition.id,
        )
    if transition.comment == "none" and given:
        yield Reason(
            code=ReasonCode.COMMENT_NOT_WANTED,
            message=f"“{transition.label}” takes no comment.",
            transition=transition.id,
        )
    if len(given) > LONGEST_COMMENT:
        yield Reason(
            code=ReasonCode.TOO_LONG,
            message=f"A comment has at most {LONGEST_COMMENT} characters.",
            transition=transition.id,
        )
