"""The screen of people: who has an account, and giving somebody one."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.administering import may_administer, require
from api.pages.administering import (
    ROLES,
    ROLES_IN_WORDS,
    chosen_role,
    done_or_why_not,
    secret_page,
    tabs_for,
    typed,
    why_not,
)
from api.pages.refusals import NOT_REFUSED, Refusal, refusal
from api.pages.rendering import Tab, render
from api.pages.words import Person
from api.services import Has
from api.signin.passwords import hash_password, one_time_password
from api.signin.people import Member
from engine.core.actors import InstallationRole
from engine.core.administration import ONE_TIME_LASTS, AddPerson, RequireSecondFactor
from engine.store import people, second_factors
from pipes.identifiers import UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson:
    """Somebody in the list."""

    person: Person
    email: str | None
    role: InstallationRole
    disabled: bool
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """Everybody, or those whose name, id or address holds what is sought."""

    tabs: tuple[Tab, ...]
    people: tuple[ListedPerson, ...]
    sought: str
    may_manage: bool
    roles: dict[InstallationRole, str]
    required_of: frozenset[str]
    refusal: Refusal


@router.get("/people")
async def show_people(
    request: Request,
    services: Has,
    person: Member,
    q: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Who has an account."""
    require(person, "see_people")
    return await _draw(request, services, person, sought=q)


@router.post("/people")
async def add_person(request: Request, services: Has, person: Member) -> Response:
    """Gives somebody an account; the next page shows their one-time password once."""
    form = await request.form()
    who, name, email = typed(form, "id"), typed(form, "name"), typed(form, "email")
    password = one_time_password()
    act = AddPerson(
        person=UserId(who),
        name=name,
        email=email or None,
        installation_role=chosen_role(form),
        password_hash=hash_password(password),
    )
    reasons = await why_not(services, person, [act])
    if reasons:
        refused = refusal("newcomer", reasons, form)
        return await _draw(request, services, person, refused=refused)
    return secret_page(
        request,
        person,
        title=f"{name} has an account",
        about=f"Signs in as {who} with this one-time password within"
        f" {ONE_TIME_LASTS.days} days, and chooses another then.",
        secret=password,
        back=f"/people/{who}",
    )


@router.post("/second-factor/required")
async def require_second_factor(request: Request, services: Has, person: Member) -> Response:
    """Has people of the roles that were ticked set up a second factor, and no others."""
    chosen = (await request.form()).getlist("role")
    roles = tuple(role for role in ROLES if role in chosen)
    outcome = await done_or_why_not(
        services,
        person,
        [RequireSecondFactor(roles=roles)],
        back="/people#second-factor",
        said="It counts from everybody's next page on.",
    )
    if isinstance(outcome, Response):
        return outcome
    return await _draw(request, services, person, refused=refusal("second-factor", outcome))


async def _draw(
    request: Request,
    services: Has,
    person: Member,
    *,
    sought: str = "",
    refused: Refusal = NOT_REFUSED,
) -> HTMLResponse:
    async with services.database.reading() as connection:
        found = await people.list_users(connection)
        teams = await people.list_teams(connection)
        required_of = await second_factors.required_of(connection)
    word = sought.strip().casefold()
    page = PeoplePage(
        tabs=tabs_for(person, "/people"),
        people=tuple(
            ListedPerson(
                person=Person(id=user.id, name=user.name),
                email=user.email,
                role=user.installation_role,
                disabled=user.disabled,
                teams=tuple(team.name for team in teams if user.id in team.members),
            )
            for user in found
            if word in f"{user.id} {user.name} {user.email or ''}".casefold()
        ),
        sought=sought,
        may_manage=may_administer(person, "manage_people"),
        roles=ROLES_IN_WORDS,
        required_of=required_of,
        refusal=refused,
    )
    status = 422 if refused.complaints else 200
    return render(
        request, "pages/people.html", page, person=person, section="people", status=status
    )
