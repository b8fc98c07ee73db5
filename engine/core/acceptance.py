"""Accepting a card that another team has handed over, or sending it back."""

from engine.core.actors import Actor
from engine.core.card import Card, Handoff
from engine.core.clocks import start_phase_clock, stop_waiting
from engine.core.commands import AcceptHandoff, ReturnHandoff
from engine.core.entering import enter, leave, questions_entering, questions_standing_in
from engine.core.events import CardAssigned
from engine.core.facts import Facts, Question
from engine.core.handoff_events import HandoffAccepted, HandoffReturned
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_deed
from engine.core.story import Story
from engine.core.values import finished, reasons_against_text
from pipes.definition import Definition, HandoffRule
from pipes.forms import CompiledPipe
from pipes.identifiers import UserId


def questions_accept(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the card can be accepted: its clock may begin now."""
    return set() if card.handoff is None else questions_standing_in(pipe, card, card.stay.phase)


def questions_return(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before the card can go back."""
    if card.handoff is None:
        return set()
    return questions_entering(pipe, card, card.handoff.source)


def decide_accept(story: Story, wish: AcceptHandoff) -> None:
    """Somebody of the team takes the card over."""
    found = _waiting(story)
    if found is None:
        return
    handoff, rule = found
    story.against(_reasons_against_checklist(rule, wish))
    if story.reasons:
        return
    checked = tuple(point for point in rule.checklist if point in wish.checked)
    story.happens(HandoffAccepted(team=handoff.team, checked=checked))
    _take_over(story)
    stop_waiting(story)
    if rule.clock == "acceptance":
        start_phase_clock(story)


def decide_return(story: Story, wish: ReturnHandoff) -> None:
    """Somebody of the team sends the card back, and says why."""
    found = _waiting(story)
    story.against(reasons_against_text(wish.reason, "A reason"))
    if found is None:
        return
    handoff, rule = found
    if not rule.return_to_sender:
        message = "A card cannot be returned from here; accept it, or speak to who sent it."
        story.against([Reason(code=ReasonCode.CANNOT_RETURN, message=message)])
    if story.reasons:
        return
    source = story.card.stay.phase
    leave(story)
    story.happens(HandoffReturned(source=source, target=handoff.source, reason=wish.reason.strip()))
    enter(story)


def reasons_against_accepting(definition: Definition, card: Card, facts: Facts) -> list[Reason]:
    """Why the actor of the facts may not accept or return the card; empty if they may."""
    handoff, standing = card.handoff, facts.actor
    if handoff is None:
        message = "The card does not wait to be accepted."
        return [Reason(code=ReasonCode.NO_HANDOFF, message=message)]
    team = definition.teams.get(handoff.team, handoff.team)
    if standing is not None and (
        standing.is_pipe_admin
        or handoff.team in standing.teams | standing.leads
        or standing.user in kept_by(definition, card)
    ):
        return []
    message = f"The team {team} accepts the card, or returns it."
    return [Reason(code=ReasonCode.NOT_ALLOWED, message=message)]


def kept_by(definition: Definition, card: Card) -> tuple[UserId, ...]:
    """Those who kept a card that waits to be accepted, and so accept it whatever their team.

    Who was given it only since then is none of them: nobody gets around the team that way.
    """
    rule = definition.phase(card.stay.phase).handoff
    if card.handoff is None or rule is None or rule.assign != "keep":
        return ()
    return tuple(each for each in card.work.assignees if each in card.handoff.assignees)


def reasons_against_claiming(
    definition: Definition, card: Card, actor: Actor, facts: Facts
) -> list[Reason]:
    """Why the actor of the facts may not take the card: what waits in a queue is its team's."""
    reasons = reasons_against_deed("claim", actor, facts.actor, card)
    if not reasons and card.handoff is not None:
        reasons = reasons_against_accepting(definition, card, facts)
    return reasons


def _waiting(story: Story) -> tuple[Handoff, HandoffRule] | None:
    card = story.card
    story.against(reasons_against_deed("accept", story.command.actor, story.facts.actor, card))
    if story.reasons:
        return None
    if card.life.status != "open":
        story.against([finished(card)])
        return None
    definition = story.pipe.definition
    story.against(reasons_against_accepting(definition, card, story.facts))
    if card.life.hold is not None:
        message = f"The card is on hold: {card.life.hold.reason}"
        story.against([Reason(code=ReasonCode.ON_HOLD, message=message)])
    rule = definition.phase(card.stay.phase).handoff
    if card.handoff is None or rule is None:
        return None
    return card.handoff, rule


def _reasons_against_checklist(rule: HandoffRule, wish: AcceptHandoff) -> list[Reason]:
    return [
        Reason(code=ReasonCode.CHECKLIST_OPEN, message=f"Not ticked yet: {point}.")
        for point in rule.checklist
        if point not in wish.checked
    ]


def _take_over(story: Story) -> None:
    """Who accepts has the card, unless somebody was there already to whom it was given."""
    standing, work = story.facts.actor, story.card.work
    if standing is None or standing.user in work.assignees:
        return
    rule = story.pipe.definition.phase(story.card.stay.phase).handoff
    if rule is not None and rule.assign == "keep" and work.assignees:
        return
    story.happens(CardAssigned(assignees=(standing.user,), before=work.assignees))
