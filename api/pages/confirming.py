"""Showing again who one is, before something that needs fresh proof; then what was wanted."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.pages.flashes import flash
from api.pages.rendering import render
from api.pages.resuming import Kept, carried_by, resumed_with
from api.services import Has
from api.signin.noting import address_of
from api.signin.people import (
    Member,
    Shown,
    SignedIn,
    begin_session,
    is_password_of,
    note_failure,
    now,
    safe_next,
)
from api.signin.proving import CONFIRMING_PAGE
from api.signin.second_step import use_any_code
from engine.store import sessions

router = APIRouter()

_SEE_OTHER = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPage:
    """Asks for what somebody signs in with; `kept` are inputs that go along.

    Attributes:
        has_password: Whether they have one; otherwise the provider is asked.
        has_code: Whether a code is asked for as well.
        provider: What the provider is called, if there is one.
    """

    next: str
    has_password: bool
    has_code: bool
    provider: str | None
    problem: str | None
    kept: tuple[tuple[str, str], ...]


@router.get(CONFIRMING_PAGE)
async def show_confirming(
    request: Request, services: Has, person: Member, next: Annotated[str, Query()] = "/profile"
) -> HTMLResponse:
    """Showing again who one is."""
    return draw_confirming(request, services, person, next_page=next)


@router.post(CONFIRMING_PAGE)
async def confirm(
    request: Request,
    services: Has,
    person: Member,
    password: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/profile",
) -> Response:
    """Begins a new session in the place of this one, and goes on with what was wanted."""
    kept = carried_by(await request.form())
    problem = await _why_not(request, services, person, password, code)
    if problem is not None:
        return draw_confirming(
            request, services, person, next_page=next, kept=kept, problem=problem, status=422
        )
    response: Response = RedirectResponse(safe_next(next), _SEE_OTHER)
    async with services.database.writing() as connection:
        await sessions.end(connection, person.id, [person.session or ""])
    shown = Shown(way=person.way)
    await begin_session(request, response, person.user, because="confirm", shown=shown)
    if kept is not None and kept.fields:
        return resumed_with(response, request, person, kept)
    flash(response, "Thank you. Now you can do what you wanted to do.")
    return response


def draw_confirming(
    request: Request,
    services: Has,
    person: SignedIn,
    *,
    next_page: str,
    kept: Kept | None = None,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page that asks who somebody is; a form that came without fresh proof is kept in it."""
    page = ConfirmPage(
        next=safe_next(next_page),
        has_password=person.user.password_hash is not None,
        has_code=person.has_second_factor,
        provider=services.settings.oidc_name if services.openid is not None else None,
        problem=problem,
        kept=kept.carried if kept is not None else (),
    )
    return render(request, "pages/confirm.html", page, person=person, status=status)


async def _why_not(
    request: Request, services: Has, person: SignedIn, password: str, code: str
) -> str | None:
    """Why what was typed does not show who they are; None if it does."""
    if not await is_password_of(request, person.user, password):
        return "That is not your password."
    if not person.has_second_factor:
        return None
    address, moment = address_of(request), now()
    await services.guesses.count(person.id, address, moment)
    async with services.database.writing() as connection:
        is_right = await use_any_code(services, connection, person.id, code, moment)
    if is_right:
        await services.guesses.take_back(person.id, address, moment)
        return None
    await note_failure(request, person.user)
    return "The code is not right, or it has been used already: wait for the next one."
