"""The screen of one person: account, teams, roles in pipes, leaves and tokens, for admins."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.administering import may_administer, require
from api.pages.administering import (
    ROLES_IN_WORDS,
    chosen_role,
    done_or_why_not,
    secret_page,
    tabs_for,
    typed,
    why_not,
)
from api.pages.flashes import Undoable
from api.pages.leaves import ShownLeave, shown_leaves
from api.pages.reader import everybody
from api.pages.refusals import NOT_REFUSED, Refusal, refusal
from api.pages.rendering import Tab, render
from api.pages.tokens import ShownToken, shown_tokens
from api.pages.words import Person
from api.problems import not_found
from api.services import Has
from api.signin.passwords import hash_password, one_time_password
from api.signin.people import Member
from api.signin.second_step import has_one
from engine.core.actors import InstallationRole
from engine.core.administration import (
    ONE_TIME_LASTS,
    ChangePerson,
    DisablePerson,
    EnablePerson,
    GiveInstallationRole,
    RemoveSecondFactor,
    ResetPassword,
)
from engine.store import people
from engine.store.people import User
from pipes.identifiers import UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """Somebody, and what may be done about their account."""

    tabs: tuple[Tab, ...]
    person: Person
    email: str
    role: InstallationRole
    disabled: bool
    has_password: bool
    has_second_factor: bool
    teams: tuple[tuple[str, str, bool], ...]
    pipe_roles: tuple[tuple[str, tuple[str, ...]], ...]
    leaves: tuple[ShownLeave, ...]
    tokens: tuple[ShownToken, ...]
    may_manage: bool
    is_reader: bool
    roles: dict[InstallationRole, str]
    others: tuple[Person, ...]
    refusal: Refusal


@router.get("/people/{user}")
async def show_person(user: str, request: Request, services: Has, person: Member) -> HTMLResponse:
    """One account."""
    require(person, "see_people")
    return await draw_person(request, services, person, user)


@router.post("/people/{user}")
async def change_person(user: str, request: Request, services: Has, person: Member) -> Response:
    """Changes name, address and role."""
    form = await request.form()
    name, email, role = typed(form, "name"), typed(form, "email"), chosen_role(form)
    who = UserId(user)
    known = await _known(services, user)
    change = ChangePerson(person=who, name=name, email=email or None)
    outcome = await done_or_why_not(
        services,
        person,
        [change]
        if role == known.installation_role
        else [change, GiveInstallationRole(person=who, role=role)],
        back=f"/people/{user}",
        said=f"{name} is changed.",
    )
    if isinstance(outcome, Response):
        return outcome
    refused = refusal("account", outcome, form)
    return await draw_person(request, services, person, user, refused=refused)


@router.post("/people/{user}/password")
async def reset_password(user: str, request: Request, services: Has, person: Member) -> Response:
    """Makes a one-time password, which is shown this once."""
    password = one_time_password()
    act = ResetPassword(person=UserId(user), password_hash=hash_password(password))
    reasons = await why_not(services, person, [act])
    if reasons:
        return await draw_person(request, services, person, user, refused=refusal("", reasons))
    return secret_page(
        request,
        person,
        title="A new one-time password",
        about=f"{user} signs in with it within {ONE_TIME_LASTS.days} days, and chooses another"
        " then. Their sessions have ended.",
        secret=password,
        back=f"/people/{user}",
    )


@router.post("/people/{user}/second-factor")
async def remove_second_factor(
    user: str, request: Request, services: Has, person: Member
) -> Response:
    """Takes somebody's second factor away, who has lost it."""
    outcome = await done_or_why_not(
        services,
        person,
        [RemoveSecondFactor(person=UserId(user))],
        back=f"/people/{user}",
        said=f"The second factor of {user} is taken away.",
    )
    if isinstance(outcome, Response):
        return outcome
    return await draw_person(request, services, person, user, refused=refusal("", outcome))


@router.post("/people/{user}/disabled")
async def disable_person(user: str, request: Request, services: Has, person: Member) -> Response:
    """Lets an account rest, or be used again."""
    form = await request.form()
    who, rests = UserId(user), typed(form, "disabled") == "true"
    outcome = await done_or_why_not(
        services,
        person,
        [DisablePerson(person=who) if rests else EnablePerson(person=who)],
        back=f"/people/{user}",
        said=f"{user} is {'disabled' if rests else 'enabled'}.",
        undoable=Undoable(
            by=person,
            action=f"/people/{user}/disabled",
            fields={"disabled": "false" if rests else "true"},
        ),
    )
    if isinstance(outcome, Response):
        return outcome
    return await draw_person(request, services, person, user, refused=refusal("", outcome))


async def _known(services: Has, user: str) -> User:
    async with services.database.reading() as connection:
        found = await people.read_user(connection, user)
    if found is None:
        raise not_found("person")
    return found


async def draw_person(
    request: Request,
    services: Has,
    person: Member,
    user: str,
    *,
    refused: Refusal = NOT_REFUSED,
) -> HTMLResponse:
    """The page of an account; what was refused stands at its form, as it was typed."""
    found = await _known(services, user)
    manages = may_administer(person, "manage_people")
    async with services.database.reading() as connection:
        teams = await people.list_teams(connection)
        roles = await people.list_roles(connection, user)
        others = await everybody(connection)
        leaves = await shown_leaves(connection, request, user)
        tokens = await shown_tokens(connection, request, user) if manages else ()
        has_factor = await has_one(connection, user)
    page = PersonPage(
        tabs=tabs_for(person, "/people"),
        person=Person(id=found.id, name=found.name),
        email=found.email or "",
        role=found.installation_role,
        disabled=found.disabled,
        has_password=found.password_hash is not None,
        has_second_factor=has_factor,
        teams=tuple(
            (team.id, team.name, user in team.leads) for team in teams if user in team.members
        ),
        pipe_roles=tuple(roles.items()),
        leaves=leaves,
        tokens=tokens,
        may_manage=manages,
        is_reader=user == person.id,
        roles=ROLES_IN_WORDS,
        others=tuple(other for other in others if other.id != user),
        refusal=refused,
    )
    status = 422 if refused.complaints else 200
    return render(
        request, "pages/person.html", page, person=person, section="people", status=status
    )
