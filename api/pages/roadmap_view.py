"""The roadmap: the open cards of a pipe over four quarters, from their creation to their target."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.cards import published_pipe, standing_in, viewer_of
from api.pages.board import draw_tiles
from api.pages.filters import Filtered, ViewHead, view_head
from api.pages.quarters import Quarter, quarter_in, quarter_of
from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.tiles import Tile
from api.pages.words import now
from api.services import Has
from api.signin.people import Member
from engine.locales import Locale
from engine.store.queries.board import BoardCard
from engine.store.queries.views import count_cards, list_cards
from pipes.definition import Definition
from pipes.identifiers import PipeId

router = APIRouter()

_QUARTERS = 4
_MONTHS = _QUARTERS * 3
_MOST = 300
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A card's stretch on the timeline, in months from its left edge, and in words."""

    tile: Tile
    at: int
    span: int
    is_late: bool
    begins_before: bool
    ends_after: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A phase with the cards in it."""

    name: str
    tone: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadmapPage:
    """Four quarters.

    Attributes:
        now: This month's column, if it is among them.
        elsewhere: How many cards lie before or after them.
        not_shown: For how many cards there is no room; their dates are not known here.
    """

    head: ViewHead
    quarters: tuple[str, ...]
    months: tuple[str, ...]
    now: int | None
    before: str
    today: str
    after: str
    lanes: tuple[Lane, ...]
    undated: tuple[Tile, ...]
    elsewhere: int
    not_shown: int
    is_empty: bool


@router.get("/pipes/{pipe}/roadmap")
async def roadmap_view(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    filters: Filtered,
    begin: Annotated[str, Query(alias="from", max_length=20)] = "",
) -> HTMLResponse:
    """The cards of a pipe by quarter."""
    published = await published_pipe(services, pipe)
    definition = published.pipe.definition
    standing = await standing_in(services, person, PipeId(pipe))
    moment, locale = now(), locale_of(request)
    today = moment.astimezone(locale.zone).date()
    first = quarter_in(begin) or quarter_of(today)
    async with services.database.reading() as connection:
        head = await view_head(
            connection, published, person, standing, filters, "roadmap", **{"from": str(first)}
        )
        found = await list_cards(
            connection,
            pipe=pipe,
            status="open",
            wanted=filters.wanted(person),
            viewer=viewer_of(standing),
            now=moment,
            order="deadline",
            limit=_MOST,
        )
        number = await count_cards(
            connection,
            pipe=pipe,
            status="open",
            wanted=filters.wanted(person),
            viewer=viewer_of(standing),
            now=moment,
        )
    tiles = await draw_tiles(services, request, published, standing, found)
    placed = _placed(zip(found, tiles, strict=True), definition, first, today, locale)
    months = [first.month(number) for number in range(_MONTHS)]
    page = RoadmapPage(
        head=head,
        quarters=tuple(first.plus(number).label for number in range(_QUARTERS)),
        months=tuple(f"{month:%b}" for month in months),
        now=next((n for n, month in enumerate(months, 1) if month == today.replace(day=1)), None),
        before=filters.address(head.path, **{"from": str(first.plus(-1))}),
        today=filters.address(head.path),
        after=filters.address(head.path, **{"from": str(first.plus(1))}),
        lanes=tuple(
            Lane(name=phase.name, tone=phase.color or "gray", bars=tuple(placed.lanes[phase.id]))
            for phase in definition.phases
            if phase.id in placed.lanes
        ),
        undated=tuple(placed.undated),
        elsewhere=placed.elsewhere,
        not_shown=number - len(found),
        is_empty=not found,
    )
    return render(request, "pages/roadmap.html", page, person=person, section="pipes")


@dataclass(slots=True)
class _Placed:
    """Cards as the roadmap has a place for them: bars by phase, those without a date, and how many
    are in other quarters.
    """

    lanes: dict[str, list[Bar]] = field(default_factory=dict)
    undated: list[Tile] = field(default_factory=list)
    elsewhere: int = 0


def _placed(
    cards: Iterable[tuple[BoardCard, Tile]],
    definition: Definition,
    first: Quarter,
    today: date,
    locale: Locale,
) -> _Placed:
    placed = _Placed()
    for card, tile in cards:
        end = target_of(card, tile, definition, locale)
        if end is None:
            placed.undated.append(tile)
        elif (bar := _bar(card, tile, end, first, today, locale)) is None:
            placed.elsewhere += 1
        else:
            placed.lanes.setdefault(card.phase, []).append(bar)
    return placed


def target_of(card: BoardCard, tile: Tile, definition: Definition, locale: Locale) -> date | None:
    """When a card is meant to be finished, as far as anything says so.

    What its pipe shows on the board comes first, if it is a date or a quarter; then its due date;
    then the time that the pipe or the phase allows it.
    """
    for item in tile.summary:
        quarter = quarter_in(item.value)
        if quarter is not None:
            return quarter.last_day
    for name in definition.card.summary:
        value = card.summary.get(name)
        if isinstance(value, str) and _ISO_DATE.fullmatch(value):
            return date.fromisoformat(value)
    instant = card.due_at or card.expired_at or card.late_at
    return None if instant is None else instant.astimezone(locale.zone).date()


def _bar(
    card: BoardCard, tile: Tile, end: date, first: Quarter, today: date, locale: Locale
) -> Bar | None:
    """The card's bar, as far as it is in sight; None if none of it is."""
    begin = min(card.created_at.astimezone(locale.zone).date(), end)
    left, right = first.months_until(begin), first.months_until(end)
    if right < 0 or left >= _MONTHS:
        return None
    at, last = max(0, left), min(_MONTHS - 1, right)
    return Bar(
        tile=tile,
        at=at + 1,
        span=last - at + 1,
        is_late=end < today,
        begins_before=left < 0,
        ends_after=right >= _MONTHS,
        words=f"from {locale.month(begin)} to {locale.month(end)}",
    )
