"""The list: the open cards of a pipe as a table, sorted by a column, page by page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.cards import published_pipe, standing_in, viewer_of
from api.pages.board import draw_tiles
from api.pages.filters import Filtered, Filters, ViewHead, view_head
from api.pages.reader import zone_of
from api.pages.rendering import render
from api.pages.tiles import Tile
from api.pages.words import ago, now
from api.services import Has
from api.signin.people import Member
from engine.store.queries import board as boards
from engine.store.queries.views import ORDERS, Order, list_open_cards
from pipes.identifiers import PhaseId, PipeId

router = APIRouter()

PAGE = 100
_MOST_PAGES = 10_000
_HEADINGS: tuple[tuple[Order, str], ...] = (
    ("title", "Card"),
    ("age", "Phase"),
    ("deadline", "Time"),
    ("updated", "Changed"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column that the list can be sorted by."""

    label: str
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A card in the list."""

    tile: Tile
    phase_name: str
    tone: str
    since: Markup
    changed: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The list; `shown` says which of how many cards are on the page."""

    head: ViewHead
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    shown: str
    before: str | None
    after: str | None


@router.get("/pipes/{pipe}/list")
async def list_view(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    filters: Filtered,
    sort: Annotated[str, Query(max_length=20)] = "deadline",
    page: Annotated[int, Query(ge=1, le=_MOST_PAGES)] = 1,
) -> HTMLResponse:
    """The cards of a pipe as a table."""
    published = await published_pipe(services, pipe)
    definition = published.pipe.definition
    standing = await standing_in(services, person, PipeId(pipe))
    order: Order = next((each for each in ORDERS if each == sort), "deadline")
    moment, viewer, wanted = now(), viewer_of(standing), filters.wanted(person)
    async with services.database.reading() as connection:
        head = await view_head(connection, published, standing, filters, "list", sort=order)
        tallies = await boards.count_columns(
            connection, pipe=pipe, wanted=wanted, viewer=viewer, now=moment
        )
        found = await list_open_cards(
            connection,
            pipe=pipe,
            wanted=wanted,
            viewer=viewer,
            now=moment,
            order=order,
            limit=PAGE,
            offset=(page - 1) * PAGE,
        )
    tiles = await draw_tiles(services, request, published, standing, found)
    zone, number = zone_of(request), sum(each.cards for each in tallies.values())
    rows = []
    for card, tile in zip(found, tiles, strict=True):
        phase = definition.phases_by_id.get(PhaseId(card.phase))
        rows.append(
            Row(
                tile=tile,
                phase_name=phase.name if phase else card.phase,
                tone=(phase.color if phase else None) or "gray",
                since=ago(card.phase_entered_at, now=moment, zone=zone),
                changed=ago(card.updated_at, now=moment, zone=zone),
            )
        )
    first, last = (page - 1) * PAGE + 1, (page - 1) * PAGE + len(found)
    drawn = ListPage(
        head=head,
        headings=_headings(head.path, filters, order),
        rows=tuple(rows),
        shown=f"{first:,} to {last:,} of {number:,}" if found else "",
        before=_page(head.path, filters, order, page - 1) if page > 1 else None,
        after=_page(head.path, filters, order, page + 1) if last < number else None,
    )
    return render(request, "pages/list.html", drawn, person=person, section="pipes")


def _headings(path: str, filters: Filters, chosen: Order) -> tuple[Heading, ...]:
    return tuple(
        Heading(label=label, address=filters.address(path, sort=order), is_chosen=order == chosen)
        for order, label in _HEADINGS
    )


def _page(path: str, filters: Filters, order: Order, page: int) -> str:
    return filters.address(path, sort=order, page=str(page))
