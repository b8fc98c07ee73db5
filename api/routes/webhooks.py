"""Webhooks: which addresses are told of which events, their secrets, stopping and resuming them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api import webhooks
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.people import Member
from api.webhooks import SeenEndpoint, seen_endpoint, seen_endpoints
from engine.runtime.outside import LONGEST_URL
from engine.store.endpoints import Endpoint
from engine.webhooks import LONGEST_DESCRIPTION, EndpointWish
from pipes.identifiers import PipeId

router = APIRouter(tags=["webhooks"])

WebhookPath = Annotated[Text, Path(alias="webhook", max_length=100, description="Its id.")]
Url = Annotated[Text, Field(min_length=1, max_length=LONGEST_URL, description="Where to post.")]
Description = Annotated[Text, Field(max_length=LONGEST_DESCRIPTION, description="What it is for.")]
Types = Annotated[
    list[Annotated[Text, Field(max_length=60)]],
    Field(
        max_length=100, description="The types of events that it hears of; all if there is none."
    ),
]


class NewWebhook(Body):
    """An address that is to be told of events, of one pipe or of all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://example.com/hooks",
                    "pipe": "product-lifecycle",
                    "types": ["card.created", "card.moved"],
                }
            ]
        }
    )
    url: Url
    description: Description = ""
    pipe: Annotated[Text, Field(max_length=100)] | None = None
    types: Types = Field(default_factory=list)


class WebhookChanges(Body):
    """What is to be changed; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"types": ["card.done"]}]})
    url: Url | None = None
    description: Description | None = None
    types: Types | None = None


class WebhookShown(BaseModel):
    """An address that is told of events.

    `origin` is `admin`, or `definition` where a pipe's automation names it. Nothing is sent while
    `stopped_at` is set; what comes meanwhile waits. `failing_since` is when attempts began to fail.
    """

    id: str
    origin: str
    url: str
    description: str
    pipe: str | None
    types: list[str]
    created_at: datetime
    stopped_at: datetime | None
    stopped_because: str | None
    failing_since: datetime | None
    waiting: int
    failed: int


class WebhookMade(WebhookShown):
    """A webhook with the secret that signs what it is told, which is shown this once."""

    secret: str


class WebhookList(BaseModel):
    """Webhooks, the oldest first."""

    items: list[WebhookShown]
    next_cursor: None = None


class SecretMade(BaseModel):
    """A new secret, shown this once. The one before signs beside it for a day."""

    secret: str


@router.get("/webhooks", summary="Webhooks", responses=problems())
async def list_webhooks(services: Has, person: Member) -> WebhookList:
    """The webhooks that the caller looks after: all for admins, else those of the own pipes."""
    return WebhookList(items=[_shown(each) for each in await seen_endpoints(services, person)])


@router.post("/webhooks", status_code=201, summary="Add a webhook", responses=problems())
async def add_webhook(body: NewWebhook, services: Has, person: Member) -> WebhookMade:
    """Adds a webhook after the Standard Webhooks specification."""
    wish = EndpointWish(url=body.url, description=body.description, types=tuple(body.types))
    pipe = None if body.pipe is None else PipeId(body.pipe)
    endpoint, secret = await webhooks.added(services, person, pipe, wish, "api")
    return WebhookMade(**_fresh(endpoint).model_dump(), secret=secret)


@router.get("/webhooks/{webhook}", summary="One webhook", responses=problems(404))
async def read_webhook(webhook: WebhookPath, services: Has, person: Member) -> WebhookShown:
    """A webhook, and how much of what it is told waits or was given up."""
    return _shown(await seen_endpoint(services, person, webhook))


@router.patch("/webhooks/{webhook}", summary="Change a webhook", responses=problems(404, 409))
async def change_webhook(
    webhook: WebhookPath, body: WebhookChanges, services: Has, person: Member
) -> WebhookShown:
    """Changes a webhook; what waits goes to where it leads now."""
    seen = await seen_endpoint(services, person, webhook)
    known = seen.endpoint
    wish = EndpointWish(
        url=known.url if body.url is None else body.url,
        description=known.description if body.description is None else body.description,
        types=known.types if body.types is None else tuple(body.types),
    )
    changed = await webhooks.changed(services, person, known, wish, "api")
    return _shown(SeenEndpoint(endpoint=changed, counts=seen.counts))


@router.delete(
    "/webhooks/{webhook}", status_code=204, summary="Remove a webhook", responses=problems(404, 409)
)
async def remove_webhook(webhook: WebhookPath, services: Has, person: Member) -> Response:
    """Removes a webhook with everything that was sent to it; what waits is not sent any more."""
    seen = await seen_endpoint(services, person, webhook)
    await webhooks.removed(services, person, seen.endpoint, "api")
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook}/secret", summary="Replace its secret", responses=problems(404, 409)
)
async def replace_secret(webhook: WebhookPath, services: Has, person: Member) -> SecretMade:
    """Makes a new secret; for a day both sign, so that the receiver can change over."""
    seen = await seen_endpoint(services, person, webhook)
    secret = await webhooks.secret_replaced(services, person, seen.endpoint, "api")
    return SecretMade(secret=secret)


@router.post("/webhooks/{webhook}/stop", summary="Stop a webhook", responses=problems(404))
async def stop_webhook(webhook: WebhookPath, services: Has, person: Member) -> WebhookShown:
    """Sends nothing more there, until it is resumed; what comes meanwhile waits."""
    seen = await seen_endpoint(services, person, webhook)
    await webhooks.stopped(services, person, seen.endpoint, "api")
    return _shown(await seen_endpoint(services, person, webhook))


@router.post("/webhooks/{webhook}/resume", summary="Resume a webhook", responses=problems(404))
async def resume_webhook(webhook: WebhookPath, services: Has, person: Member) -> WebhookShown:
    """Sends there again, at once and in order what has waited."""
    seen = await seen_endpoint(services, person, webhook)
    await webhooks.resumed(services, person, seen.endpoint, "api")
    return _shown(await seen_endpoint(services, person, webhook))


def _fresh(endpoint: Endpoint) -> WebhookShown:
    return _shown(SeenEndpoint(endpoint=endpoint, counts={}))


def _shown(seen: SeenEndpoint) -> WebhookShown:
    endpoint = seen.endpoint
    return WebhookShown(
        id=endpoint.id,
        origin=endpoint.origin,
        url=endpoint.url,
        description=endpoint.description,
        pipe=endpoint.pipe,
        types=list(endpoint.types),
        created_at=endpoint.created_at,
        stopped_at=endpoint.stopped_at,
        stopped_because=endpoint.stopped_because,
        failing_since=endpoint.failing_since,
        waiting=seen.counts.get("waiting", 0),
        failed=seen.counts.get("failed", 0),
    )
