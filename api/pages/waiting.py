"""What is done in place on a card that waits: deciding, withdrawing, accepting and returning."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.cards import seen_card
from api.pages.card import carry_out, typed_text
from api.pages.card_context import Attempt
from api.services import Has
from api.signin.people import Member
from engine.core.commands import (
    AcceptHandoff,
    ApproveRequest,
    RejectRequest,
    ReturnHandoff,
    Wish,
    WithdrawRequest,
)
from pipes.identifiers import StageId, UserId

router = APIRouter()


@router.post("/cards/{card}/approvals/{stage}")
async def decide_stage(
    card: str, stage: str, request: Request, services: Has, person: Member
) -> Response:
    """Approves or rejects the pending request."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    comment, name = typed_text(form, "comment"), typed_text(form, "in_name_of")
    behalf = UserId(name) if name else None
    approves = typed_text(form, "decision") == "approve"
    wish: Wish = (
        ApproveRequest(comment=comment or None, stage=StageId(stage), in_name_of=behalf)
        if approves
        else RejectRequest(comment=comment, stage=StageId(stage), in_name_of=behalf)
    )
    key = seen.card.identity.key
    said = f"You approved {key}." if approves else f"You rejected {key}."
    attempt = Attempt(decision_comment=comment)
    return await carry_out(
        services, request, person, seen, wish, said, attempt=attempt, draft=f"approval:{key}"
    )


@router.post("/cards/{card}/pending")
async def withdraw_request(card: str, request: Request, services: Has, person: Member) -> Response:
    """Takes the pending request back."""
    seen = await seen_card(services, person, card)
    said = "The request is withdrawn."
    return await carry_out(services, request, person, seen, WithdrawRequest(), said)


@router.post("/cards/{card}/handoff")
async def answer_handoff(card: str, request: Request, services: Has, person: Member) -> Response:
    """Takes the card over for the team, or sends it back."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    key = seen.card.identity.key
    if typed_text(form, "decision") == "return":
        reason = typed_text(form, "reason")
        return await carry_out(
            services,
            request,
            person,
            seen,
            ReturnHandoff(reason=reason),
            f"{key} was returned.",
            attempt=Attempt(return_reason=reason),
            draft=f"return:{key}",
        )
    checked = tuple(each for each in form.getlist("checked") if isinstance(each, str))
    wish = AcceptHandoff(checked=checked)
    attempt = Attempt(checked=checked)
    said = f"{key} is accepted."
    return await carry_out(services, request, person, seen, wish, said, attempt=attempt)
