"""The board: columns of cards, filtered by the address, and the parts that scripts ask for."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api.cards import pipe_for, published_pipe, seen_card, standing_in, viewer_of
from api.pages.filters import Filtered, Filters, ViewHead, view_head
from api.pages.reader import Names, locale_of, names_of
from api.pages.rendering import render, render_part
from api.pages.tiles import Tile, make_tile
from api.pages.unchanged import tag_of, tagged, unchanged
from api.pages.words import Tone, now, span
from api.problems import not_found
from api.routes.lists import position_after, read_position
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import Standing
from engine.core.rights import hidden_fields
from engine.gateway import Published
from engine.locales import Locale
from engine.store.queries import board as boards
from engine.store.queries.board import BoardCard, Tally
from engine.store.queries.feed import feed_of_pipe
from pipes.definition import Phase
from pipes.identifiers import Instant, PipeId

router = APIRouter()

PAGE = 50
_WORTH_SAYING = timedelta(days=1)
_EMPTY = "No cards here."
_EMPTY_FINAL = "Cards that are dropped here are finished and leave the board."

_PEOPLE = ("user", "users")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How full a column is and how old its oldest card, in short and in words."""

    text: str
    words: str
    oldest: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShown:
    """A column; `ways` are the phases from which a transition leads here."""

    id: str
    name: str
    description: str | None
    tone: str
    team: str | None
    counted: Counted
    ways: tuple[str, ...]
    cards: tuple[Tile, ...]
    more: str | None
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """The whole board."""

    head: ViewHead
    columns: tuple[ColumnShown, ...]


@router.get("/pipes/{pipe}")
async def board(
    pipe: str, request: Request, services: Has, person: Member, filters: Filtered
) -> Response:
    """The board of a pipe."""
    async with services.database.reading() as connection:
        published, standing = await pipe_for(services, connection, person, pipe)
        definition = published.pipe.definition
        changes = await feed_of_pipe(connection, pipe)
        tag = tag_of(request, person, standing, published.pinned.hash, changes)
        if (known := unchanged(request, tag)) is not None:
            return known
        moment, viewer, wanted = now(), viewer_of(standing), filters.wanted(person)
        phases = tuple(phase.id for phase in definition.phases)
        head = await view_head(connection, published, person, standing, filters, "board")
        columns = await boards.read_columns(
            connection,
            pipe=pipe,
            phases=phases,
            wanted=wanted,
            viewer=viewer,
            now=moment,
            limit=PAGE + 1,
        )
        tallies = await boards.count_columns(
            connection, pipe=pipe, wanted=wanted, viewer=viewer, now=moment
        )
        names = await names_of(connection, _people_on(published, *columns.values()))
    draws = partial(
        _tiles, published, standing=standing, names=names, now=moment, locale=locale_of(request)
    )
    page = BoardPage(
        head=head,
        columns=tuple(
            _column(
                published,
                phase,
                tiles=draws(columns[phase.id][:PAGE]),
                tally=tallies.get(phase.id),
                more=_more(pipe, phase, columns[phase.id], filters),
                locale=locale_of(request),
            )
            for phase in definition.phases
        ),
    )
    return tagged(render(request, "pages/board.html", page, person=person, section="pipes"), tag)


@router.get("/pipes/{pipe}/columns/{phase}")
async def more_of_column(
    pipe: str,
    phase: str,
    request: Request,
    services: Has,
    person: Member,
    filters: Filtered,
    after: Annotated[str, Query(max_length=500)],
) -> HTMLResponse:
    """More cards of a column, as a part."""
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    known = published.pipe.definition.phases_by_id
    shown = next((each for name, each in known.items() if name == phase), None)
    if shown is None:
        raise not_found("phase")
    async with services.database.reading() as connection:
        found = await boards.read_column(
            connection,
            pipe=pipe,
            phase=phase,
            wanted=filters.wanted(person),
            viewer=viewer_of(standing),
            now=now(),
            limit=PAGE + 1,
            after=read_position(after),
        )
    tiles = await draw_tiles(services, request, published, standing, found[:PAGE])
    more = _more(pipe, shown, found, filters)
    return render_part(request, "parts/_column_cards.html", cards=tiles, more=more)


@router.get("/pipes/{pipe}/counts")
async def counts(
    pipe: str, request: Request, services: Has, person: Member, filters: Filtered
) -> JSONResponse:
    """How many cards each column has, as the board writes it."""
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    async with services.database.reading() as connection:
        found = await boards.count_columns(
            connection,
            pipe=pipe,
            wanted=filters.wanted(person),
            viewer=viewer_of(standing),
            now=now(),
        )
    return JSONResponse(
        {
            phase.id: asdict(_counted(phase, found.get(phase.id), locale_of(request)))
            for phase in published.pipe.definition.phases
        }
    )


@router.get("/cards/{card}/tile")
async def tile(
    card: str, request: Request, services: Has, person: Member, filters: Filtered
) -> Response:
    """One card as the board shows it; 204 where it does not belong on it."""
    seen = await seen_card(services, person, card)
    return await draw_tile(
        services, request, person, seen.card.identity.key, seen.published, filters
    )


async def draw_tile(
    services: Services,
    request: Request,
    person: SignedIn,
    key: str,
    published: Published,
    filters: Filters,
) -> Response:
    """The card's tile, or nothing where it is not on the board."""
    pipe = published.pipe.definition.id
    standing = await standing_in(services, person, pipe)
    async with services.database.reading() as connection:
        found = await boards.read_board_card(
            connection,
            key=key,
            wanted=filters.wanted(person),
            viewer=viewer_of(standing),
            now=now(),
        )
    if found is None:
        return Response(status_code=204)
    tiles = await draw_tiles(services, request, published, standing, (found,))
    return render_part(request, "parts/_tile.html", card=tiles[0])


async def draw_tiles(
    services: Services,
    request: Request,
    published: Published,
    standing: Standing,
    cards: tuple[BoardCard, ...],
) -> tuple[Tile, ...]:
    """Cards as tiles, for one reader."""
    async with services.database.reading() as connection:
        names = await names_of(connection, _people_on(published, cards))
    return _tiles(
        published, cards, standing=standing, names=names, now=now(), locale=locale_of(request)
    )


def _people_on(published: Published, *columns: Iterable[BoardCard]) -> set[str]:
    """The ids of everybody whose name the cards show: assignees, and people in their summaries."""
    definition = published.pipe.definition
    shown = [name for name in definition.card.summary if definition.fields[name].kind in _PEOPLE]
    found: set[str] = set()
    for card in (card for cards in columns for card in cards):
        found.update(card.assignees)
        for value in (card.summary.get(name) for name in shown):
            items = value if isinstance(value, list | tuple) else [value]
            found.update(item for item in items if isinstance(item, str))
    return found


def _tiles(
    published: Published,
    cards: Iterable[BoardCard],
    *,
    standing: Standing,
    names: Names,
    now: Instant,
    locale: Locale,
) -> tuple[Tile, ...]:
    hidden = hidden_fields(published.pipe.definition, standing, None)
    return tuple(
        make_tile(
            card, published.pipe.definition, hidden=hidden, names=names, now=now, locale=locale
        )
        for card in cards
    )


def _column(
    published: Published,
    phase: Phase,
    *,
    tiles: tuple[Tile, ...],
    tally: Tally | None,
    more: str | None,
    locale: Locale,
) -> ColumnShown:
    definition = published.pipe.definition
    sources = {
        source for way in definition.transitions if way.target == phase.id for source in way.sources
    }
    return ColumnShown(
        id=phase.id,
        name=phase.name,
        description=phase.description,
        tone=phase.color or "gray",
        team=definition.teams.get(phase.team) if phase.team else None,
        counted=_counted(phase, tally, locale),
        ways=tuple(sorted(sources)),
        cards=tiles,
        more=more,
        empty=_EMPTY if phase.final is None else _EMPTY_FINAL,
    )


def _counted(phase: Phase, tally: Tally | None, locale: Locale) -> Counted:
    """How many cards stand in a phase, against its limit; how long the oldest has been there."""
    if phase.final is not None:
        return Counted(text="", words="", oldest="", tone="")
    number = tally.cards if tally else 0
    age = span((now() - tally.oldest).total_seconds()) if tally else ""
    oldest = f"Oldest: {age}" if tally and now() - tally.oldest > _WORTH_SAYING else ""
    shown = locale.number(number)
    if phase.wip_limit is None:
        return Counted(text=shown, words=f"{shown} cards", oldest=oldest, tone="")
    limit = phase.wip_limit.cards
    tone: Tone = "bad" if number > limit else "warn" if number == limit else ""
    room = {"bad": "over the limit", "warn": "full"}.get(tone, f"room for {limit - number} more")
    words = f"{shown} of at most {limit} cards: {room}"
    return Counted(text=f"{shown} / {limit}", words=words, oldest=oldest, tone=tone)


def _more(pipe: str, phase: Phase, cards: tuple[BoardCard, ...], filters: Filters) -> str | None:
    after = position_after(cards, PAGE)
    if after is None:
        return None
    return filters.address(f"/pipes/{pipe}/columns/{phase.id}", after=after)
