"""The second step of a sign-in, for whoever has a second factor; then the page that was wanted."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.pages.rendering import render
from api.pages.resuming import Kept, carried_by, claimed, resumed_with
from api.problems import Problem
from api.services import Has, services_of
from api.signin.noting import address_of
from api.signin.people import (
    BY_PASSWORD,
    CHOOSING_PAGE,
    Shown,
    begin_session,
    note_failure,
    now,
    refuse_foreign_origin,
    safe_next,
)
from api.signin.second_step import has_one, take_first, use_any_code, who_took_first
from engine.store.people import User

router = APIRouter()

_SEE_OTHER = 303
_AGAIN = "That took too long, or your password has changed meanwhile: sign in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStepPage:
    """The second step; `note` says that the first was taken, `kept` are inputs that go along."""

    note: str
    next: str
    problem: str | None
    kept: tuple[tuple[str, str], ...]


@router.post("/sign-in/code")
async def take_second(
    request: Request,
    services: Has,
    note: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Signs in with the code, and goes on to where one wanted to go."""
    refuse_foreign_origin(request)
    kept, moment = carried_by(await request.form()), now()
    async with services.database.reading() as connection:
        found = await who_took_first(services, connection, note, moment)
    if found is None:
        return _draw(request, note="", next_page=next, kept=kept, problem=_AGAIN)
    user, shown = found
    try:
        await services.guesses.count(user.id, address_of(request), moment)
    except Problem as problem:
        drawn = _draw(
            request, note=note, next_page=next, kept=kept, problem=problem.detail, status=429
        )
        drawn.headers.update(problem.headers)
        return drawn
    async with services.database.writing() as connection:
        is_right = await use_any_code(services, connection, user.id, code, moment)
    if not is_right:
        await note_failure(request, user)
        wrong = "That code is not right, or it has been used already: wait for the next one."
        return _draw(request, note=note, next_page=next, kept=kept, problem=wrong)
    await services.guesses.take_back(user.id, address_of(request), moment)
    return await enter(request, user, next_page=next, shown=shown, kept=kept)


async def enter_or_ask(
    request: Request,
    services: Has,
    user: User,
    *,
    next_page: str,
    shown: Shown = BY_PASSWORD,
    kept: Kept | None = None,
) -> Response:
    """Begins a session for somebody who has taken the first step; or the second step, if asked."""
    async with services.database.reading() as connection:
        asked = await has_one(connection, user.id)
    if not asked:
        return await enter(request, user, next_page=next_page, shown=shown, kept=kept)
    note = take_first(services, user, shown, now())
    return _draw(request, note=note, next_page=next_page, kept=kept, status=200)


async def enter(
    request: Request, user: User, *, next_page: str, shown: Shown, kept: Kept | None
) -> Response:
    """Begins a session; what came without one is shown for sending."""
    response: Response = RedirectResponse(safe_next(next_page), _SEE_OTHER)
    await begin_session(request, response, user, because="sign_in", shown=shown)
    if user.must_change_password and shown.way == "password":
        response.headers["Location"] = CHOOSING_PAGE
    elif kept is not None:
        kept = await claimed(services_of(request), kept, user.id)
        return resumed_with(response, request, None, kept)
    return response


def _draw(
    request: Request,
    *,
    note: str,
    next_page: str,
    kept: Kept | None,
    problem: str | None = None,
    status: int = 422,
) -> HTMLResponse:
    page = SecondStepPage(
        note=note,
        next=safe_next(next_page),
        problem=problem,
        kept=kept.carried if kept is not None else (),
    )
    return render(request, "pages/second_step.html", page, person=None, status=status)
