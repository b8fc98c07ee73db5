"""The screen of teams: their members and leads."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.administering import may_administer, require
from api.pages.administering import done_or_why_not, tabs_for, typed
from api.pages.flashes import Undoable
from api.pages.reader import everybody, names_of
from api.pages.refusals import NOT_REFUSED, Refusal, refusal
from api.pages.rendering import Tab, render
from api.pages.words import Person
from api.services import Has
from api.signin.people import Member
from engine.core.administration import Act, JoinTeam, LeaveTeam, NameTeam, RemoveTeam
from engine.store import people
from engine.store.people import Team
from pipes.identifiers import TeamId, UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTeam:
    """A team with its people, and those who could join it."""

    id: str
    name: str
    members: tuple[tuple[Person, bool], ...]
    others: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsPage:
    """Every team."""

    tabs: tuple[Tab, ...]
    teams: tuple[ShownTeam, ...]
    may_manage: bool
    refusal: Refusal


@router.get("/teams")
async def show_teams(request: Request, services: Has, person: Member) -> HTMLResponse:
    """The teams and who is in them."""
    require(person, "see_people")
    return await _draw(request, services, person)


@router.post("/teams")
async def name_team(request: Request, services: Has, person: Member) -> Response:
    """Makes a team, with people if they are named, or calls it something else."""
    form = await request.form()
    team, name = typed(form, "id"), typed(form, "name")
    leads = form.getlist("lead")
    acts: list[Act] = [NameTeam(team=TeamId(team), name=name)]
    acts += [
        JoinTeam(team=TeamId(team), person=UserId(str(who)), lead=who in leads)
        for who in (*form.getlist("member"), *leads)
    ]
    outcome = await done_or_why_not(
        services, person, acts, back=f"/teams#{team}", said=f"The team {name} is saved."
    )
    if isinstance(outcome, Response):
        return outcome
    return await _draw(request, services, person, refused=refusal("team", outcome, form))


@router.post("/teams/{team}/members")
async def change_members(team: str, request: Request, services: Has, person: Member) -> Response:
    """Puts somebody into a team, makes them lead or not, or takes them out."""
    form = await request.form()
    who, change = UserId(typed(form, "person")), typed(form, "change")
    act: Act = (
        LeaveTeam(team=TeamId(team), person=who)
        if change == "leave"
        else JoinTeam(team=TeamId(team), person=who, lead=change == "lead")
    )
    before = await _team(services, team)
    was = "leave"
    if before is not None and who in before.members:
        was = "lead" if who in before.leads else "join"
    undoable = Undoable(
        by=person, action=f"/teams/{team}/members", fields={"person": who, "change": was}
    )
    return await _do(request, services, person, act, team, "The team is changed.", undoable)


@router.post("/teams/{team}/remove")
async def remove_team(team: str, request: Request, services: Has, person: Member) -> Response:
    """Dissolves a team."""
    before = await _team(services, team)
    undoable = None
    if before is not None:
        members = tuple(each for each in before.members if each not in before.leads)
        fields: dict[str, str | tuple[str, ...]] = {
            "id": team,
            "name": before.name,
            "member": members,
            "lead": before.leads,
        }
        undoable = Undoable(by=person, action="/teams", fields=fields)
    act = RemoveTeam(team=TeamId(team))
    return await _do(request, services, person, act, "", f"The team {team} is dissolved.", undoable)


async def _team(services: Has, team: str) -> Team | None:
    async with services.database.reading() as connection:
        found = await people.list_teams(connection)
    return next((each for each in found if each.id == team), None)


async def _do(
    request: Request,
    services: Has,
    person: Member,
    act: Act,
    team: str,
    said: str,
    undoable: Undoable | None,
) -> Response:
    back = f"/teams#{team}" if team else "/teams"
    outcome = await done_or_why_not(
        services, person, [act], back=back, said=said, undoable=undoable
    )
    if isinstance(outcome, Response):
        return outcome
    return await _draw(request, services, person, refused=refusal("", outcome))


async def _draw(
    request: Request,
    services: Has,
    person: Member,
    *,
    refused: Refusal = NOT_REFUSED,
) -> HTMLResponse:
    async with services.database.reading() as connection:
        found = await people.list_teams(connection)
        there = await everybody(connection)
        names = await names_of(connection, {each for team in found for each in team.members})
    page = TeamsPage(
        tabs=tabs_for(person, "/teams"),
        teams=tuple(
            ShownTeam(
                id=team.id,
                name=team.name,
                members=tuple((names.person(each), each in team.leads) for each in team.members),
                others=tuple(each for each in there if each.id not in team.members),
            )
            for team in found
        ),
        may_manage=may_administer(person, "manage_teams"),
        refusal=refused,
    )
    status = 422 if refused.complaints else 200
    return render(request, "pages/teams.html", page, person=person, section="people", status=status)
