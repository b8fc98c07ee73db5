"""The board: columns of cards, filtered by the address, and the parts that scripts ask for."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api.cards import published_pipe, seen_card, standing_in, viewer_of
from api.pages.reader import everybody, names_of, zone_of
from api.pages.rendering import render, render_part
from api.pages.tiles import Tile, make_tile
from api.pages.words import Person, now
from api.problems import not_found
from api.routes.lists import position_after, read_position
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import Standing, user
from engine.core.rights import reasons_against_creating
from engine.gateway import Published
from engine.store.queries import board as boards
from engine.store.queries.board import BoardCard
from engine.store.queries.feed import feed_position
from engine.store.queries.filters import CardFilter
from pipes.definition import Phase
from pipes.identifiers import PipeId, UserId

router = APIRouter()

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a board is narrowed down to, as typed."""

    q: str = ""
    assignee: str = ""
    label: str = ""
    late: bool = False

    def wanted(self, person: SignedIn) -> CardFilter:
        """The filter; `me` is who asks."""
        return CardFilter(
            assignee=person.id if self.assignee == "me" else self.assignee or None,
            label=self.label or None,
            late=True if self.late else None,
            text=self.q or None,
        )

    @property
    def query(self) -> str:
        """The filter as it stands in the address."""
        given = {"q": self.q, "assignee": self.assignee, "label": self.label}
        if self.late:
            given["late"] = "true"
        return urlencode({name: value for name, value in given.items() if value})


async def read_filters(
    q: Annotated[str, Query(max_length=200)] = "",
    assignee: Annotated[str, Query(max_length=100)] = "",
    label: Annotated[str, Query(max_length=100)] = "",
    late: Annotated[str, Query(max_length=10)] = "",
) -> Filters:
    """The filters in the address."""
    plain = [text.replace("\x00", "").strip() for text in (q, assignee, label)]
    return Filters(q=plain[0], assignee=plain[1], label=plain[2], late=late == "true")


Filtered = Annotated[Filters, Depends(read_filters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PipeHead:
    """The pipe of a board."""

    id: str
    name: str
    noun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShown:
    """A column; `ways` are the phases from which a transition leads here."""

    id: str
    name: str
    description: str | None
    tone: str
    team: str | None
    count: str
    count_words: str
    limit: int | None
    ways: tuple[str, ...]
    cards: tuple[Tile, ...]
    more: str | None
    empty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPage:
    """The whole board."""

    pipe: PipeHead
    filters: Filters
    filtered: bool
    query: str
    people: tuple[Person, ...]
    labels: tuple[str, ...]
    may_create: bool
    columns: tuple[ColumnShown, ...]
    feed_position: int


@router.get("/pipes/{pipe}")
async def board(
    pipe: str, request: Request, services: Has, person: Member, filters: Filtered
) -> HTMLResponse:
    """The board of a pipe."""
    published = await published_pipe(services, pipe)
    definition = published.pipe.definition
    standing = await standing_in(services, person, PipeId(pipe))
    moment, viewer, wanted = now(), viewer_of(standing), filters.wanted(person)
    phases = tuple(phase.id for phase in definition.phases)
    async with services.database.reading() as connection:
        # Before the cards, so that no change falls between them and the live updates.
        position = await feed_position(connection)
        columns = await boards.read_columns(
            connection,
            pipe=pipe,
            phases=phases,
            wanted=wanted,
            viewer=viewer,
            now=moment,
            limit=PAGE + 1,
        )
        counts = await boards.count_columns(
            connection, pipe=pipe, wanted=wanted, viewer=viewer, now=moment
        )
        labels = await boards.labels_in_use(connection, pipe)
        people = await everybody(connection)
    drawn = {
        phase: await _tiles(services, request, published, standing, columns[phase][:PAGE])
        for phase in phases
    }
    page = BoardPage(
        pipe=PipeHead(id=pipe, name=definition.name, noun=definition.card.noun),
        filters=filters,
        filtered=bool(filters.query),
        query=filters.query,
        people=people,
        labels=labels,
        may_create=not reasons_against_creating(definition, user(UserId(person.id)), standing),
        columns=tuple(
            _column(
                published,
                phase,
                tiles=drawn[phase.id],
                count=counts.get(phase.id, 0),
                more=_more(pipe, phase, columns[phase.id], filters),
            )
            for phase in definition.phases
        ),
        feed_position=position,
    )
    return render(request, "pages/board.html", page, person=person, section="pipes")


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
    tiles = await _tiles(services, request, published, standing, found[:PAGE])
    more = _more(pipe, shown, found, filters)
    return render_part(request, "parts/_column_cards.html", cards=tiles, more=more)


@router.get("/pipes/{pipe}/counts")
async def counts(pipe: str, services: Has, person: Member, filters: Filtered) -> JSONResponse:
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
            phase.id: _count(phase, found.get(phase.id, 0))
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
    tiles = await _tiles(services, request, published, standing, (found,))
    return render_part(request, "parts/_tile.html", card=tiles[0])


async def _tiles(
    services: Services,
    request: Request,
    published: Published,
    standing: Standing,
    cards: tuple[BoardCard, ...],
) -> tuple[Tile, ...]:
    users = {assignee for card in cards for assignee in card.assignees}
    async with services.database.reading() as connection:
        names = await names_of(connection, users)
    moment, zone = now(), zone_of(request)
    return tuple(
        make_tile(
            card,
            published.pipe.definition,
            standing=standing,
            names=names,
            now=moment,
            zone=zone,
        )
        for card in cards
    )


def _column(
    published: Published, phase: Phase, *, tiles: tuple[Tile, ...], count: int, more: str | None
) -> ColumnShown:
    definition = published.pipe.definition
    sources = {
        source for way in definition.transitions if way.target == phase.id for source in way.sources
    }
    limit = phase.wip_limit.cards if phase.wip_limit else None
    words = f"{count} cards" if limit is None else f"{count} cards of {limit}"
    if phase.final is not None:
        empty = "Cards that are dropped here are finished and leave the board."
    else:
        empty = "No cards here."
    return ColumnShown(
        id=phase.id,
        name=phase.name,
        description=phase.description,
        tone=phase.color or "gray",
        team=definition.teams.get(phase.team) if phase.team else None,
        count=_count(phase, count),
        count_words=words,
        limit=limit,
        ways=tuple(sorted(sources)),
        cards=tiles,
        more=more,
        empty=empty,
    )


def _count(phase: Phase, count: int) -> str:
    if phase.final is not None:
        return ""
    return f"{count} / {phase.wip_limit.cards}" if phase.wip_limit else str(count)


def _more(pipe: str, phase: Phase, cards: tuple[BoardCard, ...], filters: Filters) -> str | None:
    after = position_after(cards, PAGE)
    if after is None:
        return None
    query = "&".join(part for part in (urlencode({"after": after}), filters.query) if part)
    return f"/pipes/{pipe}/columns/{phase.id}?{query}"
