"""Handoffs: a card arrives from another team, somebody is picked, and it waits to be accepted."""

from engine.core.clock_names import HANDOFF_CLOCK
from engine.core.clocks import start_clock
from engine.core.events import CardAssigned
from engine.core.facts import NextOf, Question, ScheduleOf, answer
from engine.core.handoff_events import HandoffBegun, HandoffQueued
from engine.core.story import Story
from pipes.definition import Definition, HandoffRule, Phase
from pipes.identifiers import PhaseId, TeamId


def hands_over(definition: Definition, source: PhaseId, target: PhaseId) -> bool:
    """Whether a card that goes this way has to be accepted by another team."""
    phase = definition.phase(target)
    return (
        phase.handoff is not None
        and phase.team is not None
        and phase.team != definition.phase(source).team
    )


def questions_handing_over(definition: Definition, phase: Phase) -> set[Question]:
    """What has to be known before a handoff into the phase can begin."""
    if phase.handoff is None or phase.team is None:
        return set()
    asked: set[Question] = {_next_of(phase.team, phase.handoff)}
    if phase.handoff.accept_within is not None:
        asked.add(_time_to_accept(definition, phase.id, phase.handoff))
    return asked


def begin_handoff(story: Story, source: PhaseId) -> None:
    """The card has just arrived from `source`: it waits for the phase's team."""
    definition = story.pipe.definition
    phase = definition.phase(story.card.stay.phase)
    if phase.handoff is None or phase.team is None:
        return
    before = story.card.work.assignees
    story.happens(HandoffBegun(source=source, team=phase.team, assignees=before))
    _pick(story, phase.team, phase.handoff)
    if phase.handoff.accept_within is not None:
        question = _time_to_accept(definition, phase.id, phase.handoff)
        start_clock(story, HANDOFF_CLOCK, "handoff", question)


def _pick(story: Story, team: TeamId, rule: HandoffRule) -> None:
    """Gives the card to whom the rule picks; if nobody of the team is there, says so."""
    there = answer(story.facts.next_ones, _next_of(team, rule))
    before = story.card.work.assignees
    chosen = before if rule.assign == "keep" else ()
    if there is not None and rule.assign in ("round_robin", "least_loaded"):
        chosen = (there,)
    if chosen != before:
        story.happens(CardAssigned(assignees=chosen, before=before))
    if there is None and not chosen:
        story.happens(HandoffQueued(team=team))


def _next_of(team: TeamId, rule: HandoffRule) -> NextOf:
    if rule.assign == "round_robin" or rule.assign == "least_loaded":  # noqa: PLR1714 -- types
        return NextOf(team=team, by=rule.assign)
    return NextOf(team=team, by="anybody")


def _time_to_accept(definition: Definition, phase: PhaseId, rule: HandoffRule) -> ScheduleOf:
    return ScheduleOf(calendar=definition.calendar_of(phase), target=str(rule.accept_within))
