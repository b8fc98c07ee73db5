"""Who works on a card: assigning it, and taking it oneself."""

from engine.core.acceptance import reasons_against_claiming
from engine.core.commands import AssignCard, ClaimCard
from engine.core.events import CardAssigned
from engine.core.facts import Question, StandingOf, answer
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_deed
from engine.core.story import Story
from engine.core.values import finished
from pipes.identifiers import UserId

MOST_ASSIGNEES = 50


def questions_assign(wish: AssignCard) -> set[Question]:
    """What has to be known before the card can be assigned: who these people are."""
    return {StandingOf(user=person) for person in wish.assignees[: MOST_ASSIGNEES + 1]}


def decide_assign(story: Story, wish: AssignCard) -> None:
    """Makes these people the assignees."""
    card = story.card
    story.against(reasons_against_deed("assign", story.command.actor, story.facts.actor, card))
    if card.life.status != "open":
        story.against([finished(card)])
    people = tuple(dict.fromkeys(wish.assignees))
    if len(people) > MOST_ASSIGNEES:
        message = f"A card has at most {MOST_ASSIGNEES} assignees; here are {len(people)}."
        story.against([Reason(code=ReasonCode.TOO_LONG, message=message)])
        return
    for person in people:
        if answer(story.facts.people, StandingOf(user=person)) is None:
            message = f"There is nobody called “{person[:60]}” in this pipe."
            story.against([Reason(code=ReasonCode.UNKNOWN_PERSON, message=message)])
    if not story.reasons and people != card.work.assignees:
        story.happens(CardAssigned(assignees=people, before=card.work.assignees))


def decide_claim(story: Story, _: ClaimCard) -> None:
    """Assigns the card to who asks."""
    card, standing = story.card, story.facts.actor
    definition = story.pipe.definition
    story.against(reasons_against_claiming(definition, card, story.command.actor, story.facts))
    if card.life.status != "open":
        story.against([finished(card)])
    if standing is not None and standing.user in card.work.assignees:
        message = "The card is yours already."
        story.against([Reason(code=ReasonCode.ALREADY_YOURS, message=message)])
    if not story.reasons and standing is not None:
        assignees: tuple[UserId, ...] = (*card.work.assignees, standing.user)
        story.happens(CardAssigned(assignees=assignees, before=card.work.assignees))
