"""One's second factor: set up with an authenticator, confirmed by a first code, taken away."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from api.pages.administering import led_back, why_not
from api.pages.reader import locale_of
from api.pages.refusals import in_a_line
from api.pages.rendering import render
from api.pages.words import day, now
from api.services import Has
from api.signin import totp
from api.signin.noting import address_of, note_way_in
from api.signin.people import SECOND_FACTOR_PAGE, Member, SignedIn
from api.signin.proving import Proved
from api.signin.second_step import use_code
from engine.core.administration import RemoveSecondFactor
from engine.store import recovery, second_factors, sessions
from pipes.identifiers import UserId

router = APIRouter()

_PROFILE = "/profile#second-factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What an authenticator has to know, as a picture and in letters."""

    picture: str
    address: str
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorPage:
    """A second factor that counts, one that is being set up, or none.

    Attributes:
        since: Since when it counts; empty if none does.
        is_asked: Whether the reader's role has to have one.
        codes_left: How many recovery codes they have, should they lose it.
    """

    since: str
    beginning: Beginning | None
    is_asked: bool
    codes_left: int
    problem: str | None


@router.get(SECOND_FACTOR_PAGE)
async def show_second_factor(request: Request, services: Has, person: Member) -> HTMLResponse:
    """The reader's second factor."""
    return await _draw(request, services, person)


@router.post(f"{SECOND_FACTOR_PAGE}/begin")
async def begin_second_factor(request: Request, services: Has, person: Proved) -> Response:
    """Makes what an authenticator makes codes of; it does not count before a code was typed."""
    seed = totp.new_seed()
    async with services.database.writing() as connection:
        sealed = services.sealer().seal(seed)
        await second_factors.begin(connection, person.id, sealed, now())
    return await _draw(request, services, person, seed=seed)


@router.post(f"{SECOND_FACTOR_PAGE}/confirm")
async def confirm_second_factor(
    request: Request, services: Has, person: Proved, code: Annotated[str, Form()] = ""
) -> Response:
    """Lets it count, if the code is right; every other session ends."""
    moment, address = now(), address_of(request)
    await services.guesses.count(person.id, address, moment)
    async with services.database.writing() as connection:
        factor = await second_factors.read(connection, person.id)
        if factor is None or factor.confirmed_at is not None:
            return led_back(SECOND_FACTOR_PAGE, "There is nothing to be confirmed.")
        is_right = await use_code(services, connection, person.id, code, moment)
        if is_right:
            await second_factors.confirm(connection, person.id, moment)
            await sessions.end_others(connection, person.id, person.session)
            await note_way_in(connection, request, "add_second_factor", person.id, at=moment)
    if not is_right:
        seed = services.sealer().open(factor.sealed)
        problem = "That is not the code that this would show now. Is the telephone's time right?"
        return await _draw(request, services, person, seed=seed, problem=problem)
    await services.guesses.take_back(person.id, address, moment)
    return led_back(SECOND_FACTOR_PAGE, "From now on a code is asked for at each sign-in.")


@router.post(f"{SECOND_FACTOR_PAGE}/remove")
async def remove_second_factor(services: Has, person: Proved) -> Response:
    """Takes it away; every other session ends."""
    reasons = await why_not(services, person, [RemoveSecondFactor(person=UserId(person.id))])
    if reasons:
        return led_back(_PROFILE, in_a_line(reasons))
    async with services.database.writing() as connection:
        await sessions.end_others(connection, person.id, person.session)
    return led_back(_PROFILE, "The second factor is taken away.")


async def _draw(
    request: Request,
    services: Has,
    person: SignedIn,
    *,
    seed: str | None = None,
    problem: str | None = None,
) -> HTMLResponse:
    async with services.database.reading() as connection:
        factor = await second_factors.read(connection, person.id)
        asked_of = await second_factors.required_of(connection)
        codes = await recovery.count(connection, person.id)
    since = factor.confirmed_at if factor is not None else None
    page = SecondFactorPage(
        since=day(since, locale_of(request)) if since is not None else "",
        beginning=_beginning(services, person, seed) if seed and since is None else None,
        is_asked=person.user.installation_role in asked_of,
        codes_left=codes,
        problem=problem,
    )
    status = 422 if problem else 200
    return render(request, "pages/second_factor.html", page, person=person, status=status)


def _beginning(services: Has, person: SignedIn, seed: str) -> Beginning:
    place = urlsplit(services.settings.address).netloc
    address = totp.address_of(seed, person.id, place)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="white")
    return Beginning(picture=picture, address=address, letters=totp.in_groups(seed))
