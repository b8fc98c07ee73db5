"""Start forms for people without an account, and the page by which they follow what they asked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.datastructures import FormData

from api.attachments import UPLOADS_OF_STRANGERS
from api.cards import published_pipe
from api.middleware import POLICY_HEADER, policy_in_frames
from api.pages.controls import Control, Typed, read_typed
from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.start import StartHead, start_controls, start_head
from api.pages.uploads import Sender, brings_files, with_files
from api.pages.words import ago, now
from api.problems import not_found
from api.services import Has, Services
from api.signin.limits import seconds_to_wait
from api.signin.people import refuse_foreign_origin
from engine.core.actors import Actor
from engine.core.card import Card
from engine.core.commands import CommandKey
from engine.core.events import CardCreated
from engine.core.reasons import Reason
from engine.core.rights import hidden_fields, reasons_against_creating
from engine.gateway import Published, Rejected
from engine.locales import Locale
from engine.store import follow_ups, log, registry
from engine.store.attempts import Limit
from engine.store.people import hashed
from pipes.definition import Definition
from pipes.fields import display
from pipes.forms import START
from pipes.identifiers import FieldId, PipeId

router = APIRouter()

SENDER = Actor(kind="public", id="")
# What people never see and never fill in; programs that fill in everything do.
TRAP = "leave-empty"
_LINK = "secret-link"
# What one address may send to a pipe, and what a pipe takes from everybody.
_SENDERS = Limit(name="public form here", attempts=10, within=timedelta(minutes=10))
_PIPES = Limit(name="public form", attempts=500, within=timedelta(hours=1))
_LONG_ENOUGH = 32
_LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """The start form for somebody without an account, with what was typed.

    Attributes:
        problem: Why nothing was sent, if it is about none of the fields.
        is_caught: Whether the trap was filled in; it is shown then, so that a person can empty it.
    """

    pipe: StartHead
    secret: str
    controls: tuple[Control, ...]
    reasons: tuple[Reason, ...]
    problem: str
    is_caught: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A phase on the way, as the sender sees it."""

    name: str
    tone: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the sender has written in a field."""

    label: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPage:
    """How far a request has come, for its sender."""

    noun: str
    pipe_name: str
    key: str
    title: str
    state: str
    milestones: tuple[Milestone, ...]
    asked: Markup
    changed: Markup
    sent: tuple[Sent, ...]
    address: str


@router.get("/forms/{pipe}")
async def show_form(pipe: str, request: Request, services: Has) -> HTMLResponse:
    """The empty form."""
    published = await _public_pipe(services, pipe)
    secret = secrets.token_urlsafe(32)
    return await _draw(services, request, published, secret=secret)


@router.post("/forms/{pipe}")
async def send_form(pipe: str, request: Request, services: Has) -> Response:
    """Creates the card; then the page by which its sender can follow it."""
    refuse_foreign_origin(request)
    published = await _public_pipe(services, pipe)
    form = await request.form()
    fields = [field for _, field in published.pipe.form(START).entries]
    typed = read_typed(fields, form)
    secret = _secret_in(form)
    if form.get(TRAP):
        return await _draw(services, request, published, secret=secret, typed=typed, is_caught=True)
    wait = await _must_wait(services, request, pipe, now(), brings_files=brings_files(form))
    if wait is not None:
        problem = f"Too many requests have come from here. Try again in {wait} seconds."
        flooded = await _draw(
            services, request, published, secret=secret, typed=typed, problem=problem, status=429
        )
        flooded.headers["Retry-After"] = str(wait)
        return flooded
    sender = Sender(name="", attaching=services.public_attaching())
    typed = await with_files(services, sender, fields, form, typed, there={})
    reasons: tuple[Reason, ...] = ()
    if not typed.complaints:
        outcome = await services.gateway.create(
            PipeId(pipe), key=_key(secret), actor=SENDER, values=typed.values
        )
        if not isinstance(outcome, Rejected):
            return await _begin_following(services, secret, outcome.card)
        reasons = outcome.reasons
    return await _draw(
        services, request, published, secret=secret, typed=typed, reasons=reasons, status=422
    )


@router.get("/follow/{secret}")
async def follow(
    secret: Annotated[str, Path(max_length=_LONGEST_SECRET)], request: Request, services: Has
) -> HTMLResponse:
    """How far the request has come that this secret belongs to."""
    followed = await _followed(services, secret)
    if followed is None:
        raise not_found("request")
    page = _follow_page(request, services, secret, followed)
    return _framed(services, render(request, "pages/follow.html", page, person=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    """The card that a secret leads to, and how it began."""

    card: Card
    published: Published
    created: CardCreated | None


async def _followed(services: Services, secret: str) -> _Followed | None:
    async with services.database.reading() as connection:
        number = await follow_ups.find(connection, secret)
        stored = await log.load_card(connection, number) if number else None
        if stored is None:
            return None
        card = stored.card
        first = await log.read_events(connection, card.identity.id, limit=1)
        published = await services.definitions.version(
            connection, card.identity.pipe, card.pin.version
        )
    created = next((each.body for each in first if isinstance(each.body, CardCreated)), None)
    if published is None:
        return None
    return _Followed(card=card, published=published, created=created)


async def _public_pipe(services: Services, pipe: str) -> Published:
    """The pipe, if anybody may send its start form.

    Raises:
        Problem: There is none for people without an account.
    """
    published = await published_pipe(services, pipe)
    async with services.database.reading() as connection:
        retired = await registry.is_retired(connection, pipe)
    if retired or reasons_against_creating(published.pipe.definition, SENDER, None):
        raise not_found("form")
    return published


def _secret_in(form: FormData) -> str:
    """The secret that came with the form, so that sending it twice makes one card."""
    given = form.get(_LINK)
    text = given if isinstance(given, str) and given.isascii() and given.isprintable() else ""
    return text if _LONG_ENOUGH <= len(text) <= _LONGEST_SECRET else secrets.token_urlsafe(32)


def _key(secret: str) -> CommandKey:
    """The idempotency key of a request; not the secret, as history shows it."""
    return CommandKey(f"public:{hashed(secret)[:32]}")


async def _must_wait(
    services: Services, request: Request, pipe: str, moment: datetime, *, brings_files: bool
) -> int | None:
    """For how many seconds nothing more is taken from this address, or for this pipe."""
    address = f"{request.client.host if request.client else ''}|{pipe}"
    limits = [(_SENDERS, address), (_PIPES, pipe)]
    if brings_files:
        limits.append((UPLOADS_OF_STRANGERS, pipe))
    return await seconds_to_wait(services.database, limits, moment)


async def _begin_following(services: Services, secret: str, card: Card) -> Response:
    async with services.database.writing() as connection:
        await follow_ups.add(connection, secret, card.identity.id, now())
    response = RedirectResponse(f"/follow/{secret}", 303)
    return _framed(services, response)


async def _draw(
    services: Services,
    request: Request,
    published: Published,
    *,
    secret: str,
    typed: Typed | None = None,
    reasons: Sequence[Reason] = (),
    problem: str = "",
    is_caught: bool = False,
    status: int = 200,
) -> HTMLResponse:
    page = PublicPage(
        pipe=start_head(published),
        secret=secret,
        controls=start_controls(
            published,
            locale=locale_of(request),
            standing=None,
            people=(),
            typed=typed,
            reasons=tuple(reasons),
        ),
        reasons=tuple(reasons),
        problem=problem,
        is_caught=is_caught,
    )
    drawn = render(
        request,
        "pages/public_form.html",
        page,
        person=None,
        status=422 if is_caught else status,
    )
    return _framed(services, drawn)


def _framed[Answer: Response](services: Services, response: Answer) -> Answer:
    """The answer, which the sites of the setting may show in a frame; no search engine keeps it."""
    response.headers[POLICY_HEADER] = policy_in_frames(services.settings.embed_on)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _follow_page(
    request: Request, services: Services, secret: str, followed: _Followed
) -> FollowPage:
    card, definition = followed.card, followed.published.pipe.definition
    locale, moment = locale_of(request), now()
    return FollowPage(
        noun=definition.card.noun,
        pipe_name=definition.name,
        key=card.identity.key,
        title=card.work.title,
        state=_state(card, definition),
        milestones=tuple(
            Milestone(
                name=phase.name,
                tone=phase.color or "gray",
                is_current=phase.id == card.stay.phase,
            )
            for phase in definition.phases
            if phase.final != "cancelled" or phase.id == card.stay.phase
        ),
        asked=ago(card.identity.created_at, now=moment, locale=locale),
        changed=ago(card.stay.entered_at, now=moment, locale=locale),
        sent=_sent(definition, followed.created, locale),
        address=f"{services.settings.address}/follow/{secret}",
    )


def _state(card: Card, definition: Definition) -> str:
    match card.life.status:
        case "done":
            return "It is done."
        case "cancelled":
            return "It was closed without being done."
        case _:
            name = definition.phase(card.stay.phase).name
            waits = " It is on hold at the moment." if card.life.hold is not None else ""
            return f"It is being worked on: it is in {name}.{waits}"


def _sent(definition: Definition, created: CardCreated | None, locale: Locale) -> tuple[Sent, ...]:
    if created is None:
        return ()
    hidden = hidden_fields(definition, None, None)
    shown = []
    for name, value in created.values.items():
        field = definition.fields.get(FieldId(name))
        if field is None or field.id in hidden:
            continue
        text = display(field, value, {}, locale)
        if text:
            shown.append(Sent(label=field.label, shown=text))
    return tuple(shown)
