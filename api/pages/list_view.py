"""The list: the cards of a pipe as a table, by status, sorted by a column, page by page."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.cards import published_pipe, standing_in, viewer_of
from api.pages.board import draw_tiles
from api.pages.filters import Filtered, ViewHead, view_head
from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.tiles import Tile
from api.pages.words import ago, now
from api.services import Has
from api.signin.people import Member
from engine.locales import Locale
from engine.store.queries.board import BoardCard
from engine.store.queries.views import (
    ORDERS,
    STATUSES,
    Order,
    Status,
    count_cards,
    list_cards,
)
from pipes.definition import Definition
from pipes.identifiers import Instant, PhaseId, PipeId

router = APIRouter()

PAGE = 100
_MOST_PAGES = 10_000
# Of the cards that match a filter, or are finished, no more are counted: each has to be looked at.
_MOST_COUNTED = 1_000
_ABOUT: dict[Status, str] = {
    "open": "open cards",
    "done": "cards that are done",
    "cancelled": "cancelled cards",
    "all": "cards",
}
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
    """The list: which cards it is about, and in `shown` which of how many are on the page."""

    head: ViewHead
    about: str
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
    sort: Annotated[str, Query(max_length=20)] = "",
    status: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=_MOST_PAGES)] = 1,
) -> HTMLResponse:
    """The cards of a pipe as a table."""
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    which: Status = next((each for each in STATUSES if each == status), "open")
    usual: Order = "deadline" if which == "open" else "updated"
    order: Order = next((each for each in ORDERS if each == sort), usual)
    moment, viewer, wanted = now(), viewer_of(standing), filters.wanted(person)
    first, last = (page - 1) * PAGE + 1, page * PAGE
    most = None if which == "open" and wanted.is_empty else max(_MOST_COUNTED, last)
    async with services.database.reading() as connection:
        head = await view_head(
            connection, published, person, standing, filters, "list", sort=sort, status=which
        )
        number = await count_cards(
            connection,
            pipe=pipe,
            status=which,
            wanted=wanted,
            viewer=viewer,
            now=moment,
            most=most,
        )
        found = await list_cards(
            connection,
            pipe=pipe,
            status=which,
            wanted=wanted,
            viewer=viewer,
            now=moment,
            order=order,
            limit=PAGE,
            offset=first - 1,
        )
    tiles = await draw_tiles(services, request, published, standing, found)
    locale = locale_of(request)
    address = partial(filters.address, head.path, status=which)
    among = _among(locale, number, most)
    drawn = ListPage(
        head=head,
        about=_ABOUT[which],
        headings=tuple(
            Heading(label=label, address=address(sort=each), is_chosen=each == order)
            for each, label in _HEADINGS
        ),
        rows=tuple(
            _row(card, tile, published.pipe.definition, moment=moment, locale=locale)
            for card, tile in zip(found, tiles, strict=True)
        ),
        shown=_range(locale, first, first - 1 + len(found), among) if found else "",
        before=address(sort=order, page=str(page - 1)) if page > 1 else None,
        after=address(sort=order, page=str(page + 1)) if last < number else None,
    )
    return render(request, "pages/list.html", drawn, person=person, section="pipes")


def _row(
    card: BoardCard, tile: Tile, definition: Definition, *, moment: Instant, locale: Locale
) -> Row:
    phase = definition.phases_by_id.get(PhaseId(card.phase))
    return Row(
        tile=tile,
        phase_name=phase.name if phase else card.phase,
        tone=(phase.color if phase else None) or "gray",
        since=ago(card.phase_entered_at, now=moment, locale=locale),
        changed=ago(card.updated_at, now=moment, locale=locale),
    )


def _among(locale: Locale, number: int, most: int | None) -> str:
    if most is None or number <= most:
        return locale.number(number)
    return f"more than {locale.number(most)}"


def _range(locale: Locale, first: int, last: int, among: str) -> str:
    return f"{locale.number(first)} to {locale.number(last)} of {among}"
