"""Recovery codes: made on the profile and shown once; used when the password is lost."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.pages.flashes import flash
from api.pages.rendering import render
from api.pages.words import now
from api.services import Has, Services
from api.signin.noting import address_of, note_way_in
from api.signin.passwords import faults_of, hash_password, in_groups
from api.signin.people import begin_session, note_failure, refuse_foreign_origin
from api.signin.proving import Proved
from api.signin.second_step import has_one, use_code
from engine.store import people, recovery
from engine.store.people import User

router = APIRouter()

CODES = 10
_GROUPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPage:
    """New recovery codes, shown this once."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverPage:
    """Setting a new password with a code, with what was typed of it."""

    user: str
    problems: tuple[str, ...]


@router.post("/profile/recovery")
async def make_codes(
    request: Request,
    services: Has,
    person: Proved,
) -> Response:
    """Makes recovery codes, instead of those before."""
    codes = tuple(in_groups(_GROUPS) for _ in range(CODES))
    async with services.database.writing() as connection:
        await recovery.replace(connection, person.id, codes, now())
        await note_way_in(connection, request, "make_recovery_codes", person.id, at=now())
    page = CodesPage(codes=codes)
    return render(request, "pages/recovery_codes.html", page, person=person, section="")


@router.get("/recover")
async def show_recover(request: Request) -> HTMLResponse:
    """Setting a new password with a recovery code."""
    return _draw(request)


@router.post("/recover")
async def recover(
    request: Request,
    services: Has,
    user: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    second: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Sets the new password, if the code is one of the person's; every session before ends.

    Whoever has a second factor shows it as well: a stolen list of codes is not enough.
    """
    refuse_foreign_origin(request)
    name, moment, address = user.strip(), now(), address_of(request)
    await services.guesses.count(name, address, moment)
    async with services.database.reading() as connection:
        found = await people.read_user(connection, name)
    about = (name, found.name if found else None, found.email if found else None)
    problems = faults_of(new, about=about)
    if new != again:
        problems.append("The two are not the same.")
    if problems:
        await services.guesses.take_back(name, address, moment)
    elif not await _is_set(services, found, code, second, new):
        await note_failure(request, found)
        problems.append("User or codes are not right, or one of them has been used.")
    if problems or found is None:
        return _draw(request, user=name, problems=tuple(problems), status=422)
    response = RedirectResponse("/profile", 303)
    await services.guesses.take_back(name, address, moment)
    await begin_session(request, response, found, because="recover_account")
    flash(response, "The new password is saved. That code cannot be used again.")
    return response


async def _is_set(services: Services, user: User | None, code: str, second: str, new: str) -> bool:
    """Uses the codes up and sets the password; whether they were right."""
    digest = hash_password(new)
    if user is None or user.disabled:
        return False
    async with services.database.writing() as connection:
        asked = await has_one(connection, user.id)
        if asked and not await use_code(services, connection, user.id, second, now()):
            return False
        if not await recovery.use(connection, user.id, code):
            return False
        await people.set_password(connection, user.id, digest)
    return True


def _draw(
    request: Request, *, user: str = "", problems: tuple[str, ...] = (), status: int = 200
) -> HTMLResponse:
    page = RecoverPage(user=user, problems=problems)
    return render(request, "pages/recover.html", page, person=None, status=status)
