"""Secrets of pipes: kept under a name for webhooks and requests, and never shown again."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api.administering import require_token
from api.cards import published_pipe
from api.problems import not_found
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.people import Member
from api.webhooks import by, require_manager
from engine.store import secrets
from engine.store.secrets import KeptSecret
from engine.webhooks import LONGEST_SECRET, keep_secret, remove_secret
from pipes.identifiers import PipeId

router = APIRouter(tags=["webhooks"])

PipePath = Annotated[Text, Path(alias="pipe", max_length=100, description="The pipe's id.")]
NamePath = Annotated[
    Text,
    Path(
        alias="name",
        pattern=r"^[A-Za-z0-9_-]+$",
        max_length=200,
        description="The name by which the definition calls it.",
    ),
]


class NewSecret(Body):
    """What is to be kept."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]}
    )
    secret: Annotated[Text, Field(min_length=1, max_length=LONGEST_SECRET)]


class SecretShown(BaseModel):
    """A secret without what it says. Until `former_until` the one before it is valid, too."""

    name: str
    changed_by: str
    changed_at: datetime
    former_until: datetime | None


class SecretList(BaseModel):
    """A pipe's secrets, by name."""

    items: list[SecretShown]
    next_cursor: None = None


@router.get("/pipes/{pipe}/secrets", summary="A pipe's secrets", responses=problems(404))
async def list_secrets(pipe: PipePath, services: Has, person: Member) -> SecretList:
    """Which secrets are kept for a pipe; what they say is never told."""
    require_token(person, "manage_webhooks")
    await published_pipe(services, pipe)
    await require_manager(services, person, PipeId(pipe))
    async with services.database.reading() as connection:
        found = await secrets.listed(connection, pipe)
    return SecretList(items=[_shown(each) for each in found])


@router.put(
    "/pipes/{pipe}/secrets/{name}",
    status_code=204,
    summary="Keep a secret",
    responses=problems(404),
)
async def put_secret(
    pipe: PipePath, name: NamePath, body: NewSecret, services: Has, person: Member
) -> Response:
    """Keeps a secret; one of the same name goes on signing beside it for a day."""
    require_token(person, "manage_webhooks")
    await published_pipe(services, pipe)
    await require_manager(services, person, PipeId(pipe))
    sealed = services.sealer().seal(body.secret)
    async with services.database.writing() as connection:
        await keep_secret(connection, PipeId(pipe), name, sealed, by(person, "api"))
    return Response(status_code=204)


@router.delete(
    "/pipes/{pipe}/secrets/{name}",
    status_code=204,
    summary="Forget a secret",
    responses=problems(404),
)
async def delete_secret(pipe: PipePath, name: NamePath, services: Has, person: Member) -> Response:
    """Forgets a secret; what would need it fails until there is one again."""
    require_token(person, "manage_webhooks")
    await published_pipe(services, pipe)
    await require_manager(services, person, PipeId(pipe))
    async with services.database.writing() as connection:
        removed = await remove_secret(connection, PipeId(pipe), name, by(person, "api"))
    if not removed:
        raise not_found("secret")
    return Response(status_code=204)


def _shown(secret: KeptSecret) -> SecretShown:
    return SecretShown(
        name=secret.name,
        changed_by=secret.changed_by,
        changed_at=secret.changed_at,
        former_until=secret.former_until,
    )
