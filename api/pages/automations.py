"""Automations: the buttons of a card, and for a pipe's admins what there is, what ran, dry runs."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.automating import (
    AutomationInWords,
    administered_pipe,
    automations_in_words,
    rehearsed,
    run_again,
)
from api.cards import seen_card, standing_in
from api.pages.around import RunShown, runs_shown
from api.pages.card import carry_out, typed_text
from api.pages.flashes import flash
from api.pages.places import places_of
from api.pages.reader import locale_of
from api.pages.rendering import Tab, render
from api.pages.words import now
from api.problems import Problem
from api.routes.automations import place_after, read_place
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import automation_name
from engine.core.commands import PressButton
from engine.gateway.rehearsing import Rehearsal
from engine.store import runs
from pipes.identifiers import AutomationId, PipeId

router = APIRouter()

_RUNS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What an automation would do to a card, or why that cannot be said."""

    automation: str
    card: str
    rehearsal: Rehearsal | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationsPage:
    """The automations of a pipe with their runs."""

    pipe_id: str
    pipe_name: str
    places: tuple[Tab, ...]
    automations: tuple[AutomationInWords, ...]
    runs: tuple[RunShown, ...]
    only: str
    state: str
    more: str | None
    dry_run: DryRun | None


@router.get("/pipes/{pipe}/automations")
async def automations(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    only: Annotated[str, Query(max_length=100)] = "",
    state: Literal["", "running", "done", "failed"] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    rehearse: Annotated[str, Query(max_length=100)] = "",
    card: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """What the pipe does by itself, what came of it, and what it would do to a card."""
    published = await administered_pipe(services, person, pipe, to="see_runs")
    standing = await standing_in(services, person, PipeId(pipe))
    definition = published.pipe.definition
    async with services.database.reading() as connection:
        found = await runs.of_pipe(
            connection,
            pipe,
            automation=only.replace("\x00", "") or None,
            state=state or None,
            before=read_place(cursor),
            limit=_RUNS + 1,
        )
    page = AutomationsPage(
        pipe_id=definition.id,
        pipe_name=definition.name,
        places=places_of(person, standing, pipe, "/automations"),
        automations=await automations_in_words(services, published),
        runs=runs_shown(found[:_RUNS], now=now(), locale=locale_of(request)),
        only=only,
        state=state,
        more=place_after(found[_RUNS - 1]) if len(found) > _RUNS else None,
        dry_run=await _dry_run(services, person, rehearse, card) if rehearse else None,
    )
    return render(request, "pages/automations.html", page, person=person, section="pipes")


@router.post("/pipes/{pipe}/automations/again")
async def again(pipe: str, request: Request, services: Has, person: Member) -> Response:
    """Has a run that ended run again."""
    await administered_pipe(services, person, pipe, to="run_again")
    form = await request.form()
    run = await run_again(services, pipe, typed_text(form, "run"))
    response = RedirectResponse(f"/pipes/{pipe}/automations", 303)
    flash(response, f"“{automation_name(run.order.automation)}” runs again.")
    return response


@router.post("/cards/{card}/buttons/{automation}")
async def press(
    card: str, automation: str, request: Request, services: Has, person: Member
) -> Response:
    """Sets off an automation that has a button on the card."""
    seen = await seen_card(services, person, card)
    wish = PressButton(automation=AutomationId(automation))
    return await carry_out(services, request, person, seen, wish, "Done: it happens now.")


async def _dry_run(services: Services, person: SignedIn, automation: str, card: str) -> DryRun:
    try:
        seen = await seen_card(services, person, card.strip())
        rehearsal = await rehearsed(services, person, seen, automation)
    except Problem as problem:
        return DryRun(automation=automation, card=card, rehearsal=None, problem=problem.detail)
    return DryRun(automation=automation, card=card, rehearsal=rehearsal, problem="")
