"""How events change the request of a card that waits for approval."""

from typing import assert_never

from engine.core.approval_events import (
    ApprovalEvent,
    ApprovalGiven,
    ApprovalRefused,
    ApprovalRequested,
    DecisionsVoided,
    RequestApproved,
    RequestRejected,
    RequestReturned,
    RequestWithdrawn,
    StageEscalated,
    StageOpened,
    StagePassed,
)
from engine.core.card import Card, Decision, PassedStage, Request
from engine.core.events import Event
from pipes.identifiers import TransitionId, UserId
from pipes.quick import replace


def request_after(card: Card, event: Event, body: ApprovalEvent) -> Card:
    """The card after something happened to its request."""
    match body:
        case ApprovalRequested(transition=transition, comment=comment):
            asked = (*card.stay.asked, transition)
            return replace(
                card,
                stay=replace(card.stay, asked=asked),
                pending=_begun(event, transition, comment),
            )
        case RequestApproved() | RequestRejected() | RequestReturned() | RequestWithdrawn():
            return replace(card, pending=None)
        case (
            StageOpened()
            | ApprovalGiven()
            | ApprovalRefused()
            | StageEscalated()
            | StagePassed()
            | DecisionsVoided()
        ) as going:
            if card.pending is None:
                return card
            return replace(card, pending=_going(card.pending, event, going))
        case _ as unknown:
            assert_never(unknown)


def _begun(event: Event, transition: TransitionId, comment: str | None) -> Request:
    return Request(
        transition=transition, requester=event.actor, requested_at=event.at, comment=comment
    )


def _going(
    request: Request,
    event: Event,
    body: StageOpened
    | ApprovalGiven
    | ApprovalRefused
    | StageEscalated
    | StagePassed
    | DecisionsVoided,
) -> Request:
    match body:
        case StageOpened(stage=stage, need=need, approvers=approvers):
            return replace(
                request,
                stage=stage,
                need=need,
                approvers=approvers,
                stage_opened_at=event.at,
                decisions=(),
                is_escalated=False,
            )
        case ApprovalGiven(in_name_of=person, comment=comment):
            return _decided(request, event, person, approves=True, comment=comment)
        case ApprovalRefused(in_name_of=person, comment=comment):
            return _decided(request, event, person, approves=False, comment=comment)
        case StageEscalated(approvers=approvers):
            return replace(request, is_escalated=True, approvers=approvers)
        case StagePassed(stage=stage):
            done = PassedStage(stage=stage, decisions=request.decisions)
            return replace(request, stage=None, decisions=(), passed=(*request.passed, done))
        case DecisionsVoided():
            return replace(request, stage=None, decisions=(), passed=())
        case _ as unknown:
            assert_never(unknown)


def _decided(
    request: Request, event: Event, person: UserId, *, approves: bool, comment: str | None
) -> Request:
    decision = Decision(
        in_name_of=person,
        by=UserId(event.actor.id),
        approves=approves,
        at=event.at,
        comment=comment,
    )
    others = tuple(each for each in request.decisions if each.in_name_of != person)
    return replace(request, decisions=(*others, decision))
