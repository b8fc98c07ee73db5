"""One card: as it is, why it is there, and every command."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.administering import require_token
from api.cards import (
    accepted,
    command_key,
    explained,
    published_pipe,
    seen_card,
    send,
    sound_due,
    standing_in,
)
from api.problems import Problem
from api.routes.answers import IdempotencyKey, IfMatch, problems, seen_version, tag
from api.routes.schemas import (
    CardChanges,
    CardShown,
    NewAssignees,
    NewCard,
    NewComment,
    NewMove,
    Reopening,
    RunningClockShown,
    TransitionShown,
    TransitionsShown,
    Upcoming,
    WayOutShown,
    WithReason,
    shown_card,
    shown_reason,
)
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import user
from engine.core.authorization import deed_of
from engine.core.commands import (
    AddComment,
    AssignCard,
    CancelCard,
    ClaimCard,
    EditCard,
    HoldCard,
    MoveCard,
    ReopenCard,
    ResumeCard,
    Wish,
)
from engine.core.rights import hidden_fields
from pipes.identifiers import FieldId, JsonValue, PhaseId, PipeId, TransitionId, UserId

router = APIRouter(tags=["cards"])


@router.post(
    "/pipes/{pipe}/cards",
    status_code=201,
    summary="Create a card",
    responses=problems(404, 409),
)
async def create_card(
    pipe: str,
    body: NewCard,
    services: Has,
    person: Member,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> CardShown:
    """Creates a card from the start form."""
    require_token(person, "create")
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    outcome = await services.gateway.create(
        PipeId(pipe),
        key=command_key(person, idempotency_key),
        actor=user(UserId(person.id)),
        values=_values(body.fields),
    )
    done = accepted(outcome)
    response.headers["Location"] = f"/api/v1/cards/{done.card.identity.key}"
    tag(response, done.card.version)
    hidden = hidden_fields(published.pipe.definition, standing, done.card)
    return shown_card(done.card, hidden, recorded=done.recorded)


@router.get("/cards/{card}", summary="A card", responses=problems(404))
async def read_card(card: str, services: Has, person: Member, response: Response) -> CardShown:
    """A card, by its id or its key."""
    seen = await seen_card(services, person, card)
    tag(response, seen.card.version)
    return shown_card(seen.card, seen.hidden)


@router.get("/cards/{card}/transitions", summary="Why, and what next", responses=problems(404))
async def transitions(card: str, services: Has, person: Member) -> TransitionsShown:
    """Why the card is where it is; every transition with all that stands against it."""
    seen = await seen_card(services, person, card)
    explanation = await explained(services, seen)
    return TransitionsShown(
        situation=explanation.situation,
        transitions=[
            TransitionShown(
                id=way.transition,
                label=way.label,
                to=way.target,
                allowed=way.allowed,
                reasons=[shown_reason(reason) for reason in way.reasons],
                comment=way.comment,
                who=way.who,
                by_itself=way.by_itself,
            )
            for way in explanation.transitions
        ],
        ways_out=[
            WayOutShown(what=way.what, who=way.who, people=list(way.people))
            for way in explanation.ways_out
        ],
        upcoming=[Upcoming(at=coming.at, what=coming.what) for coming in explanation.upcoming],
        clocks=[
            RunningClockShown(
                id=clock.id,
                name=clock.name,
                state=clock.state,
                deadline=clock.deadline,
                still_because=clock.still_because,
                opens_at=clock.opens_at,
            )
            for clock in explanation.clocks
        ],
    )


# --- commands -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSender:
    """What every command on a card needs of its request."""

    card: str
    response: Response
    services: Services
    person: SignedIn
    key: str | None
    if_match: str | None

    async def send(self, wish: Wish) -> CardShown:
        """Sends the command; the card as it is then.

        Raises:
            Problem: The rules say no, the card is not there, or the request is not sound.
        """
        deed = deed_of(wish)
        require_token(self.person, deed)
        version = seen_version(self.if_match)
        key = command_key(self.person, self.key)
        seen = await seen_card(self.services, self.person, self.card, to=deed)
        outcome = await send(
            self.services,
            self.person,
            seen.card.identity.id,
            wish,
            key=key,
            seen_version=version,
        )
        done = accepted(
            outcome,
            lambda: shown_card(outcome.card or seen.card, seen.hidden).model_dump(mode="json"),
        )
        tag(self.response, done.card.version)
        return shown_card(done.card, seen.hidden, recorded=done.recorded)


async def _sender(
    card: str,
    response: Response,
    services: Has,
    person: Member,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CommandSender:
    return CommandSender(
        card=card,
        response=response,
        services=services,
        person=person,
        key=idempotency_key,
        if_match=if_match,
    )


Sender = Annotated[CommandSender, Depends(_sender)]
_PROBLEMS = problems(404, 409)


@router.patch("/cards/{card}", summary="Write fields", responses=_PROBLEMS)
async def edit_card(body: CardChanges, sender: Sender) -> CardShown:
    """Writes fields, due date, priority and labels."""
    due: tuple[datetime | None] | None = None
    if "due_at" in body.model_fields_set:
        due = (None if body.due_at is None else sound_due(body.due_at),)
    return await sender.send(
        EditCard(
            values=_values(body.fields),
            due=due,
            priority=body.priority,
            labels=None if body.labels is None else tuple(body.labels),
        )
    )


@router.post("/cards/{card}/moves", summary="Move a card", responses=_PROBLEMS)
async def move_card(body: NewMove, sender: Sender) -> CardShown:
    """Takes a transition; values sent along are stored first, in the same step."""
    if (body.transition is None) == (body.to is None):
        raise Problem(422, "invalid_request", "Name either `transition` or `to`.")
    return await sender.send(
        MoveCard(
            transition=TransitionId(body.transition) if body.transition else None,
            to=PhaseId(body.to) if body.to else None,
            values=_values(body.fields),
            comment=body.comment,
        )
    )


@router.put("/cards/{card}/assignees", summary="Assign a card", responses=_PROBLEMS)
async def assign_card(body: NewAssignees, sender: Sender) -> CardShown:
    """Makes these people the assignees."""
    return await sender.send(AssignCard(assignees=tuple(map(UserId, body.assignees))))


@router.post("/cards/{card}/claim", summary="Take a card", responses=_PROBLEMS)
async def claim_card(sender: Sender) -> CardShown:
    """Assigns the card to the caller."""
    return await sender.send(ClaimCard())


@router.post("/cards/{card}/hold", summary="Put a card on hold", responses=_PROBLEMS)
async def hold_card(body: WithReason, sender: Sender) -> CardShown:
    """Puts the card on hold; its clocks pause."""
    return await sender.send(HoldCard(reason=body.reason))


@router.post("/cards/{card}/resume", summary="Take a card off hold", responses=_PROBLEMS)
async def resume_card(sender: Sender) -> CardShown:
    """Takes the card off hold; its clocks go on."""
    return await sender.send(ResumeCard())


@router.post("/cards/{card}/cancel", summary="Cancel a card", responses=_PROBLEMS)
async def cancel_card(body: WithReason, sender: Sender) -> CardShown:
    """Ends the card without finishing it."""
    return await sender.send(CancelCard(reason=body.reason))


@router.post("/cards/{card}/reopen", summary="Reopen a card", responses=_PROBLEMS)
async def reopen_card(body: Reopening, sender: Sender) -> CardShown:
    """Brings a finished card back into a phase that is not final."""
    target = PhaseId(body.to) if body.to else None
    return await sender.send(ReopenCard(reason=body.reason, to=target))


@router.post("/cards/{card}/comments", summary="Comment on a card", responses=_PROBLEMS)
async def comment_on_card(body: NewComment, sender: Sender) -> CardShown:
    """Writes a comment; `@id` mentions a person."""
    return await sender.send(AddComment(text=body.text))


def _values(fields: Mapping[str, JsonValue]) -> Mapping[FieldId, JsonValue]:
    return {FieldId(name): value for name, value in fields.items()}
