"""The inbox: what waits for me."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.pages.reader import zone_of
from api.pages.rendering import render
from api.pages.tiles import ClockPill, clock_pill
from api.pages.words import now
from api.services import Has
from api.signin.people import Member
from engine.store.queries.cards import assigned_cards
from pipes.identifiers import PhaseId, PipeId

router = APIRouter()

_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxCard:
    """A card that is assigned to the reader."""

    key: str
    title: str
    pipe_name: str
    phase_name: str
    tone: str
    on_hold: bool
    clock: ClockPill | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """The inbox."""

    cards: tuple[InboxCard, ...]
    more: bool


@router.get("/")
async def home(request: Request, services: Has, person: Member) -> Response:
    """Cards assigned to the reader, the most urgent first."""
    return await _draw(request, services, person)


async def _draw(request: Request, services: Has, person: Member) -> HTMLResponse:
    moment, zone = now(), zone_of(request)
    rows = []
    async with services.database.reading() as connection:
        found = await assigned_cards(connection, user=person.id, limit=_MOST + 1)
        for card in found[:_MOST]:
            published = await services.definitions.version(
                connection, PipeId(card.pipe), card.pipe_version
            )
            if published is None:
                continue
            definition = published.pipe.definition
            phase = definition.phase(PhaseId(card.phase))
            rows.append(
                InboxCard(
                    key=card.key,
                    title=card.title,
                    pipe_name=definition.name,
                    phase_name=phase.name,
                    tone=phase.color or "gray",
                    on_hold=card.on_hold,
                    clock=clock_pill(card, now=moment, zone=zone),
                )
            )
    page = HomePage(cards=tuple(rows), more=len(found) > _MOST)
    return render(request, "pages/home.html", page, person=person, section="home")
