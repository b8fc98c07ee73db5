"""People: accounts with their roles on the installation, and when they are away."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api.administering import administered, may_administer, require
from api.problems import Problem, not_found
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.passwords import faults_of, hash_password, one_time_password
from api.signin.people import Member
from engine.core.actors import InstallationRole
from engine.core.administration import (
    Act,
    AddPerson,
    ChangePerson,
    DisablePerson,
    EnablePerson,
    EndLeave,
    GiveInstallationRole,
    ResetPassword,
    SetLeave,
)
from engine.store import leaves, people
from engine.store.database import AsyncConnection
from engine.store.leaves import Leave
from engine.store.people import User
from pipes.identifiers import Instant, UserId

router = APIRouter(tags=["administration"])

# Far enough away for every reader's zone to have a date for it.
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

type Email = Annotated[Text, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
type FullName = Annotated[Text, Field(pattern=r"\S", max_length=200)]
UserPath = Annotated[Text, Path(alias="user", max_length=100, description="The person's id.")]


class UserShown(BaseModel):
    """Somebody with an account."""

    id: str
    name: str
    email: str | None
    installation_role: InstallationRole
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
    id: Annotated[Text, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=60)]
    name: FullName
    email: Email | None = None
    password: Annotated[Text, Field(max_length=256)] | None = None
    installation_role: InstallationRole = "member"


class UserChange(Body):
    """What is to be different about an account; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"installation_role": "author"}, {"disabled": True}]}
    )
    name: FullName | None = None
    email: Email | None = None
    installation_role: InstallationRole | None = None
    disabled: bool | None = None


class OneTimePassword(BaseModel):
    """A password for one sign-in, shown this once."""

    one_time_password: str


class LeaveShown(BaseModel):
    """A period in which somebody is away; the end is not part of it."""

    begins_at: datetime
    ends_at: datetime
    delegate: str | None


class LeaveList(BaseModel):
    """Somebody's leaves, by when they begin."""

    items: list[LeaveShown]
    next_cursor: None = None


class NewLeave(Body):
    """A period in which somebody is away, and who decides in their name meanwhile."""

    model_config = ConfigDict(
        strict=False,
        json_schema_extra={
            "examples": [
                {
                    "begins_at": "2030-07-01T06:00:00Z",
                    "ends_at": "2030-07-15T06:00:00Z",
                    "delegate": "bo",
                }
            ]
        },
    )
    begins_at: datetime
    ends_at: datetime
    delegate: Annotated[Text, Field(max_length=100)] | None = None


@router.get("/users", summary="The accounts", responses=problems())
async def users(services: Has, person: Member) -> UserList:
    """Everybody with an account; guests see themselves."""
    require(person, "look")
    async with services.database.reading() as connection:
        found = await people.list_users(connection)
    sees_all = may_administer(person, "see_people")
    return UserList(items=[_user(user) for user in found if sees_all or user.id == person.id])


@router.post("/users", status_code=201, summary="Add an account", responses=problems(409))
async def add_user(body: NewUser, services: Has, person: Member) -> UserShown:
    """Adds an account."""
    require(person, "manage_people")
    about = (body.id, body.name, body.email)
    faults = faults_of(body.password, about=about) if body.password is not None else []
    if faults:
        raise Problem(422, "weak_password", " ".join(faults))
    act = AddPerson(
        person=UserId(body.id),
        name=body.name,
        email=body.email,
        installation_role=body.installation_role,
        password_hash=hash_password(body.password) if body.password else None,
        one_time=False,
    )
    await administered(services, person, act)
    return await _shown(services, act.person)


@router.get("/users/{user}", summary="An account", responses=problems(404))
async def read_user(user: UserPath, services: Has, person: Member) -> UserShown:
    """One account; guests see their own."""
    require(person, "look")
    if user != person.id and not may_administer(person, "see_people"):
        raise not_found("person")
    return await _shown(services, UserId(user))


@router.patch("/users/{user}", summary="Change an account", responses=problems(404))
async def change_user(user: UserPath, body: UserChange, services: Has, person: Member) -> UserShown:
    """Changes name, address, role, or whether the account rests; all of it or nothing."""
    async with services.database.reading() as connection:
        known = await people.read_user(connection, user)
    await administered(services, person, *_changes(UserId(user), body, known))
    return await _shown(services, UserId(user))


@router.post("/users/{user}/password", summary="Give a one-time password", responses=problems(404))
async def reset_password(user: UserPath, services: Has, person: Member) -> OneTimePassword:
    """Makes a one-time password; the person's sessions end."""
    password = one_time_password()
    act = ResetPassword(person=UserId(user), password_hash=hash_password(password))
    await administered(services, person, act)
    return OneTimePassword(one_time_password=password)


@router.get("/users/{user}/leaves", summary="When somebody is away", responses=problems(404))
async def list_leaves(user: UserPath, services: Has, person: Member) -> LeaveList:
    """Somebody's leaves; guests see their own."""
    require(person, "look")
    if user != person.id and not may_administer(person, "see_people"):
        raise not_found("person")
    async with services.database.reading() as connection:
        await _known(connection, user)
        found = await leaves.list_leaves(connection, user)
    return LeaveList(items=[_leave(leave) for leave in found])


@router.post(
    "/users/{user}/leaves",
    status_code=201,
    summary="Say that somebody is away",
    responses=problems(404),
)
async def set_leave(user: UserPath, body: NewLeave, services: Has, person: Member) -> LeaveShown:
    """Keeps a leave, one's own or as an admin; one that begins at the same time is replaced."""
    leave = Leave(
        user=user,
        begins_at=_moment(body.begins_at),
        ends_at=_moment(body.ends_at),
        delegate=body.delegate,
    )
    act = SetLeave(
        person=UserId(user),
        begins_at=leave.begins_at,
        ends_at=leave.ends_at,
        delegate=None if leave.delegate is None else UserId(leave.delegate),
    )
    await administered(services, person, act)
    return _leave(leave)


@router.delete(
    "/users/{user}/leaves/{begins_at}",
    status_code=204,
    summary="End a leave",
    responses=problems(404),
)
async def end_leave(user: UserPath, begins_at: datetime, services: Has, person: Member) -> Response:
    """Takes away the leave that begins at this time."""
    act = EndLeave(person=UserId(user), begins_at=_moment(begins_at))
    await administered(services, person, act)
    return Response(status_code=204)


def _changes(user: UserId, body: UserChange, known: User | None) -> list[Act]:
    """What the change comes to, one by one; at least one, so that who may not is told."""
    acts: list[Act] = []
    if body.installation_role is not None:
        acts.append(GiveInstallationRole(person=user, role=body.installation_role))
    if body.disabled is not None:
        acts.append(DisablePerson(person=user) if body.disabled else EnablePerson(person=user))
    if {"name", "email"} & body.model_fields_set or not acts:
        before = ("", None) if known is None else (known.name, known.email)
        name = before[0] if body.name is None else body.name
        email = body.email if "email" in body.model_fields_set else before[1]
        acts.append(ChangePerson(person=user, name=name, email=email))
    return acts


def _moment(instant: datetime) -> Instant:
    if instant.tzinfo is None:
        raise Problem(422, "invalid_value", "A time needs a zone, such as `Z`.")
    if not _FIRST.year <= instant.year < _LAST.year:
        raise Problem(422, "invalid_value", "A leave lies between the years 1990 and 9000.")
    return instant.astimezone(UTC)


async def _shown(services: Has, user: UserId) -> UserShown:
    async with services.database.reading() as connection:
        return _user(await _known(connection, user))


async def _known(connection: AsyncConnection, user: str) -> User:
    found = await people.read_user(connection, user)
    if found is None:
        raise not_found("person")
    return found


def _user(user: User) -> UserShown:
    return UserShown(
        id=user.id,
        name=user.name,
        email=user.email,
        installation_role=user.installation_role,
        disabled=user.disabled,
    )


def _leave(leave: Leave) -> LeaveShown:
    return LeaveShown(begins_at=leave.begins_at, ends_at=leave.ends_at, delegate=leave.delegate)
