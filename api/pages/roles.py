"""The screen of roles in a pipe, for whoever administers the pipe."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.administering import require
from api.cards import published_pipe, standing_in
from api.pages.administering import done_or_why_not, typed
from api.pages.flashes import Undoable
from api.pages.places import places_of
from api.pages.reader import everybody, names_of
from api.pages.refusals import NOT_REFUSED, Refusal, refusal
from api.pages.rendering import Tab, render
from api.pages.words import Person
from api.services import Has
from api.signin.people import Member
from engine.core.administration import GivePipeRole, TakePipeRole
from engine.store import people
from engine.store.standings import PIPE_ROLES
from pipes.identifiers import PipeId, RoleName, UserId

router = APIRouter()

_IN_WORDS = {
    "admin": "changes the pipe, reopens cards, gives roles",
    "member": "works on every card; everybody without another role is a member",
    "requester": "creates cards and sees their own",
    "viewer": "sees every card",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRole:
    """A role with those who have it."""

    name: str
    about: str
    people: tuple[Person, ...]
    others: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesPage:
    """The roles of a pipe: its own, and those that its definition names."""

    pipe: str
    pipe_name: str
    places: tuple[Tab, ...]
    roles: tuple[ShownRole, ...]
    refusal: Refusal


@router.get("/pipes/{pipe}/roles")
async def show_roles(pipe: str, request: Request, services: Has, person: Member) -> HTMLResponse:
    """Who has which role in the pipe."""
    await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    require(person, "manage_roles", standing)
    return await _draw(request, services, person, pipe)


@router.post("/pipes/{pipe}/roles")
async def change_role(pipe: str, request: Request, services: Has, person: Member) -> Response:
    """Gives or takes a role."""
    form = await request.form()
    who, role = UserId(typed(form, "person")), RoleName(typed(form, "role"))
    takes = typed(form, "change") == "take"
    change = TakePipeRole if takes else GivePipeRole
    address = f"/pipes/{pipe}/roles"
    outcome = await done_or_why_not(
        services,
        person,
        [change(pipe=PipeId(pipe), person=who, role=role)],
        back=address,
        said="The roles are changed.",
        undoable=Undoable(
            by=person,
            action=address,
            fields={"person": who, "role": role, "change": "give" if takes else "take"},
        ),
    )
    if isinstance(outcome, Response):
        return outcome
    return await _draw(request, services, person, pipe, refused=refusal("", outcome))


async def _draw(
    request: Request, services: Has, person: Member, pipe: str, refused: Refusal = NOT_REFUSED
) -> HTMLResponse:
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    async with services.database.reading() as connection:
        held = await people.list_people_with_roles(connection, pipe)
        there = await everybody(connection)
        names = await names_of(connection, {who for who, _ in held})
    known = dict.fromkeys(
        (*PIPE_ROLES, *sorted(published.pipe.definition.roles), *(role for _, role in held))
    )
    page = RolesPage(
        pipe=pipe,
        pipe_name=published.pipe.definition.name,
        places=places_of(person, standing, pipe, "/roles"),
        roles=tuple(
            ShownRole(
                name=role,
                about=_IN_WORDS.get(role, "named by the definition"),
                people=tuple(names.person(who) for who, what in held if what == role),
                others=tuple(each for each in there if (each.id, role) not in held),
            )
            for role in known
        ),
        refusal=refused,
    )
    status = 422 if refused.complaints else 200
    return render(request, "pages/roles.html", page, person=person, section="pipes", status=status)
