"""Teams with their members and leads, and roles in pipes."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from api.administering import administered, may_administer, require, require_token
from api.cards import published_pipe, standing_in
from api.problems import not_found
from api.routes.answers import problems
from api.routes.models import Body, Text
from api.routes.people import UserPath
from api.services import Has
from api.signin.people import Member
from engine.core.administration import (
    GivePipeRole,
    JoinTeam,
    LeaveTeam,
    NameTeam,
    RemoveTeam,
    TakePipeRole,
)
from engine.store import people
from engine.store.people import Team
from pipes.identifiers import PipeId, RoleName, TeamId, UserId

router = APIRouter(tags=["administration"])

TeamPath = Annotated[Text, Path(alias="team", max_length=100, description="The team's id.")]
RolePath = Annotated[Text, Path(alias="role", max_length=100, description="The role's name.")]


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


class TeamName(Body):
    """What a team is called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Design"}]})
    name: Annotated[Text, Field(pattern=r"\S", max_length=200)]


class Membership(Body):
    """How somebody is in a team."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"lead": True}]})
    lead: bool = False


class RoleShown(BaseModel):
    """A role that somebody has in a pipe."""

    user: str
    role: str


class RoleList(BaseModel):
    """Who has which role in a pipe."""

    items: list[RoleShown]
    next_cursor: None = None


@router.get("/teams", summary="The teams", responses=problems())
async def teams(services: Has, person: Member) -> TeamList:
    """Every team with its people; guests see the teams that they are in."""
    require(person, "look")
    async with services.database.reading() as connection:
        found = await people.list_teams(connection)
    sees_all = may_administer(person, "see_people")
    return TeamList(items=[_team(team) for team in found if sees_all or person.id in team.members])


@router.put("/teams/{team}", summary="Name a team", responses=problems(404))
async def name_team(team: TeamPath, body: TeamName, services: Has, person: Member) -> TeamShown:
    """Makes a team, or calls it something else."""
    await administered(services, person, NameTeam(team=TeamId(team), name=body.name))
    return await _shown(services, team)


@router.delete("/teams/{team}", status_code=204, summary="Dissolve a team", responses=problems(404))
async def remove_team(team: TeamPath, services: Has, person: Member) -> Response:
    """Dissolves a team; its people stay, its cards wait for whoever escalation names."""
    await administered(services, person, RemoveTeam(team=TeamId(team)))
    return Response(status_code=204)


@router.put(
    "/teams/{team}/members/{user}", summary="Put somebody into a team", responses=problems(404)
)
async def join_team(
    team: TeamPath, user: UserPath, body: Membership, services: Has, person: Member
) -> TeamShown:
    """Puts somebody into a team, as its lead or not."""
    act = JoinTeam(team=TeamId(team), person=UserId(user), lead=body.lead)
    await administered(services, person, act)
    return await _shown(services, team)


@router.delete(
    "/teams/{team}/members/{user}", summary="Take somebody out of a team", responses=problems(404)
)
async def leave_team(team: TeamPath, user: UserPath, services: Has, person: Member) -> TeamShown:
    """Takes somebody out of a team."""
    await administered(services, person, LeaveTeam(team=TeamId(team), person=UserId(user)))
    return await _shown(services, team)


@router.get("/pipes/{pipe}/roles", summary="Roles in a pipe", responses=problems(404))
async def roles(pipe: str, services: Has, person: Member) -> RoleList:
    """Who has which role in a pipe, for its admins."""
    require_token(person, "manage_roles")
    await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    require(person, "manage_roles", standing)
    async with services.database.reading() as connection:
        found = await people.list_people_with_roles(connection, pipe)
    return RoleList(items=[RoleShown(user=user, role=role) for user, role in found])


@router.put(
    "/pipes/{pipe}/roles/{role}/{user}",
    status_code=204,
    summary="Give a role in a pipe",
    responses=problems(404),
)
async def give_role(
    pipe: str, role: RolePath, user: UserPath, services: Has, person: Member
) -> Response:
    """Gives somebody a role: `admin`, `member`, `requester`, `viewer`, or one of the definition."""
    act = GivePipeRole(pipe=PipeId(pipe), person=UserId(user), role=RoleName(role))
    await administered(services, person, act)
    return Response(status_code=204)


@router.delete(
    "/pipes/{pipe}/roles/{role}/{user}",
    status_code=204,
    summary="Take a role in a pipe",
    responses=problems(404),
)
async def take_role(
    pipe: str, role: RolePath, user: UserPath, services: Has, person: Member
) -> Response:
    """Takes a role in a pipe from somebody."""
    act = TakePipeRole(pipe=PipeId(pipe), person=UserId(user), role=RoleName(role))
    await administered(services, person, act)
    return Response(status_code=204)


async def _shown(services: Has, team: str) -> TeamShown:
    async with services.database.reading() as connection:
        found = await people.list_teams(connection)
    for each in found:
        if each.id == team:
            return _team(each)
    raise not_found("team")


def _team(team: Team) -> TeamShown:
    return TeamShown(id=team.id, name=team.name, members=list(team.members), leads=list(team.leads))
