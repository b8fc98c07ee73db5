"""The screens of webhooks: the list, one with its deliveries, and the secrets that pipes keep."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from starlette.datastructures import FormData

from api import webhooks
from api.pages.administering import led_back, secret_page, tabs_for, typed
from api.pages.flashes import Undoable
from api.pages.reader import locale_of
from api.pages.rendering import Tab, render
from api.pages.words import ago, now
from api.problems import Problem
from api.routes.answers import decode_cursor, encode_cursor, instant_in
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from api.webhooks import (
    SeenEndpoint,
    by,
    managed_pipes,
    require_manager,
    seen_endpoint,
    seen_endpoints,
)
from engine.core.webhooks import EVENT_TYPES
from engine.store import deliveries, secrets
from engine.store.deliveries import Delivery, DeliveryState, Wanted
from engine.store.endpoints import Endpoint
from engine.webhooks import EndpointWish, is_secret_name, keep_secret, remove_secret
from pipes.identifiers import PipeId

router = APIRouter()

_PER_PAGE = 50
_ABOUT = (
    "The receiver verifies with it what we send, after the Standard Webhooks specification."
    " It is shown only now."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pill:
    """How something stands, in a word and a colour."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookLine:
    """A webhook in the list."""

    id: str
    url: str
    about: str
    types: str
    state: Pill
    waiting: int
    failed: int
    is_named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeChoice:
    """A pipe whose webhooks the reader looks after."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretLine:
    """A secret of a pipe, without what it says."""

    pipe: str
    pipe_name: str
    name: str
    changed: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksPage:
    """Every webhook that the reader looks after, and the secrets of their pipes."""

    tabs: tuple[Tab, ...]
    webhooks: tuple[WebhookLine, ...]
    secrets: tuple[SecretLine, ...]
    pipes: tuple[PipeChoice, ...]
    of_all_pipes: bool
    types: tuple[str, ...]
    problems: tuple[str, ...]
    typed: EndpointWish


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """A delivery in the list of its webhook."""

    id: str
    about: str
    card: str
    state: Pill
    attempts: int
    when: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPage:
    """One webhook, and what it was told."""

    tabs: tuple[Tab, ...]
    webhook: WebhookLine
    chosen: tuple[str, ...]
    types: tuple[str, ...]
    description: str
    is_stopped: bool
    stopped: Markup | None
    stopped_because: str
    failing: Markup | None
    state: DeliveryState | None
    deliveries: tuple[DeliveryLine, ...]
    older: str | None
    problems: tuple[str, ...]


def state_of(delivery: Delivery) -> Pill:
    """How a delivery stands."""
    match delivery.state:
        case "sent":
            return Pill(text="Arrived", tone="good")
        case "failed":
            return Pill(text="Given up", tone="bad")
        case "waiting" if delivery.attempts:
            return Pill(text="Tried again later", tone="warn")
        case "waiting":
            return Pill(text="Waiting")


# --- the list -------------------------------------------------------------------------------------


@router.get("/webhooks")
async def webhooks_page(request: Request, services: Has, person: Member) -> HTMLResponse:
    """The webhooks that the reader looks after."""
    return await _draw_list(request, services, person)


@router.post("/webhooks")
async def add_webhook(request: Request, services: Has, person: Member) -> Response:
    """Adds a webhook; its secret is shown this once."""
    form = await request.form()
    wish, pipe = _wish(form), typed(form, "pipe")
    try:
        endpoint, secret = await webhooks.added(
            services, person, PipeId(pipe) if pipe else None, wish, "page"
        )
    except Problem as problem:
        return await _draw_list(request, services, person, problem=_mendable(problem), wish=wish)
    return secret_page(
        request,
        person,
        title="The webhook’s secret",
        about=_ABOUT,
        secret=secret,
        back=f"/webhooks/{endpoint.id}",
    )


@router.post("/pipe-secrets")
async def put_secret(request: Request, services: Has, person: Member) -> Response:
    """Keeps a secret for a pipe."""
    form = await request.form()
    pipe, name, secret = PipeId(typed(form, "pipe")), typed(form, "name"), typed(form, "secret")
    await require_manager(services, person, pipe)
    if not is_secret_name(name) or not secret:
        return led_back("/webhooks", "Not kept: a name has letters, digits, - and _ only.")
    sealed = services.sealer().seal(secret)
    async with services.database.writing() as connection:
        await keep_secret(connection, pipe, name, sealed, by(person, "page"))
    return led_back("/webhooks", f"The secret “{name}” is kept.")


@router.post("/pipe-secrets/forget")
async def forget_secret(request: Request, services: Has, person: Member) -> Response:
    """Forgets a secret of a pipe."""
    form = await request.form()
    pipe, name = PipeId(typed(form, "pipe")), typed(form, "name")
    await require_manager(services, person, pipe)
    async with services.database.writing() as connection:
        await remove_secret(connection, pipe, name, by(person, "page"))
    return led_back("/webhooks", f"The secret “{name}” is forgotten.")


async def _draw_list(
    request: Request,
    services: Services,
    person: SignedIn,
    *,
    problem: Problem | None = None,
    wish: EndpointWish | None = None,
) -> HTMLResponse:
    pipes = await managed_pipes(services, person)
    of_all_pipes = await webhooks.manages_all(services, person)
    if not pipes and not of_all_pipes:
        await require_manager(services, person, None)
    found = await seen_endpoints(services, person)
    page = WebhooksPage(
        tabs=tabs_for(person, "/webhooks"),
        webhooks=tuple(_line(each, pipes) for each in found),
        secrets=await _secrets(request, services, pipes),
        pipes=tuple(PipeChoice(id=pipe, name=name) for pipe, name in pipes.items()),
        of_all_pipes=of_all_pipes,
        types=EVENT_TYPES,
        problems=() if problem is None else _said(problem),
        typed=wish or EndpointWish(url=""),
    )
    status = 200 if problem is None else problem.status
    return render(
        request, "pages/webhooks.html", page, person=person, section="people", status=status
    )


async def _secrets(
    request: Request, services: Services, pipes: dict[PipeId, str]
) -> tuple[SecretLine, ...]:
    moment, locale = now(), locale_of(request)
    lines = []
    async with services.database.reading() as connection:
        for pipe, name in pipes.items():
            lines += [
                SecretLine(
                    pipe=pipe,
                    pipe_name=name,
                    name=each.name,
                    changed=ago(each.changed_at, now=moment, locale=locale),
                )
                for each in await secrets.listed(connection, pipe)
            ]
    return tuple(lines)


# --- one ------------------------------------------------------------------------------------------


@router.get("/webhooks/{webhook}")
async def webhook_page(
    webhook: str, request: Request, services: Has, person: Member
) -> HTMLResponse:
    """One webhook and what it was told, the newest first."""
    return await _draw_one(request, services, person, webhook)


@router.post("/webhooks/{webhook}")
async def change_webhook(webhook: str, request: Request, services: Has, person: Member) -> Response:
    """Changes a webhook."""
    seen = await seen_endpoint(services, person, webhook)
    wish = _wish(await request.form())
    try:
        await webhooks.changed(services, person, seen.endpoint, wish, "page")
    except Problem as problem:
        return await _draw_one(request, services, person, webhook, problem=_mendable(problem))
    return led_back(f"/webhooks/{webhook}", "The webhook is changed.")


@router.post("/webhooks/{webhook}/secret")
async def replace_secret(webhook: str, request: Request, services: Has, person: Member) -> Response:
    """Makes a new secret, shown this once; the one before signs beside it for a day."""
    seen = await seen_endpoint(services, person, webhook)
    secret = await webhooks.secret_replaced(services, person, seen.endpoint, "page")
    return secret_page(
        request,
        person,
        title="The webhook’s new secret",
        about=f"{_ABOUT} For a day the one before signs, too.",
        secret=secret,
        back=f"/webhooks/{webhook}",
    )


@router.post("/webhooks/{webhook}/stop")
async def stop_webhook(webhook: str, services: Has, person: Member) -> Response:
    """Sends nothing more there; what comes meanwhile waits."""
    seen = await seen_endpoint(services, person, webhook)
    await webhooks.stopped(services, person, seen.endpoint, "page")
    undoable = Undoable(by=person, action=f"/webhooks/{webhook}/resume")
    return led_back(f"/webhooks/{webhook}", "It is stopped. What comes meanwhile waits.", undoable)


@router.post("/webhooks/{webhook}/resume")
async def resume_webhook(webhook: str, services: Has, person: Member) -> Response:
    """Sends there again, at once and in order what has waited."""
    seen = await seen_endpoint(services, person, webhook)
    await webhooks.resumed(services, person, seen.endpoint, "page")
    return led_back(f"/webhooks/{webhook}", "It is resumed: what has waited is sent now.")


@router.post("/webhooks/{webhook}/remove")
async def remove_webhook(webhook: str, services: Has, person: Member) -> Response:
    """Removes a webhook with everything that was sent to it."""
    seen = await seen_endpoint(services, person, webhook)
    await webhooks.removed(services, person, seen.endpoint, "page")
    return led_back("/webhooks", "The webhook is removed.")


async def _draw_one(
    request: Request,
    services: Services,
    person: SignedIn,
    webhook: str,
    *,
    problem: Problem | None = None,
) -> HTMLResponse:
    seen = await seen_endpoint(services, person, webhook)
    endpoint, moment, locale = seen.endpoint, now(), locale_of(request)
    state = _state(request.query_params.get("state"))
    lines, older = await _deliveries(request, services, endpoint, state)

    def told(instant: datetime | None) -> Markup | None:
        return None if instant is None else ago(instant, now=moment, locale=locale)

    page = WebhookPage(
        tabs=tabs_for(person, "/webhooks"),
        webhook=_line(seen, await managed_pipes(services, person)),
        chosen=endpoint.types,
        types=EVENT_TYPES,
        description=endpoint.description,
        is_stopped=endpoint.stopped_at is not None,
        stopped=told(endpoint.stopped_at),
        stopped_because=endpoint.stopped_because or "",
        failing=told(endpoint.failing_since),
        state=state,
        deliveries=lines,
        older=older,
        problems=() if problem is None else _said(problem),
    )
    status = 200 if problem is None else problem.status
    return render(
        request, "pages/webhook.html", page, person=person, section="people", status=status
    )


async def _deliveries(
    request: Request, services: Services, endpoint: Endpoint, state: DeliveryState | None
) -> tuple[tuple[DeliveryLine, ...], str | None]:
    moment, locale = now(), locale_of(request)
    cursor, before = request.query_params.get("before"), None
    if cursor:
        at, last = decode_cursor(cursor, (str, str))
        before = (instant_in(at), str(last))
    async with services.database.reading() as connection:
        found = await deliveries.listed(
            connection,
            Wanted(endpoint=endpoint.id, state=state),
            limit=_PER_PAGE + 1,
            before=before,
        )
        keys = await deliveries.card_keys(connection, (each.card for each in found))
    shown = found[:_PER_PAGE]
    older = None
    if len(found) > _PER_PAGE:
        older = encode_cursor(shown[-1].created_at.isoformat(), shown[-1].id)
    return tuple(
        DeliveryLine(
            id=each.id,
            about=each.about,
            card=keys.get(each.card, ""),
            state=state_of(each),
            attempts=each.attempts,
            when=ago(each.created_at, now=moment, locale=locale),
        )
        for each in shown
    ), older


def _line(seen: SeenEndpoint, pipes: dict[PipeId, str]) -> WebhookLine:
    endpoint = seen.endpoint
    whose = "Every pipe" if endpoint.pipe is None else pipes.get(endpoint.pipe, endpoint.pipe)
    # Of one that a definition names there is nothing else to say.
    is_named = endpoint.origin == "definition"
    description = "" if is_named else endpoint.description
    return WebhookLine(
        id=endpoint.id,
        url=endpoint.url,
        about=f"{whose} · {description}" if description else whose,
        types=", ".join(endpoint.types) or "every type of event",
        state=_standing(endpoint),
        waiting=seen.counts.get("waiting", 0),
        failed=seen.counts.get("failed", 0),
        is_named=is_named,
    )


def _standing(endpoint: Endpoint) -> Pill:
    if endpoint.stopped_at is not None:
        return Pill(text="Stopped", tone="bad")
    if endpoint.failing_since is not None:
        return Pill(text="Not arriving", tone="warn")
    return Pill(text="Active", tone="good")


def _wish(form: FormData) -> EndpointWish:
    return EndpointWish(
        url=typed(form, "url"),
        description=typed(form, "description"),
        types=tuple(str(each) for each in form.getlist("types")),
    )


def _state(text: str | None) -> DeliveryState | None:
    return next((each for each in get_args(DeliveryState.__value__) if each == text), None)


def _mendable(problem: Problem) -> Problem:
    """The problem, if whoever typed can mend it on the page.

    Raises:
        Problem: They cannot.
    """
    if problem.status != 422:
        raise problem
    return problem


def _said(problem: Problem) -> tuple[str, ...]:
    return tuple(reason.message for reason in problem.reasons) or (problem.detail,)
