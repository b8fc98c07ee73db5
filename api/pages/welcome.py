"""The first run: the owner begins with a company at work, or empty."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.pages.flashes import flash
from api.pages.rendering import render
from api.pages.words import now
from api.problems import Problem
from api.sample.seeding import has_cards
from api.services import Has
from api.signin.people import Member, SignedIn
from engine.gateway.settling import Settling
from engine.store import registry

router = APIRouter()

_SEE_OTHER = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomePage:
    """How to begin on a new installation, or how far the sample has come.

    Attributes:
        cards: How many cards there are so far.
        problem: Why the sample is not there as a whole.
    """

    pipes: tuple[str, ...]
    is_loading: bool
    cards: int
    problem: str


@router.get("/welcome")
async def show_welcome(request: Request, services: Has, person: Member) -> Response:
    """How to begin; while the sample is added, how far it has come; then the inbox."""
    loading = services.sample
    if not _may_begin(person):
        return RedirectResponse("/", _SEE_OTHER)
    begun = await has_cards(services.database)
    if begun and not loading.is_running and not loading.problem:
        return RedirectResponse("/", _SEE_OTHER)
    async with services.database.reading() as connection:
        pipes = await registry.list_pipes(connection, now())
    page = WelcomePage(
        pipes=tuple(pipe.name for pipe in pipes),
        is_loading=loading.is_running,
        cards=sum(pipe.open_cards for pipe in pipes),
        problem=loading.problem,
    )
    return render(request, "pages/welcome.html", page, person=person)


@router.post("/welcome")
async def begin(
    request: Request, services: Has, person: Member, begin: Annotated[str, Form()] = "empty"
) -> Response:
    """Begins with the sample, which goes on when the page is closed, or empty."""
    if not _may_begin(person):
        raise Problem(403, "not_allowed", "Only the owner begins an installation.")
    unfinished = bool(services.sample.problem)
    if begin == "sample" and (unfinished or not await has_cards(services.database)):
        settling = Settling(services.database, services.definitions, request.app.state.temporal)
        services.sample.begin(services.database, services.gateway, settling)
        return RedirectResponse("/welcome", _SEE_OTHER)
    response = RedirectResponse("/pipes", _SEE_OTHER)
    flash(response, "The pipes are ready. Create the first card, or look at how they are made.")
    return response


def _may_begin(person: SignedIn) -> bool:
    return person.user.installation_role == "owner"
