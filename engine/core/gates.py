"""What stands against a move: the one judgement that decisions, explanations and pages ask for."""

from collections.abc import Iterable

from engine.core.actors import Actor, Standing
from engine.core.card import Card
from engine.core.commands import MoveCard
from engine.core.facts import Facts, RoomIn, answer
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import addresses_any, in_words, reasons_against_deed
from engine.core.values import reasons_missing
from pipes.definition import Definition, Phase, Transition
from pipes.forms import CompiledPipe, RuleData, look
from pipes.identifiers import FieldId, TransitionId
from pipes.rules import Rule, failing_leaves, names_used

LONGEST_COMMENT = 20_000


def questions_room(phase: Phase) -> set[RoomIn]:
    """What has to be known before a card may enter a phase that is to hold only so many."""
    limit = phase.wip_limit
    if limit is None:
        return set()
    return {RoomIn(phase=phase.id, limit=limit.cards, enforce=limit.enforce)}


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
    reasons = list(reasons_against_taking(pipe.definition, card, transition, actor, facts.actor))
    reasons += _reasons_waiting(pipe.definition, card, transition)
    reasons += reasons_against_leaving(pipe, card, transition, data)
    for guard in transition.when:
        if not guard.rule.holds(data):
            leaves = failing_leaves(guard.rule.tree, pipe.scope, data)
            wanted = "; ".join(leaf.wanted for leaf in leaves)
            found = "; ".join(leaf.found for leaf in leaves if leaf.found)
            if _looks_at_confidential(pipe.definition, guard.rule):
                found = ""  # Everybody who sees the card may read it.
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
    if transition.approval is None:
        target = pipe.definition.phase(transition.target)
        reasons += reasons_against_entering(target, facts, transition.id)
    return reasons


def _looks_at_confidential(definition: Definition, rule: Rule) -> bool:
    named = (name.split(".") for name in names_used(rule.tree))
    fields = (definition.fields.get(FieldId(parts[1])) for parts in named if parts[0] == "fields")
    return any(field is not None and field.confidential for field in fields)


def _reasons_waiting(
    definition: Definition, card: Card, transition: Transition
) -> Iterable[Reason]:
    """What the card waits for: the end of a hold, a decision, a team that accepts it."""
    if card.life.hold is not None:
        message = f"The card is on hold: {card.life.hold.reason}"
        yield Reason(code=ReasonCode.ON_HOLD, message=message, transition=transition.id)
    if card.pending is not None:
        asked = definition.transition(card.pending.transition).label
        yield Reason(
            code=ReasonCode.REQUEST_PENDING,
            message=f"“{asked}” waits for approval; it can be withdrawn.",
            transition=transition.id,
        )
    if card.handoff is not None:
        team = definition.teams.get(card.handoff.team, card.handoff.team)
        yield Reason(
            code=ReasonCode.HANDOFF_WAITING,
            message=f"The team {team} has to accept the card first, or return it.",
            transition=transition.id,
        )


def reasons_against_taking(
    definition: Definition,
    card: Card | None,
    transition: Transition,
    actor: Actor,
    standing: Standing | None,
) -> Iterable[Reason]:
    """Why the actor may not take the transition, whatever else stands against the move.

    Without a card, what somebody is only to a card does not count: its creator, its assignees.
    """
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


def reasons_against_entering(
    phase: Phase, facts: Facts, transition: TransitionId | None = None
) -> list[Reason]:
    """Whether a phase has room. A request that waits for approval needs none before its end."""
    return [
        Reason(
            code=ReasonCode.PHASE_FULL,
            message=f"{phase.name} is full: {cards} of {question.limit} cards.",
            transition=transition,
        )
        for question, cards in crowds(phase, facts)
        if question.enforce == "block"
    ]


def crowds(phase: Phase, facts: Facts) -> list[tuple[RoomIn, int]]:
    """The limit that one more card would break, with how many there are."""
    return [
        (question, room.cards)
        for question in questions_room(phase)
        for room in [answer(facts.rooms, question)]
        if not room.granted
    ]


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
