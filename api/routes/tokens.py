"""Tokens for programs: one's own, and those that admins make for other accounts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.administering import administered, require
from api.problems import Problem, not_found
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.people import Member
from api.signin.tokens import LONGEST_TOKEN_DAYS, new_token
from engine.core.administration import EndToken
from engine.core.scopes import Scope
from engine.store import people
from engine.store.people import Token
from pipes.identifiers import UserId

router = APIRouter(tags=["administration"])

Whose = Annotated[
    Text | None, Query(max_length=100, description="Another account's, for admins; else one's own.")
]


class NewToken(Body):
    """A token for programs, in the caller's name or, by an admin, in another account's."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "CI", "scopes": ["cards:read"], "days": 90}]}
    )
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    days: Annotated[int, Field(ge=1, le=LONGEST_TOKEN_DAYS)] = 90
    user: Annotated[Text, Field(max_length=100)] | None = None


class TokenShown(BaseModel):
    """A token, without its secret; `made_by` is an admin who made it for another account."""

    id: str
    user: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    made_by: str | None


class TokenMade(TokenShown):
    """A token with its secret, which is shown this once."""

    secret: str


class TokenList(BaseModel):
    """Tokens, the newest first."""

    items: list[TokenShown]
    next_cursor: None = None


@router.get("/tokens", summary="Tokens", responses=problems())
async def tokens(services: Has, person: Member, user: Whose = None) -> TokenList:
    """The caller's tokens, or another account's for an admin."""
    require(person, "keep_tokens" if user in (None, person.id) else "manage_people")
    async with services.database.reading() as connection:
        found = await people.list_tokens(connection, user or person.id)
    return TokenList(items=[_token(token) for token in found])


@router.post("/tokens", status_code=201, summary="Make a token", responses=problems())
async def make_token(body: NewToken, services: Has, person: Member) -> TokenMade:
    """Makes a token; it cannot give more than the caller's own has."""
    user = body.user or person.id
    if user != person.id:
        require(person, "manage_people")
        async with services.database.reading() as connection:
            if await people.read_user(connection, user) is None:
                raise Problem(422, "unknown_person", f"There is nobody called “{user}”.")
    act, secret = new_token(user, name=body.name, scopes=body.scopes, days=body.days)
    await administered(services, person, act)
    async with services.database.reading() as connection:
        made = await people.list_tokens(connection, user)
    shown = next(_token(token) for token in made if token.id == act.token)
    return TokenMade(**shown.model_dump(), secret=secret)


@router.delete("/tokens/{token}", status_code=204, summary="End a token", responses=problems(404))
async def end_token(token: str, services: Has, person: Member, user: Whose = None) -> Response:
    """Ends a token of the caller's, or of another account's for an admin."""
    if not token.isascii():
        raise not_found("token")
    await administered(services, person, EndToken(person=UserId(user or person.id), token=token))
    return Response(status_code=204)


def _token(token: Token) -> TokenShown:
    return TokenShown(
        id=token.id,
        user=token.user,
        name=token.name,
        scopes=token.scopes.split(),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        made_by=token.made_by,
    )
