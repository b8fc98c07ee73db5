"""Signing in and out, one's password and theme."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.pages.flashes import flash
from api.pages.refusals import NOT_REFUSED, Complaint, Refusal, refusal
from api.pages.rendering import render
from api.pages.resuming import Kept, carried_by
from api.pages.second_step import enter_or_ask
from api.problems import Problem
from api.services import Has
from api.signin.passwords import faults_of, hash_password, verify_password
from api.signin.people import (
    Member,
    Shown,
    Visitor,
    begin_session,
    is_password_of,
    now,
    safe_next,
    sign_out,
    verified,
)
from api.signin.proving import require_proof
from engine.store import identities, people
from engine.store.people import User

router = APIRouter()

_SEE_OTHER = 303
_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """The sign-in, with what was typed before; `kept` are inputs that go along.

    `again` is the form itself, for who signs in elsewhere and comes back to send it.
    """

    user: str
    next: str
    problem: str | None
    first_run: bool
    provider: str | None
    kept: tuple[tuple[str, str], ...]
    again: Kept | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOutPage:
    """Signed out here, with the way to do so at the provider."""

    provider: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPage:
    """Choosing a password; after a one-time password the old one is not asked for."""

    one_time: bool
    refusal: Refusal


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    services: Has,
    person: Visitor,
    next: Annotated[str, Query()] = "/",
) -> Response:
    """The sign-in."""
    if person is not None:
        return RedirectResponse(safe_next(next), _SEE_OTHER)
    return await draw_sign_in(request, services, next_page=next)


@router.post("/sign-in")
async def do_sign_in(
    request: Request,
    services: Has,
    user: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Signs in, by a second step if there is one, and goes on to where one wanted to go."""
    name = user.strip()
    try:
        found = await verified(request, user=name, password=password)
    except Problem as problem:
        if problem.status != 429:
            raise
        refused = await draw_sign_in(
            request, services, next_page=next, user=user, problem=problem.detail, status=429
        )
        refused.headers.update(problem.headers)
        return refused
    why_not = "User or password is not right." if found is None else _why_no_more(found)
    if found is None or why_not:
        return await draw_sign_in(
            request, services, next_page=next, user=user, problem=why_not, status=422
        )
    kept = carried_by(await request.form())
    return await enter_or_ask(request, services, found, next_page=next, kept=kept)


def _why_no_more(user: User) -> str | None:
    """Why the right password is of no use; None if it is."""
    ends = user.password_ends_at
    if ends is None or now() < ends:
        return None
    return "This one-time password has expired: ask an admin for another."


async def draw_sign_in(
    request: Request,
    services: Has,
    *,
    next_page: str,
    user: str = "",
    problem: str | None = None,
    kept: Kept | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The sign-in; a form that came without a session is kept in it."""
    carried = kept or carried_by(await request.form())
    async with services.database.reading() as connection:
        owner = await people.read_user(connection, "owner")
    page = SignInPage(
        user=user,
        next=safe_next(next_page),
        problem=problem,
        first_run=owner is not None and owner.must_change_password,
        provider=services.settings.oidc_name if services.openid is not None else None,
        kept=carried.carried if carried is not None else (),
        again=carried,
    )
    return render(request, "pages/sign_in.html", page, person=None, status=status)


@router.post("/sign-out")
async def do_sign_out(request: Request, services: Has, person: Member) -> Response:
    """Ends the session; whoever signs in through a provider may go on to sign out there."""
    response: Response = RedirectResponse("/sign-in", _SEE_OTHER)
    if services.openid is not None and person.session is not None:
        async with services.database.reading() as connection:
            is_known = await identities.has_any(connection, person.id)
        address = await services.openid.address_to_sign_out() if is_known else None
        if address is not None:
            page = SignedOutPage(provider=services.settings.oidc_name, address=address)
            response = render(request, "pages/signed_out.html", page, person=None)
    await sign_out(request, response, person)
    return response


@router.get("/profile/password")
async def show_password(request: Request, person: Member) -> HTMLResponse:
    """Choosing a password."""
    page = PasswordPage(one_time=person.user.must_change_password, refusal=NOT_REFUSED)
    return render(request, "pages/password.html", page, person=person)


@router.post("/profile/password")
async def change_password(
    request: Request,
    services: Has,
    person: Member,
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
    current: Annotated[str, Form()] = "",
) -> Response:
    """Sets a new password; every other session ends."""
    one_time = person.user.must_change_password
    if person.has_second_factor:
        require_proof(person)
    about = (person.id, person.name, person.user.email)
    faults = [Complaint(message=fault, field="new") for fault in faults_of(new, about=about)]
    if new != again:
        faults.append(Complaint(message="The two are not the same.", field="again"))
    if not one_time and not await is_password_of(request, person.user, current):
        faults.append(Complaint(message="The current password is not right.", field="current"))
    if one_time and verify_password(new, person.user.password_hash):
        message = "Choose another one than the one-time password."
        faults.append(Complaint(message=message, field="new"))
    if faults:
        page = PasswordPage(one_time=one_time, refusal=refusal("password", faults))
        return render(request, "pages/password.html", page, person=person, status=422)
    async with services.database.writing() as connection:
        await people.set_password(connection, person.id, hash_password(new))
    first = one_time and person.user.installation_role == "owner"
    response = RedirectResponse("/welcome" if first else "/", _SEE_OTHER)
    shown = Shown(way=person.way)
    await begin_session(request, response, person.user, because="change_password", shown=shown)
    flash(response, "The password is saved.")
    return response


@router.post("/theme")
async def choose_theme(
    _person: Member,
    theme: Annotated[str, Form()] = "system",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Chooses the light or the dark theme, or the system's."""
    response = RedirectResponse(safe_next(next), _SEE_OTHER)
    if theme in ("light", "dark"):
        response.set_cookie("theme", theme, max_age=_YEAR, httponly=True, samesite="lax")
    else:
        response.delete_cookie("theme")
    return response
