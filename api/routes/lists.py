"""Lists of cards, boards and histories: what is read in pages."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from api.administering import require
from api.cards import published_pipe, seen_card, standing_in, viewer_of
from api.inbox import inbox_of
from api.routes.answers import (
    Cursor,
    Limit,
    decode_cursor,
    encode_cursor,
    instant_in,
    problems,
)
from api.routes.schemas import CardPage, CardShown, EventPage, shown_card, shown_event
from api.services import Has, Services
from api.signin.people import Member, SignedIn, now
from engine.core.actors import Standing, user
from engine.core.card import Card
from engine.core.rights import hidden_fields, may
from engine.store import log
from engine.store.queries import board as boards
from engine.store.queries.board import BoardCard, Position
from engine.store.queries.cards import SORT_COLUMNS, After, Sort, list_cards
from engine.store.queries.filters import CardFilter
from engine.store.standings import standing_of, viewer_everywhere
from pipes.identifiers import FieldId, PipeId

router = APIRouter(tags=["lists"])

_FIELD = "field."
_AT_RISK = timedelta(days=1)


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else None


async def read_filter(
    request: Request,
    phase: Annotated[str | None, Query(max_length=100)] = None,
    status: Annotated[Literal["open", "done", "cancelled"] | None, Query()] = None,
    assignee: Annotated[str | None, Query(max_length=100, description="A user, or `me`.")] = None,
    label: Annotated[str | None, Query(max_length=100)] = None,
    late: Annotated[bool | None, Query(description="A clock has run out.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words to be found.")] = None,
) -> CardFilter:
    """The filters of a list, from the query; `field.<id>` asks for values of indexed fields."""
    return CardFilter(
        phase=_clean(phase),
        status=status,
        assignee=_clean(assignee),
        label=_clean(label),
        late=late,
        text=_clean(q),
        values={
            name.removeprefix(_FIELD): _clean(value) or ""
            for name, value in request.query_params.items()
            if name.startswith(_FIELD)
        },
    )


Wanted = Annotated[CardFilter, Depends(read_filter)]
SortBy = Annotated[
    str,
    Query(pattern="^-?(updated_at|created_at|title|key)$", description="`-` turns it round."),
]


def for_person(wanted: CardFilter, person: SignedIn) -> CardFilter:
    """The filter with `me` written out."""
    if wanted.assignee != "me":
        return wanted
    return CardFilter(
        phase=wanted.phase,
        status=wanted.status,
        assignee=person.id,
        label=wanted.label,
        late=wanted.late,
        text=wanted.text,
        values=wanted.values,
    )


@router.get("/pipes/{pipe}/cards", summary="The cards of a pipe", responses=problems(404))
async def cards_of_pipe(
    pipe: str,
    services: Has,
    person: Member,
    wanted: Wanted,
    sort: SortBy = "-updated_at",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CardPage:
    """Filtered, sorted, page by page."""
    require(person, "look")
    await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    order = _sort(sort)
    async with services.database.reading() as connection:
        found = await list_cards(
            connection,
            pipe=pipe,
            wanted=for_person(wanted, person),
            viewer=viewer_of(standing),
            now=now(),
            sort=order,
            after=_after(cursor, order),
            limit=limit + 1,
        )
    return await _page(services, person, found, order, limit)


@router.get("/cards", summary="Cards of all pipes", responses=problems())
async def cards_of_all_pipes(
    services: Has,
    person: Member,
    wanted: Wanted,
    sort: SortBy = "-updated_at",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CardPage:
    """Every card that the caller may see, filtered, sorted, page by page."""
    require(person, "look")
    order = _sort(sort)
    async with services.database.reading() as connection:
        found = await list_cards(
            connection,
            pipe=None,
            wanted=for_person(wanted, person),
            viewer=await viewer_everywhere(connection, person.id, now()),
            now=now(),
            sort=order,
            after=_after(cursor, order),
            limit=limit + 1,
        )
    return await _page(services, person, found, order, limit)


class MentionShown(BaseModel):
    """A comment that mentions the caller, which they have not put away."""

    card: str
    by: str
    at: datetime
    text: str


class InboxShown(CardPage):
    """What waits for the caller: `items` are the open cards assigned to them.

    `at_risk` names those of them whose time runs out within a day, or has.
    """

    approvals: list[CardShown]
    handoffs: list[CardShown]
    mentions: list[MentionShown]
    at_risk: list[str]


@router.get("/inbox", summary="What waits for me", responses=problems(), tags=["me"])
async def inbox(services: Has, person: Member, limit: Limit = 50) -> InboxShown:
    """Approvals, handoffs, mentions, and assigned cards, the most urgent first."""
    require(person, "look")
    waiting = await inbox_of(services, person)
    async with services.database.reading() as connection:
        stored = [await log.load_card(connection, card.id) for card in waiting.assigned[:limit]]
    cards = tuple(each.card for each in stored if each is not None)
    assigned = await _page(services, person, cards, Sort(), limit)
    soon = now() + _AT_RISK
    return InboxShown(
        items=assigned.items,
        next_cursor=None,
        approvals=[shown_card(each.seen.card, each.seen.hidden) for each in waiting.approvals],
        handoffs=[shown_card(each.seen.card, each.seen.hidden) for each in waiting.handoffs],
        mentions=[
            MentionShown(card=each.key, by=each.by, at=each.at, text=each.text)
            for each in waiting.mentions
        ],
        at_risk=[
            card.key
            for card in waiting.assigned
            if any(at is not None and at <= soon for at in (card.late_at, card.expired_at))
        ],
    )


class ColumnCard(BaseModel):
    """A card as a board shows it."""

    key: str
    title: str
    version: int
    priority: str
    labels: list[str]
    assignees: list[str]
    on_hold: bool
    phase_entered_at: datetime
    due_at: datetime | None
    late: bool
    deadline: datetime | None


class Column(BaseModel):
    """A phase of the board."""

    phase: str
    name: str
    cards: int
    limit: int | None
    items: list[ColumnCard]
    next_cursor: str | None


class BoardShown(BaseModel):
    """A board: its columns from left to right."""

    pipe: str
    name: str
    columns: list[Column]


@router.get("/pipes/{pipe}/board", summary="The board of a pipe", responses=problems(404))
async def board(
    pipe: str,
    services: Has,
    person: Member,
    wanted: Wanted,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> BoardShown:
    """Phases with counts and the first open cards of each; `phase` and `cursor` go on in one."""
    require(person, "look")
    published = await published_pipe(services, pipe)
    definition = published.pipe.definition
    standing = await standing_in(services, person, PipeId(pipe))
    only = for_person(wanted, person)
    phases = [
        phase.id
        for phase in definition.phases
        if phase.final is None and only.phase in (None, phase.id)
    ]
    moment, viewer = now(), viewer_of(standing)
    async with services.database.reading() as connection:
        counts = await boards.count_columns(
            connection, pipe=pipe, wanted=only, viewer=viewer, now=moment
        )
        columns = {
            phase: await boards.read_column(
                connection,
                pipe=pipe,
                phase=phase,
                wanted=only,
                viewer=viewer,
                now=moment,
                limit=limit + 1,
                after=read_position(cursor) if cursor and only.phase else None,
            )
            for phase in phases
        }
    return BoardShown(
        pipe=pipe,
        name=definition.name,
        columns=[
            Column(
                phase=phase.id,
                name=phase.name,
                cards=counts[phase.id].cards if phase.id in counts else 0,
                limit=phase.wip_limit.cards if phase.wip_limit else None,
                items=[_column_card(card, moment) for card in columns[phase.id][:limit]],
                next_cursor=position_after(columns[phase.id], limit),
            )
            for phase in definition.phases
            if phase.id in columns
        ],
    )


def read_position(cursor: str) -> Position:
    """Where in a column a page ended."""
    entered, card = decode_cursor(cursor, (str, str))
    return Position(phase_entered_at=instant_in(entered), card=card)


def position_after(cards: tuple[BoardCard, ...], limit: int) -> str | None:
    """The cursor behind a page of a column, if there is more."""
    if len(cards) <= limit:
        return None
    last = cards[limit - 1]
    return encode_cursor(last.phase_entered_at.isoformat(), last.id)


def _column_card(card: BoardCard, moment: datetime) -> ColumnCard:
    running = [at for at in (card.late_at, card.expired_at) if at is not None]
    return ColumnCard(
        key=card.key,
        title=card.title,
        version=card.version,
        priority=card.priority,
        labels=list(card.labels),
        assignees=list(card.assignees),
        on_hold=card.on_hold,
        phase_entered_at=card.phase_entered_at,
        due_at=card.due_at,
        late=any(at <= moment for at in running),
        deadline=min(running, default=None),
    )


@router.get("/cards/{card}/events", summary="A card's history", responses=problems(404))
async def events(
    card: str, services: Has, person: Member, limit: Limit = 50, cursor: Cursor = None
) -> EventPage:
    """What happened, from the first event on."""
    seen = await seen_card(services, person, card)
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    async with services.database.reading() as connection:
        found = await log.read_events(
            connection, seen.card.identity.id, after=max(0, min(after, 2**31)), limit=limit + 1
        )
    more = len(found) > limit
    return EventPage(
        items=[shown_event(event, seen.hidden) for event in found[:limit]],
        next_cursor=encode_cursor(found[limit - 1].sequence) if more else None,
    )


# --- pages ----------------------------------------------------------------------------------------


def _sort(text: str) -> Sort:
    by = next(name for name in SORT_COLUMNS if name == text.lstrip("-"))
    return Sort(by=by, descending=text.startswith("-"))


def _after(cursor: str | None, order: Sort) -> After | None:
    if cursor is None:
        return None
    value, card = decode_cursor(cursor, (str, str))
    is_time = order.by in ("updated_at", "created_at")
    return After(value=instant_in(value) if is_time else value, card=card)


async def _page(
    services: Services, person: SignedIn, found: tuple[Card, ...], order: Sort, limit: int
) -> CardPage:
    readers = {pipe: await _reader(services, person, pipe) for pipe in _pipes(found)}
    items = []
    for card in found[:limit]:
        standing = readers[card.identity.pipe]
        if may("see", user(person.id), standing, card):
            items.append(shown_card(card, await _hidden(services, standing, card)))
    if len(found) <= limit:
        return CardPage(items=items, next_cursor=None)
    last = found[limit - 1]
    value = {
        "updated_at": last.updated_at.isoformat(),
        "created_at": last.identity.created_at.isoformat(),
        "title": last.work.title,
        "key": last.identity.key,
    }[order.by]
    return CardPage(items=items, next_cursor=encode_cursor(value, last.identity.id))


def _pipes(cards: tuple[Card, ...]) -> set[PipeId]:
    return {card.identity.pipe for card in cards}


async def _reader(services: Services, person: SignedIn, pipe: PipeId) -> Standing | None:
    async with services.database.reading() as connection:
        return await standing_of(connection, person.id, pipe, now())


async def _hidden(services: Services, standing: Standing | None, card: Card) -> frozenset[FieldId]:
    async with services.database.reading() as connection:
        published = await services.definitions.version(
            connection, card.identity.pipe, card.pin.version
        )
    if published is None:
        return frozenset(card.values)
    return hidden_fields(published.pipe.definition, standing, card)
