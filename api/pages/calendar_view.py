"""The calendar: a month of a pipe, each card on the day when it is due or its time runs out."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.cards import published_pipe, standing_in, viewer_of
from api.pages.board import draw_tiles
from api.pages.filters import Filtered, ViewHead, view_head
from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.tiles import Tile
from api.pages.words import Tone, now
from api.services import Has
from api.signin.people import Member
from engine.locales import Locale
from engine.store.queries.board import BoardCard
from engine.store.queries.views import list_dated_cards
from pipes.definition import Definition
from pipes.identifiers import Instant, PhaseId, PipeId

router = APIRouter()

_MOST = 1_000
_AT_ONCE = 4
_MONTH = re.compile(r"(20\d\d|1[89]\d\d|2[1-9]\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntry:
    """A card on its day; `what` says what happens then."""

    key: str
    title: str
    tone: str
    state: Tone
    what: str
    exact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the month, or one before or after it that fills a week."""

    number: int
    label: str
    is_inside: bool
    is_today: bool
    first: tuple[DayEntry, ...]
    rest: tuple[DayEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """A month, week by week; `not_shown` are the cards for which it has no room."""

    head: ViewHead
    month: str
    before: str
    today: str
    after: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[Day, ...], ...]
    is_empty: bool
    not_shown: int


@router.get("/pipes/{pipe}/calendar")
async def calendar_view(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    filters: Filtered,
    month: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """The cards of a pipe by day."""
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    moment, locale = now(), locale_of(request)
    today = moment.astimezone(locale.zone).date()
    first = _first_of(month, today)
    begin = first - timedelta(days=(first.weekday() - locale.first_weekday) % 7)
    days = [begin + timedelta(days=number) for number in range(_days_shown(first, begin))]
    async with services.database.reading() as connection:
        head = await view_head(
            connection, published, person, standing, filters, "calendar", month=f"{first:%Y-%m}"
        )
        found, number = await list_dated_cards(
            connection,
            pipe=pipe,
            wanted=filters.wanted(person),
            viewer=viewer_of(standing),
            now=moment,
            begin=_begin_of(days[0], locale),
            end=_begin_of(days[-1] + timedelta(days=1), locale),
            limit=_MOST,
        )
    tiles = await draw_tiles(services, request, published, standing, found)
    by_day: dict[date, list[DayEntry]] = {}
    for card, tile in zip(found, tiles, strict=True):
        at = card.due_at or card.late_at or moment
        entry = _entry(card, tile, published.pipe.definition, at, moment, locale)
        by_day.setdefault(at.astimezone(locale.zone).date(), []).append(entry)
    shown = [_day(each, by_day.get(each, []), first, today, locale) for each in days]
    page = CalendarPage(
        head=head,
        month=locale.month(first),
        before=filters.address(head.path, month=f"{first - timedelta(days=1):%Y-%m}"),
        today=filters.address(head.path),
        after=filters.address(head.path, month=f"{first + timedelta(days=31):%Y-%m}"),
        weekdays=locale.weekdays,
        weeks=tuple(tuple(shown[week : week + 7]) for week in range(0, len(shown), 7)),
        is_empty=not found,
        not_shown=number - len(found),
    )
    return render(request, "pages/calendar.html", page, person=person, section="pipes")


def _first_of(month: str, today: date) -> date:
    asked = _MONTH.fullmatch(month)
    return date(int(asked[1]), int(asked[2]), 1) if asked else today.replace(day=1)


def _days_shown(first: date, begin: date) -> int:
    """Whole weeks, up to the one in which the month ends."""
    following = (first + timedelta(days=31)).replace(day=1)
    return -(-(following - begin).days // 7) * 7


def _begin_of(day: date, locale: Locale) -> Instant:
    return datetime.combine(day, time(), tzinfo=locale.zone)


def _day(day: date, entries: list[DayEntry], first: date, today: date, locale: Locale) -> Day:
    at_once = _AT_ONCE if len(entries) > _AT_ONCE + 1 else len(entries)
    return Day(
        number=day.day,
        label=locale.day_of_month(day),
        is_inside=day.month == first.month,
        is_today=day == today,
        first=tuple(entries[:at_once]),
        rest=tuple(entries[at_once:]),
    )


def _entry(
    card: BoardCard,
    tile: Tile,
    definition: Definition,
    at: Instant,
    moment: Instant,
    locale: Locale,
) -> DayEntry:
    phase = definition.phases_by_id.get(PhaseId(card.phase))
    name = phase.name if phase else card.phase
    return DayEntry(
        key=card.key,
        title=tile.title,
        tone=(phase.color if phase else None) or "gray",
        state="bad" if at <= moment else "",
        what="Due" if card.due_at is not None else f"Time for {name} ends",
        exact=locale.exact(at),
    )
