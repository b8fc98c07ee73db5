"""Requests that wait for approval, handoffs that wait to be accepted, clocks reckoned anew."""

from fastapi import APIRouter

from api.problems import Problem
from api.routes.answers import problems
from api.routes.cards import Sender
from api.routes.schemas import CardShown, WithReason
from api.routes.waiting_schemas import HandoffAnswer, NewDecision
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    RecomputeClocks,
    RejectRequest,
    ReturnHandoff,
    WithdrawRequest,
)
from pipes.identifiers import StageId, UserId

router = APIRouter(tags=["cards"])

_PROBLEMS = problems(404, 409)


@router.post("/cards/{card}/approvals/{stage}", summary="Decide", responses=_PROBLEMS)
async def decide_stage(stage: str, body: NewDecision, sender: Sender) -> CardShown:
    """Approves or rejects the pending request; the last approval moves the card."""
    behalf = UserId(body.on_behalf_of) if body.on_behalf_of else None
    if body.decision == "approve":
        wish = ApproveRequest(comment=body.comment, stage=StageId(stage), in_name_of=behalf)
        return await sender.send(wish)
    return await sender.send(
        RejectRequest(comment=body.comment or "", stage=StageId(stage), in_name_of=behalf)
    )


@router.delete("/cards/{card}/pending", summary="Withdraw the request", responses=_PROBLEMS)
async def withdraw_request(sender: Sender) -> CardShown:
    """Takes the pending request back."""
    return await sender.send(WithdrawRequest())


@router.post("/cards/{card}/handoff", summary="Accept or return", responses=_PROBLEMS)
async def answer_handoff(body: HandoffAnswer, sender: Sender) -> CardShown:
    """Takes the card over for the team, or sends it back to where it came from."""
    if body.decision == "accept":
        if body.reason is not None:
            raise Problem(422, "invalid_request", "`reason` goes with `return`.")
        return await sender.send(AcceptHandoff(checked=tuple(body.checklist)))
    return await sender.send(ReturnHandoff(reason=body.reason or ""))


@router.post("/cards/{card}/clocks", summary="Reckon clocks anew", responses=_PROBLEMS)
async def recompute_clocks(body: WithReason, sender: Sender) -> CardShown:
    """Reckons the running clocks anew from their beginnings, with calendar and target as now."""
    return await sender.send(RecomputeClocks(reason=body.reason))
