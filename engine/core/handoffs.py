"""Handoffs: a card arrives from another team, somebody is picked, and it waits to be accepted."""

from engine.core.card import Card
from engine.core.clock_names import HANDOFF_CLOCK
from engine.core.clocks import start_clock
from engine.core.commands import OfferHandoff
from engine.core.events import CardAssigned
from engine.core.facts import AbsentAmong, NextOf, Question, ScheduleOf, answer
from engine.core.handoff_events import HandoffBegun, HandoffOffered, HandoffQueued
from engine.core.reasons import Reason, ReasonCode
from engine.core.story import Story
from pipes.definition import Definition, HandoffRule, Phase
from pipes.forms import CompiledPipe
from pipes.identifiers import PhaseId, TeamId, UserId


def hands_over(definition: Definition, source: PhaseId, target: PhaseId) -> bool:
    """Whether a card that goes this way has to be accepted by another team."""
    phase = definition.phase(target)
    return (
        phase.handoff is not None
        and phase.team is not None
        and phase.team != definition.phase(source).team
    )


# --- beginning ------------------------------------------------------------------------------------


def questions_handing_over(
    definition: Definition, phase: Phase, assignees: tuple[UserId, ...]
) -> set[Question]:
    """What has to be known before a handoff into the phase can begin."""
    if phase.handoff is None or phase.team is None:
        return set()
    asked: set[Question] = {_next_of(phase.team, phase.handoff)}
    if phase.handoff.assign == "keep" and assignees:
        asked.add(AbsentAmong(people=assignees))
    if phase.handoff.accept_within is not None:
        asked.add(time_to_accept(definition, phase.id, phase.handoff))
    return asked


def begin_handoff(story: Story, source: PhaseId) -> None:
    """The card has just arrived from `source`: it waits for the phase's team."""
    definition = story.pipe.definition
    phase = definition.phase(story.card.stay.phase)
    if phase.handoff is None or phase.team is None:
        return
    before = story.card.work.assignees
    story.happens(HandoffBegun(source=source, team=phase.team, assignees=before))
    kept = _kept(story, before) if phase.handoff.assign == "keep" else ()
    there = answer(story.facts.next_ones, _next_of(phase.team, phase.handoff))
    _offer(story, kept or _picked(phase.handoff, there))
    is_forsaken = phase.handoff.assign == "keep" and bool(before)
    if not story.card.work.assignees and (there is None or is_forsaken):
        story.happens(HandoffQueued(team=phase.team))
    if phase.handoff.accept_within is not None:
        question = time_to_accept(definition, phase.id, phase.handoff)
        start_clock(story, HANDOFF_CLOCK, "handoff", question)


def _kept(story: Story, assignees: tuple[UserId, ...]) -> tuple[UserId, ...]:
    """Those of the assignees who stay; who is away is passed over."""
    if not assignees:
        return ()
    absent = answer(story.facts.absent, AbsentAmong(people=assignees))
    return tuple(person for person in assignees if person not in absent)


def _picked(rule: HandoffRule, there: UserId | None) -> tuple[UserId, ...]:
    """Whom the rule gives the card to, of those who are there."""
    picks = rule.assign in ("round_robin", "least_loaded")
    return (there,) if picks and there is not None else ()


def _offer(story: Story, people: tuple[UserId, ...]) -> None:
    before = story.card.work.assignees
    if people != before:
        story.happens(CardAssigned(assignees=people, before=before))


# --- when people go or come back ------------------------------------------------------------------


def questions_offering(pipe: CompiledPipe, card: Card) -> set[Question]:
    """What has to be known before a waiting handoff can be offered anew."""
    rule = pipe.definition.phase(card.stay.phase).handoff
    if card.handoff is None or rule is None:
        return set()
    asked: set[Question] = {_next_of(card.handoff.team, rule)}
    if card.work.assignees:
        asked.add(_absence(card, card.handoff.team, rule))
    return asked


def decide_offer(story: Story, _: OfferHandoff) -> None:
    """Offers a waiting handoff anew if nobody is left of those to whom it was offered.

    The rule picks somebody else; without one, or with nobody there, the card falls back into the
    team's queue. Once somebody is there again, they are offered what waits in it.
    """
    card = story.card
    rule = story.pipe.definition.phase(card.stay.phase).handoff
    if card.handoff is None or rule is None or card.life.status != "open":
        message = "The card does not wait to be accepted."
        story.against([Reason(code=ReasonCode.NO_HANDOFF, message=message)])
        return
    team, given, was_queued = card.handoff.team, card.work.assignees, card.handoff.is_queued
    if given and set(answer(story.facts.absent, _absence(card, team, rule))) < set(given):
        return
    there = answer(story.facts.next_ones, _next_of(team, rule))
    picked = _picked(rule, there)
    forsaken = there is None or (rule.assign == "keep" and (bool(given) or was_queued))
    if not given and not picked and was_queued == forsaken:
        return  # It waits as it did.
    if not forsaken:
        story.happens(HandoffOffered(team=team))
    _offer(story, picked)
    if forsaken:
        story.happens(HandoffQueued(team=team))


def _absence(card: Card, team: TeamId, rule: HandoffRule) -> AbsentAmong:
    """Who of the assignees is not there; those who are kept may be of any team."""
    return AbsentAmong(people=card.work.assignees, team=None if rule.assign == "keep" else team)


def _next_of(team: TeamId, rule: HandoffRule) -> NextOf:
    if rule.assign == "round_robin" or rule.assign == "least_loaded":  # noqa: PLR1714 -- types
        return NextOf(team=team, by=rule.assign)
    return NextOf(team=team, by="anybody")


def time_to_accept(definition: Definition, phase: PhaseId, rule: HandoffRule) -> ScheduleOf:
    """The question until when the card has to be accepted."""
    return ScheduleOf(calendar=definition.calendar_of(phase), target=str(rule.accept_within))
