"""People, teams and tokens: what administration needs besides the command line."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.problems import Problem, not_found
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.passwords import faults_of, hash_password
from api.signin.people import Member, Scope, now, require_admin
from api.signin.tokens import new_token
from engine.store import people
from engine.store.people import Token, User

router = APIRouter(tags=["administration"])

_ID = r"^[a-z0-9][a-z0-9._-]*$"
LONGEST_TOKEN_DAYS = 3660


class UserShown(BaseModel):
    """Somebody with an account."""

    id: str
    name: str
    email: str | None
    installation_role: str
    disabled: bool


class UserList(BaseModel):
    """The accounts."""

    items: list[UserShown]
    next_cursor: None = None


class NewUser(Body):
    """A new account; without a password nobody can sign in with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "ana", "name": "Ana Ribeiro"}]}
    )
    id: Annotated[Text, Field(pattern=_ID, max_length=60)]
    name: Annotated[Text, Field(pattern=r"\S", max_length=200)]
    email: Annotated[Text, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    password: Annotated[Text, Field(max_length=256)] | None = None
    installation_role: Literal["admin", "author", "member", "guest"] = "member"


class TeamShown(BaseModel):
    """A team with its people."""

    id: str
    name: str
    members: list[str]
    leads: list[str]


class TeamList(BaseModel):
    """The teams."""

    items: list[TeamShown]
    next_cursor: None = None


class NewToken(Body):
    """A token for programs, in the caller's name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "CI", "scopes": ["cards:read"], "days": 90}]}
    )
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    days: Annotated[int, Field(ge=1, le=LONGEST_TOKEN_DAYS)] = 90


class TokenShown(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class TokenMade(TokenShown):
    """A token with its secret, which is shown this once."""

    secret: str


class TokenList(BaseModel):
    """The caller's tokens."""

    items: list[TokenShown]
    next_cursor: None = None


@router.get("/users", summary="The accounts", responses=problems())
async def users(services: Has, person: Member) -> UserList:
    """Everybody with an account; guests see themselves."""
    async with services.database.reading() as connection:
        found = await people.list_users(connection)
    sees_all = person.user.installation_role != "guest"
    return UserList(items=[_user(user) for user in found if sees_all or user.id == person.id])


@router.post("/users", status_code=201, summary="Add an account", responses=problems(409))
async def add_user(body: NewUser, services: Has, person: Member) -> UserShown:
    """Adds an account."""
    require_admin(person)
    faults = faults_of(body.password, user=body.id) if body.password is not None else []
    if faults:
        raise Problem(422, "weak_password", " ".join(faults))
    user = User(
        id=body.id,
        name=body.name,
        email=body.email,
        password_hash=hash_password(body.password) if body.password else None,
        must_change_password=False,
        installation_role=body.installation_role,
        disabled=False,
        created_at=now(),
    )
    async with services.database.writing() as connection:
        if await people.read_user(connection, body.id) is not None:
            raise Problem(409, "user_exists", f"There is somebody called “{body.id}” already.")
        await people.add_user(connection, user)
    return _user(user)


@router.get("/teams", summary="The teams", responses=problems())
async def teams(services: Has, person: Member) -> TeamList:
    """Every team with its people; guests see the teams that they are in."""
    async with services.database.reading() as connection:
        found = await people.list_teams(connection)
    sees_all = person.user.installation_role != "guest"
    return TeamList(
        items=[
            TeamShown(
                id=team.id, name=team.name, members=list(team.members), leads=list(team.leads)
            )
            for team in found
            if sees_all or person.id in team.members
        ]
    )


@router.get("/tokens", summary="My tokens", responses=problems())
async def tokens(services: Has, person: Member) -> TokenList:
    """The caller's tokens."""
    async with services.database.reading() as connection:
        found = await people.list_tokens(connection, person.id)
    return TokenList(items=[_token(token) for token in found])


@router.post("/tokens", status_code=201, summary="Make a token", responses=problems())
async def make_token(body: NewToken, services: Has, person: Member) -> TokenMade:
    """Makes a token for the caller; a token cannot give more than it has."""
    beyond = set(body.scopes) - person.scopes
    if beyond:
        raise Problem(403, "missing_scope", f"The token has no scope {', '.join(sorted(beyond))}.")
    token, secret = new_token(person.id, name=body.name, scopes=body.scopes, days=body.days)
    async with services.database.writing() as connection:
        await people.add_token(connection, token)
    return TokenMade(**_token(token).model_dump(), secret=secret)


@router.delete("/tokens/{token}", status_code=204, summary="End a token", responses=problems(404))
async def end_token(token: str, services: Has, person: Member) -> Response:
    """Ends one of the caller's tokens."""
    async with services.database.writing() as connection:
        mine = {each.id for each in await people.list_tokens(connection, person.id)}
        if token not in mine:
            raise not_found("token")
        await people.remove_token(connection, token)
    return Response(status_code=204)


def _user(user: User) -> UserShown:
    return UserShown(
        id=user.id,
        name=user.name,
        email=user.email,
        installation_role=user.installation_role,
        disabled=user.disabled,
    )


def _token(token: Token) -> TokenShown:
    return TokenShown(
        id=token.id,
        name=token.name,
        scopes=token.scopes.split(),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )
