"""What is done in place on a card that waits: deciding, withdrawing, accepting and returning."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a form says to a card that waits; `attempt` keeps what was typed, `done` says it."""

    wish: Wish
    attempt: Attempt
    done: str
    draft: str


def deciding(form: FormData, stage: str) -> Answer:
    """An approval or a rejection of a request's stage."""
    comment, name = typed_text(form, "comment"), typed_text(form, "in_name_of")
    behalf = UserId(name) if name else None
    approves = typed_text(form, "decision") == "approve"
    wish: Wish = (
        ApproveRequest(comment=comment or None, stage=StageId(stage), in_name_of=behalf)
        if approves
        else RejectRequest(comment=comment, stage=StageId(stage), in_name_of=behalf)
    )
    return Answer(
        wish=wish,
        attempt=Attempt(decision_comment=comment),
        done="You approved" if approves else "You rejected",
        draft="approval",
    )


def answering(form: FormData) -> Answer:
    """Taking a card over for the team, or sending it back."""
    if typed_text(form, "decision") == "return":
        reason = typed_text(form, "reason")
        return Answer(
            wish=ReturnHandoff(reason=reason),
            attempt=Attempt(return_reason=reason),
            done="You returned",
            draft="return",
        )
    checked = tuple(each for each in form.getlist("checked") if isinstance(each, str))
    return Answer(
        wish=AcceptHandoff(checked=checked),
        attempt=Attempt(checked=checked),
        done="You accepted",
        draft="accept",
    )


@router.post("/cards/{card}/approvals/{stage}")
async def decide_stage(
    card: str, stage: str, request: Request, services: Has, person: Member
) -> Response:
    """Approves or rejects the pending request."""
    answer = deciding(await request.form(), stage)
    return await _send(card, answer, request, services, person)


@router.post("/cards/{card}/handoff")
async def answer_handoff(card: str, request: Request, services: Has, person: Member) -> Response:
    """Takes the card over for the team, or sends it back."""
    return await _send(card, answering(await request.form()), request, services, person)


@router.post("/cards/{card}/pending")
async def withdraw_request(card: str, request: Request, services: Has, person: Member) -> Response:
    """Takes the pending request back."""
    seen = await seen_card(services, person, card)
    said = "The request is withdrawn."
    return await carry_out(services, request, person, seen, WithdrawRequest(), said)


async def _send(
    card: str, answer: Answer, request: Request, services: Has, person: Member
) -> Response:
    seen = await seen_card(services, person, card)
    key = seen.card.identity.key
    return await carry_out(
        services,
        request,
        person,
        seen,
        answer.wish,
        f"{answer.done} {key}.",
        attempt=answer.attempt,
        draft=f"{answer.draft}:{key}",
    )
