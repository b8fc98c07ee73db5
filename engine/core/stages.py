"""A round of approvers as it stands: who may decide, how many it takes, and what comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Literal, assert_never

from engine.core.actors import Standing
from engine.core.addressees import ADMINS, people_behind, questions_people
from engine.core.card import Card, Request
from engine.core.commands import Values
from engine.core.facts import Facts, Question, ScheduleOf
from pipes.definition import (
    Approval,
    ApprovalStage,
    Definition,
    Need,
    NeedCount,
    NeedPercent,
    Transition,
)
from pipes.identifiers import PhaseId, UserId
from pipes.quick import quick

type Verdict = Literal["open", "approved", "rejected", "too_few"]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How a round stands.

    Attributes:
        eligible: Who may decide now.
        undecided: Those of them who have not.
        needed: How many approvals it takes.
        verdict: What comes of it; `too_few` if fewer people remain than are needed.
    """

    eligible: frozenset[UserId]
    undecided: frozenset[UserId]
    approvals: int
    rejections: int
    needed: int
    verdict: Verdict


def stage_of(approval: Approval, request: Request) -> ApprovalStage | None:
    """The round that is open."""
    return next((stage for stage in approval.stages if stage.id == request.stage), None)


def questions_stages(
    definition: Definition, values: Values, approval: Approval, stages: Iterable[ApprovalStage]
) -> set[Question]:
    """What has to be known before it can be told who may decide in these rounds."""
    named = [
        ADMINS,
        *approval.exclude,
        *(each for stage in stages for each in (*stage.by, *stage.escalate_to)),
    ]
    return questions_people(definition, values, named)


def questions_requesting(
    definition: Definition, phase: PhaseId, values: Values, transition: Transition
) -> set[Question]:
    """What has to be known before approval can be asked for in a phase: of the first round."""
    if transition.approval is None:
        return set()
    first = transition.approval.stages[:1]
    asked = questions_stages(definition, values, transition.approval, first)
    return asked | questions_deadlines(definition, phase, first)


def questions_deadlines(
    definition: Definition, phase: PhaseId, stages: Iterable[ApprovalStage]
) -> set[Question]:
    """What has to be known before the clocks of these rounds can start."""
    asked = (time_to_decide(definition, phase, stage) for stage in stages)
    return {question for question in asked if question is not None}


def time_to_decide(
    definition: Definition, phase: PhaseId, stage: ApprovalStage
) -> ScheduleOf | None:
    """The question about a round's deadline, if it has one."""
    if stage.deadline is None:
        return None
    return ScheduleOf(calendar=definition.calendar_of(phase), target=str(stage.deadline))


def tally(
    definition: Definition,
    card: Card,
    facts: Facts,
    *,
    request: Request,
    approval: Approval,
    stage: ApprovalStage,
) -> Tally:
    """How the round stands at the moment of the facts.

    A decision stays when who made it leaves the team; `need` is reckoned from those who may decide
    and those who have. An escalated round is content with all whom it can reach.
    """
    eligible = eligible_people(
        definition, card, facts, request=request, approval=approval, stage=stage
    )
    decided = {each.in_name_of: each.approves for each in request.decisions}
    undecided = eligible - decided.keys()
    approvals = sum(decided.values())
    rejections = len(decided) - approvals
    everybody = len(eligible | decided.keys())
    needed = _needed(stage.need, everybody)
    if request.is_escalated:
        needed = max(1, min(needed, everybody))
    return Tally(
        eligible=eligible,
        undecided=undecided,
        approvals=approvals,
        rejections=rejections,
        needed=needed,
        verdict=_verdict(approval, approvals, rejections, len(undecided), needed),
    )


def eligible_people(
    definition: Definition,
    card: Card,
    facts: Facts,
    *,
    request: Request,
    approval: Approval,
    stage: ApprovalStage,
) -> frozenset[UserId]:
    """Who may decide in the round at the moment of the facts.

    Where an escalation reaches nobody, the pipe's admins decide: no request hangs for ever.
    """
    named = (*stage.by, *(stage.escalate_to if request.is_escalated else ()))
    excluded = excluded_people(definition, card, request, approval, facts)
    people = people_behind(definition, card, facts, named, request.requester) - excluded
    if people or not request.is_escalated:
        return people
    return people_behind(definition, card, facts, (ADMINS,)) - excluded


def excluded_people(
    definition: Definition, card: Card, request: Request, approval: Approval, facts: Facts
) -> frozenset[UserId]:
    """Who may not decide, whoever else they are, and in nobody's name."""
    return people_behind(definition, card, facts, approval.exclude, request.requester)


def decides_for(standing: Standing, state: Tally, request: Request) -> tuple[UserId, ...]:
    """In whose names a person who is not excluded may decide, their own first.

    Each person decides once: who has decided in one name may only change that.
    """
    mine = standing.user
    for decision in request.decisions:
        if decision.by == mine:
            return (decision.in_name_of,)
    own = (mine,) if mine in state.eligible else ()
    others = sorted(person for person in standing.acts_for & state.undecided if person not in own)
    return (*own, *others)


def need_in_words(need: Need) -> str:
    """How many approvals a round takes, as authored: `2`, `all`, `majority`, `60%`."""
    match need:
        case NeedCount(count=count):
            return str(count)
        case NeedPercent(percent=percent):
            return f"{percent:g}%"
        case word:
            return word


def _needed(need: Need, people: int) -> int:
    match need:
        case NeedCount(count=count):
            return max(1, count)
        case NeedPercent(percent=percent):
            return max(1, ceil(round(percent * people / 100, 9)))
        case "all":
            return max(1, people)
        case "majority":
            return people // 2 + 1
        case _ as unknown:
            assert_never(unknown)


def _verdict(
    approval: Approval, approvals: int, rejections: int, undecided: int, needed: int
) -> Verdict:
    if rejections and approval.reject == "any":
        return "rejected"
    if approvals >= needed:
        return "approved"
    if approvals + undecided >= needed:
        return "open"
    return "rejected" if approvals + undecided + rejections >= needed else "too_few"
