"""One delivery: what is sent, every attempt with its answer, and sending it once more."""

import json
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from api import webhooks
from api.pages.administering import led_back, tabs_for
from api.pages.reader import locale_of
from api.pages.rendering import Tab, render
from api.pages.webhooks import Pill, state_of
from api.pages.words import ago, now, span
from api.services import Has
from api.signin.people import Member
from api.webhooks import seen_delivery
from engine.core.actors import automation_name
from engine.store import deliveries, endpoints
from engine.store.deliveries import Attempt, Delivery

router = APIRouter()

# Of what is kept with a delivery, what does not leave with it.
_INSIDE = frozenset(("chain", "places", "run"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One attempt, in words."""

    number: int
    when: Markup
    took: str
    status: int | None
    failure: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """One delivery."""

    tabs: tuple[Tab, ...]
    id: str
    about: str
    kind: str
    target: str
    card: str
    webhook: str
    automation: str
    state: Pill
    made: Markup
    next: str
    has_ended: bool
    content: str
    attempts: tuple[AttemptLine, ...]


@router.get("/deliveries/{delivery}")
async def delivery_page(
    delivery: str, request: Request, services: Has, person: Member
) -> HTMLResponse:
    """What is sent, and how each attempt went."""
    seen = await seen_delivery(services, person, delivery)
    found, moment, locale = seen.delivery, now(), locale_of(request)
    async with services.database.reading() as connection:
        endpoint = await endpoints.read(connection, found.endpoint or "")
        keys = await deliveries.card_keys(connection, (found.card,))
    page = DeliveryPage(
        tabs=tabs_for(person, "/webhooks"),
        id=found.id,
        about=found.about,
        kind={"webhook": "Webhook", "http": "Request", "email": "E-mail"}[found.kind],
        target=found.target if endpoint is None else endpoint.url,
        card=keys.get(found.card, ""),
        webhook=found.endpoint or "",
        automation=automation_name(found.cause),
        state=state_of(found),
        made=ago(found.created_at, now=moment, locale=locale),
        next="" if found.next_at is None else span((found.next_at - moment).total_seconds()),
        has_ended=found.state != "waiting",
        content=_content(found),
        attempts=tuple(
            AttemptLine(
                number=each.number,
                when=ago(each.at, now=moment, locale=locale),
                took=_took(each),
                status=each.status,
                failure=each.failure or "",
                answer=each.answer,
            )
            for each in reversed(seen.attempts)
        ),
    )
    return render(request, "pages/delivery.html", page, person=person, section="people")


@router.post("/deliveries/{delivery}/replay")
async def replay(delivery: str, services: Has, person: Member) -> Response:
    """Sends it once more, under its id."""
    seen = await seen_delivery(services, person, delivery)
    await webhooks.replayed(services, person, seen.delivery, "page")
    return led_back(f"/deliveries/{delivery}", "It is sent once more, under the same id.")


def _took(attempt: Attempt) -> str:
    thousandths = attempt.milliseconds
    return f"{thousandths} ms" if thousandths < 1_000 else f"{thousandths / 1_000:.1f} s"


def _content(delivery: Delivery) -> str:
    """What is sent, as people can read it."""
    content = delivery.content
    if content is None:
        return ""
    if delivery.kind == "webhook":
        return json.dumps(json.loads(str(content["body"])), indent=2, ensure_ascii=False)
    shown = {name: value for name, value in content.items() if name not in _INSIDE}
    return json.dumps(shown, indent=2, ensure_ascii=False)
