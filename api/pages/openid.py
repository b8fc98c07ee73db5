"""Signing in through the OpenID Connect provider of the settings, and what comes back from it."""

import re
import secrets
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.profile import draw_sign_in
from api.pages.second_step import enter_or_ask
from api.problems import Problem, not_found
from api.services import Has, Services
from api.signin.openid import (
    LASTS_SECONDS,
    Departure,
    Identity,
    NotBelieved,
    OpenIdConnect,
    ProviderFailed,
    depart,
)
from api.signin.people import Shown, now, safe_next
from engine.administration import administer
from engine.core.administration import LONGEST_NAME, AddPerson, Administrator
from engine.runtime.sealing import CannotOpen
from engine.store import identities, people
from engine.store.database import AsyncConnection
from engine.store.people import User
from pipes.identifiers import UserId

router = APIRouter()

COOKIE = "phaseline_openid"
_LONGEST = 2_000
_UNWANTED = re.compile(r"[^a-z0-9._-]+")
_MOST_LIKE_IT = 100

log = structlog.get_logger(__name__)


@router.get("/sign-in/oidc")
async def leave(
    services: Has,
    *,
    next: Annotated[str, Query(max_length=_LONGEST)] = "/",
    again: Annotated[bool, Query()] = False,
) -> Response:
    """Sends the browser to the provider; `again` has it ask who one is, although it knows."""
    provider = _provider(services)
    departure = depart(safe_next(next), again=again)
    try:
        response = RedirectResponse(await provider.address_to_sign_in(departure), 303)
    except ProviderFailed as failed:
        raise _no_answer(failed) from failed
    response.set_cookie(
        COOKIE,
        services.sealer().seal(departure.as_text()),
        max_age=LASTS_SECONDS,
        httponly=True,
        # The provider sends the browser back by a link: then a strict cookie would not come along.
        samesite="lax",
    )
    return response


@router.get("/sign-in/oidc/back")
async def come_back(
    request: Request,
    services: Has,
    code: Annotated[str, Query(max_length=_LONGEST)] = "",
    state: Annotated[str, Query(max_length=_LONGEST)] = "",
    error: Annotated[str, Query(max_length=_LONGEST)] = "",
) -> Response:
    """Begins a session for whom the provider names."""
    provider = _provider(services)
    departure = _departure(services, request, state)
    if departure is None:
        return await _refuse(request, services, "The way back was not the one you left by.", 403)
    if error:
        log.info("the provider has signed nobody in", error=error[:100])
        return await _refuse(request, services, "You were not signed in there.", 422)
    try:
        identity = await provider.identity(code, departure)
    except ProviderFailed as failed:
        raise _no_answer(failed) from failed
    except NotBelieved as doubt:
        log.warning("a sign-in was not believed", why=str(doubt))
        return await _refuse(request, services, "What came back does not prove who you are.", 403)
    async with services.database.writing() as connection:
        user = await _account_of(
            connection, identity, creates=services.settings.oidc_creates_people
        )
    if user is None or user.disabled:
        known = f" for {identity.email}" if identity.email else ""
        return await _refuse(
            request, services, f"There is no account{known} here: ask an admin for one.", 403
        )
    shown = Shown(way="provider", is_fresh=departure.again)
    response = await enter_or_ask(request, services, user, next_page=departure.next, shown=shown)
    response.delete_cookie(COOKIE)
    return response


def _provider(services: Services) -> OpenIdConnect:
    """The provider.

    Raises:
        Problem: There is none.
    """
    if services.openid is None:
        raise not_found("page")
    return services.openid


def _departure(services: Services, request: Request, state: str) -> Departure | None:
    """What this browser was sent away with, if it comes back in time and with the same state."""
    sealed = request.cookies.get(COOKIE)
    if not sealed:
        return None
    try:
        departure = Departure.of_text(services.sealer().open(sealed))
    except (CannotOpen, ValueError, TypeError):
        return None
    is_same = secrets.compare_digest(departure.state.encode(), state.encode())
    return departure if is_same and not departure.is_over else None


async def _account_of(
    connection: AsyncConnection, identity: Identity, *, creates: bool
) -> User | None:
    """The account of that identity: known before, of the verified address, or made now."""
    known = await identities.find(connection, identity.issuer, identity.subject)
    if known is not None:
        return known
    user = await people.find_by_email(connection, identity.email) if identity.email else None
    if user is None and creates:
        user = await _made(connection, identity)
    if user is not None:
        await identities.add(connection, identity.issuer, identity.subject, user.id, now())
    return user


async def _made(connection: AsyncConnection, identity: Identity) -> User | None:
    """An account without a password; its id is the provider's name for them, if that is free."""
    plain = _UNWANTED.sub("-", identity.username.casefold()).strip("._-")[:50] or "person"
    for number in range(_MOST_LIKE_IT):
        name = UserId(plain if number == 0 else f"{plain}-{number + 1}")
        if await people.read_user(connection, name) is None:
            act = AddPerson(
                person=name, name=identity.name[:LONGEST_NAME], email=identity.email, one_time=False
            )
            by = Administrator(user=UserId(""), way="command")
            await administer(connection, act, by=by, at=now())
            return await people.read_user(connection, name)
    return None


async def _refuse(request: Request, services: Services, problem: str, status: int) -> Response:
    drawn = await draw_sign_in(request, services, next_page="/", problem=problem, status=status)
    drawn.delete_cookie(COOKIE)
    return drawn


def _no_answer(failed: ProviderFailed) -> Problem:
    log.error("the OpenID Connect provider does not answer", why=str(failed))
    return Problem(
        503,
        "provider_unavailable",
        "Signing in there is not possible just now. Try again, or use your password.",
        headers={"Retry-After": "10"},
    )
