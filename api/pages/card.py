"""The page of a card, and what its forms send."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from api.cards import SeenCard, command_key, seen_card, send, sound_due
from api.pages.card_context import Attempt, CardContext, card_context
from api.pages.choosing import meant
from api.pages.flashes import Undoable, flash, with_undo
from api.pages.reader import everybody, locale_of
from api.pages.rendering import is_part, render, render_part
from api.problems import Problem
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import user
from engine.core.commands import (
    AddComment,
    AssignCard,
    CancelCard,
    ClaimCard,
    EditCard,
    HoldCard,
    ReopenCard,
    ResumeCard,
    Wish,
)
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import Deed, may
from engine.gateway import Rejected
from pipes.actions import Priority
from pipes.identifiers import Instant, PhaseId, UserId

router = APIRouter()

_MOST_VERSIONS = 2**53
# What was done, for scripts that put the card into the page.
SAID = "Phaseline-Said"
_PRIORITIES: Mapping[str, Priority] = {
    "low": "low",
    "normal": "normal",
    "high": "high",
    "urgent": "urgent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage:
    """The page of a card."""

    card: CardContext


@router.get("/cards/{card}")
async def show_card(
    card: str,
    request: Request,
    services: Has,
    person: Member,
    before: Annotated[int | None, Query(ge=1, le=_MOST_VERSIONS)] = None,
) -> HTMLResponse:
    """The card."""
    seen = await seen_card(services, person, card)
    context = await card_context(services, request, seen, before=before)
    if is_part(request):
        return render_part(request, "parts/_card.html", card=context)
    return render(
        request, "pages/card.html", CardPage(card=context), person=person, section="pipes"
    )


@router.post("/cards/{card}/assignees")
async def assign(card: str, request: Request, services: Has, person: Member) -> Response:
    """Makes the people who are ticked, and those whose names were typed, the assignees."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    async with services.database.reading() as connection:
        people = await everybody(connection)
    texts = [each for each in form.getlist("assignees") if isinstance(each, str)]
    chosen = tuple(UserId(each) for text in texts for each in meant(people, text))
    known = {each.id for each in people}.union(seen.card.work.assignees)
    typed = ", ".join(each for each in chosen if each not in known)
    wish, attempt = AssignCard(assignees=chosen), Attempt(assignees=typed)
    return await carry_out(services, request, person, seen, wish, "Saved.", attempt=attempt)


@router.post("/cards/{card}/claim")
async def claim(card: str, request: Request, services: Has, person: Member) -> Response:
    """Assigns the card to who asks."""
    seen = await seen_card(services, person, card)
    return await carry_out(services, request, person, seen, ClaimCard(), f"{_key(seen)} is yours.")


@router.post("/cards/{card}/details")
async def write_details(card: str, request: Request, services: Has, person: Member) -> Response:
    """Writes priority, labels and due date, as far as they differ."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    work = seen.card.work
    labels = tuple(
        dict.fromkeys(
            each.strip() for each in typed_text(form, "labels").split(",") if each.strip()
        )
    )
    priority = _PRIORITIES.get(typed_text(form, "priority"))
    locale = locale_of(request)
    shown = f"{work.due.astimezone(locale.zone):%Y-%m-%d}" if work.due else ""
    typed = typed_text(form, "due")
    due: tuple[Instant | None] | None = None
    if typed != shown:
        due = (_end_of_day(typed, request),)
    wish = EditCard(
        due=due,
        priority=priority if priority != work.priority else None,
        labels=labels if labels != work.labels else None,
    )
    return await carry_out(services, request, person, seen, wish, "Saved.")


@router.post("/cards/{card}/comments")
async def comment(card: str, request: Request, services: Has, person: Member) -> Response:
    """Writes a comment."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    text = typed_text(form, "text")
    reasons = await _reasons(
        services, person, seen, AddComment(text=text), key=typed_text(form, "command-key") or None
    )
    if reasons:
        attempt = Attempt(reasons=reasons, comment=text)
        return await draw_refused(services, request, person, seen, attempt)
    return await done(
        services, request, person, seen, "Comment added.", draft=f"comment:{_key(seen)}"
    )


@router.post("/cards/{card}/hold")
async def hold(card: str, request: Request, services: Has, person: Member) -> Response:
    """Puts the card on hold."""
    seen = await seen_card(services, person, card)
    reason = typed_text(await request.form(), "reason")
    said = f"{_key(seen)} is on hold."
    undoable = _undoable(person, seen, "resume") if _may(seen, "resume") else None
    wish = HoldCard(reason=reason)
    return await carry_out(services, request, person, seen, wish, said, undoable=undoable)


@router.post("/cards/{card}/resume")
async def resume(card: str, request: Request, services: Has, person: Member) -> Response:
    """Takes the card off hold."""
    seen = await seen_card(services, person, card)
    said = f"{_key(seen)} goes on."
    return await carry_out(services, request, person, seen, ResumeCard(), said)


@router.post("/cards/{card}/cancel")
async def cancel(card: str, request: Request, services: Has, person: Member) -> Response:
    """Ends the card without finishing it."""
    seen = await seen_card(services, person, card)
    reason = typed_text(await request.form(), "reason")
    said = f"{_key(seen)} is cancelled."
    wish, undoable = CancelCard(reason=reason), reopening(person, seen)
    return await carry_out(services, request, person, seen, wish, said, undoable=undoable)


@router.post("/cards/{card}/reopen")
async def reopen(card: str, request: Request, services: Has, person: Member) -> Response:
    """Brings a finished card back."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    wish = ReopenCard(reason=typed_text(form, "reason"), to=PhaseId(typed_text(form, "to")) or None)
    return await carry_out(services, request, person, seen, wish, f"{_key(seen)} is open again.")


def reopening(person: SignedIn, seen: SeenCard) -> Undoable | None:
    """How an end is taken back: into the phase in which the card stood, by who may reopen it."""
    if not _may(seen, "reopen"):
        return None
    return _undoable(person, seen, "reopen", reason="Undone.", to=seen.card.stay.phase)


def _undoable(person: SignedIn, seen: SeenCard, deed: str, **fields: str) -> Undoable:
    return Undoable(by=person, action=f"/cards/{_key(seen)}/{deed}", fields=fields)


def _may(seen: SeenCard, deed: Deed) -> bool:
    return may(deed, user(seen.standing.user), seen.standing, seen.card)


# --- answers --------------------------------------------------------------------------------------


async def carry_out(
    services: Services,
    request: Request,
    person: SignedIn,
    seen: SeenCard,
    wish: Wish,
    said: str,
    *,
    attempt: Attempt | None = None,
    draft: str = "",
    undoable: Undoable | None = None,
) -> Response:
    """Sends the command; the card's page with what came of it, and with what was typed."""
    reasons = await _reasons(services, person, seen, wish)
    if reasons and not _only_nothing_to_change(reasons):
        tried = replace(attempt or Attempt(), reasons=reasons)
        return await draw_refused(services, request, person, seen, tried)
    return await done(services, request, person, seen, said, draft=draft, undoable=undoable)


async def _reasons(
    services: Services,
    person: SignedIn,
    seen: SeenCard,
    wish: Wish,
    *,
    key: str | None = None,
) -> tuple[Reason, ...]:
    """Sends the command; why it was turned away, if it was."""
    outcome = await send(
        services,
        person,
        seen.card.identity.id,
        wish,
        key=command_key(person, key),
    )
    return outcome.reasons if isinstance(outcome, Rejected) else ()


def _only_nothing_to_change(reasons: tuple[Reason, ...]) -> bool:
    codes = {reason.code for reason in reasons}
    return codes == {ReasonCode.NOTHING_TO_CHANGE}


async def done(
    services: Services,
    request: Request,
    person: SignedIn,
    seen: SeenCard,
    said: str,
    *,
    draft: str = "",
    undoable: Undoable | None = None,
) -> Response:
    """The card as it is now, a word on what was done, and how it is taken back."""
    if is_part(request):
        again = await seen_card(services, person, seen.card.identity.id)
        context = await card_context(services, request, again)
        part = render_part(request, "parts/_card.html", card=context)
        part.headers[SAID] = quote(said)
        return part if undoable is None else with_undo(part, undoable)
    response = RedirectResponse(f"/cards/{_key(seen)}", 303)
    flash(response, said, draft=draft, undoable=undoable)
    return response


async def draw_refused(
    services: Services, request: Request, person: SignedIn, seen: SeenCard, attempt: Attempt
) -> HTMLResponse:
    """The card as it is now, with what was tried and why it was refused."""
    again = await seen_card(services, person, seen.card.identity.id)
    context = await card_context(services, request, again, attempt=attempt)
    if is_part(request):
        return render_part(request, "parts/_card.html", card=context, status=422)
    page = CardPage(card=context)
    return render(request, "pages/card.html", page, person=person, section="pipes", status=422)


def _key(seen: SeenCard) -> str:
    return seen.card.identity.key


def typed_text(form: FormData, name: str) -> str:
    """What was typed into a field of a page's form."""
    value = form.get(name)
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def _end_of_day(text: str, request: Request) -> Instant | None:
    """The last second of a day where the reader is; None for no day.

    Raises:
        Problem: The text is no date, or one that is not reckoned with.
    """
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 -- only the date is used
    except ValueError:
        raise Problem(
            422, "invalid_value", f"“{text[:40]}” is no date; write it as 2026-12-24."
        ) from None
    return sound_due(datetime.combine(day, time(23, 59, 59), tzinfo=locale_of(request).zone))
