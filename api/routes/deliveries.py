"""Deliveries: what was sent to whom, how each attempt went, and sending it once more."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api import webhooks
from api.routes.answers import Cursor, Limit, decode_cursor, encode_cursor, instant_in, problems
from api.routes.models import Text
from api.routes.webhooks import WebhookPath
from api.services import Has
from api.signin.people import Member
from api.webhooks import SeenDelivery, seen_delivery, seen_endpoint
from engine.store import deliveries
from engine.store.deliveries import Attempt, Delivery, Wanted

router = APIRouter(tags=["webhooks"])

DeliveryPath = Annotated[Text, Path(alias="delivery", max_length=100, description="Its id.")]
InState = Annotated[
    Literal["waiting", "sent", "failed"] | None, Query(description="Only those in this state.")
]


class AttemptShown(BaseModel):
    """One attempt: when, how long it took, what was answered, and why it was no success."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None
    answer: str
    failure: str | None


class DeliveryShown(BaseModel):
    """Something that leaves the system; `id` is what its receiver knows it by."""

    id: str
    kind: str
    webhook: str | None
    pipe: str
    card: str
    sequence: int
    about: str
    target: str
    automation: str | None
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


class DeliveryDetails(DeliveryShown):
    """A delivery with what is sent and every attempt; secrets are left out."""

    content: dict[str, Any] | None
    history: list[AttemptShown]


class DeliveryPage(BaseModel):
    """A page of deliveries, the newest first."""

    items: list[DeliveryShown]
    next_cursor: str | None = None


@router.get(
    "/webhooks/{webhook}/deliveries", summary="What a webhook was told", responses=problems(404)
)
async def list_deliveries(
    webhook: WebhookPath,
    services: Has,
    person: Member,
    state: InState = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DeliveryPage:
    """Deliveries to a webhook, the newest first."""
    seen = await seen_endpoint(services, person, webhook)
    before = None
    if cursor is not None:
        at, delivery = decode_cursor(cursor, (str, str))
        before = (instant_in(at), str(delivery))
    async with services.database.reading() as connection:
        found = await deliveries.listed(
            connection,
            Wanted(endpoint=seen.endpoint.id, state=state),
            limit=limit + 1,
            before=before,
        )
    items = found[:limit]
    more = len(found) > limit
    return DeliveryPage(
        items=[_shown(each) for each in items],
        next_cursor=encode_cursor(items[-1].created_at.isoformat(), items[-1].id) if more else None,
    )


@router.get("/deliveries/{delivery}", summary="One delivery", responses=problems(404))
async def read_delivery(delivery: DeliveryPath, services: Has, person: Member) -> DeliveryDetails:
    """What is sent, and how each attempt went."""
    return _details(await seen_delivery(services, person, delivery))


@router.post(
    "/deliveries/{delivery}/replay", summary="Send it once more", responses=problems(404, 409)
)
async def replay_delivery(delivery: DeliveryPath, services: Has, person: Member) -> DeliveryDetails:
    """Sends a delivery that has ended once more, under its id."""
    seen = await seen_delivery(services, person, delivery)
    await webhooks.replayed(services, person, seen.delivery, "api")
    return _details(await seen_delivery(services, person, delivery))


def _details(seen: SeenDelivery) -> DeliveryDetails:
    content = seen.delivery.content
    return DeliveryDetails(
        **_shown(seen.delivery).model_dump(),
        content=None if content is None else dict(content),
        history=[_attempt(each) for each in seen.attempts],
    )


def _shown(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(
        id=delivery.id,
        kind=delivery.kind,
        webhook=delivery.endpoint,
        pipe=delivery.pipe,
        card=delivery.card,
        sequence=delivery.sequence,
        about=delivery.about,
        target=delivery.target,
        automation=delivery.cause or None,
        state=delivery.state,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        next_at=delivery.next_at,
        ended_at=delivery.ended_at,
    )


def _attempt(attempt: Attempt) -> AttemptShown:
    return AttemptShown(
        number=attempt.number,
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        status=attempt.status,
        answer=attempt.answer,
        failure=attempt.failure,
    )
