"""Lists of cards: filtered, sorted, page by page."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, exists, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.card import Card
from engine.encoding import decoded_card
from engine.store.queries.board import SHOWN, BoardCard, board_card
from engine.store.queries.filters import CardFilter, Viewer, conditions, seen_by
from engine.store.queries.narrowing import narrowed
from engine.store.tables import IS_OPEN, card_assignees, cards, team_members
from pipes.identifiers import Instant

type SortColumn = Literal["updated_at", "created_at", "title", "key"]
SORT_COLUMNS: tuple[SortColumn, ...] = ("updated_at", "created_at", "title", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """By what a list is sorted, and in which direction."""

    by: SortColumn = "updated_at"
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Where the last page ended: the value that is sorted by, and the card's id."""

    value: Instant | str
    card: str


async def list_cards(
    connection: AsyncConnection,
    *,
    pipe: str | None,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
    sort: Sort,
    after: After | None,
    limit: int,
) -> tuple[Card, ...]:
    """A page of the cards that are wanted and may be seen."""
    column = cards.c[sort.by]
    found = [
        *conditions(wanted, now),
        *seen_by(viewer),
        *await narrowed(connection, pipe=pipe, wanted=wanted),
    ]
    if pipe is not None:
        found.append(cards.c.pipe == pipe)
    if after is not None:
        place = tuple_(column, cards.c.id)
        last = tuple_(literal(after.value, column.type), after.card)
        found.append(place < last if sort.descending else place > last)
    order = (
        (column.desc(), cards.c.id.desc()) if sort.descending else (column.asc(), cards.c.id.asc())
    )
    rows = await connection.execute(
        select(cards.c.snapshot).where(and_(True, *found)).order_by(*order).limit(limit)  # noqa: FBT003 -- SQL's own `true`
    )
    return tuple(decoded_card(row.snapshot) for row in rows)


async def assigned_cards(
    connection: AsyncConnection, *, user: str, limit: int
) -> tuple[BoardCard, ...]:
    """The open cards assigned to somebody, those whose time runs out first at the top."""
    deadline = cards.c.late_at
    rows = await connection.execute(
        select(*SHOWN)
        .join(card_assignees, card_assignees.c.card == cards.c.id)
        .where(and_(card_assignees.c.user == user, IS_OPEN))
        .order_by(deadline.is_(None), deadline, cards.c.due_at.is_(None), cards.c.id)
        .limit(limit)
    )
    return tuple(board_card(row) for row in rows.mappings())


async def cards_with_requests(
    connection: AsyncConnection, pipe: str | None
) -> tuple[tuple[str, int], ...]:
    """The open cards whose request waits for decisions, with their versions."""
    statement = select(cards.c.id, cards.c.version).where(
        and_(IS_OPEN, cards.c.pending.is_not(None))
    )
    if pipe is not None:
        statement = statement.where(cards.c.pipe == pipe)
    rows = await connection.execute(statement)
    return tuple((row.id, row.version) for row in rows)


async def cards_handed_over(
    connection: AsyncConnection, *, team: str | None, person: str | None
) -> tuple[tuple[str, int], ...]:
    """The open cards whose handoff waits for a team, or for a team of a person or the person
    themselves, with their versions.
    """
    theirs = select(team_members.c.team).where(team_members.c.user == person)
    given = exists().where(
        and_(card_assignees.c.card == cards.c.id, card_assignees.c.user == person)
    )
    concerned = or_(cards.c.handoff_team == team, cards.c.handoff_team.in_(theirs), given)
    rows = await connection.execute(
        select(cards.c.id, cards.c.version).where(
            and_(IS_OPEN, cards.c.handoff_team.is_not(None), concerned)
        )
    )
    return tuple((row.id, row.version) for row in rows)


async def any_card(connection: AsyncConnection) -> bool:
    """Whether there is any card at all."""
    found = await connection.execute(select(cards.c.id).limit(1))
    return found.first() is not None


async def open_cards(connection: AsyncConnection, pipe: str) -> tuple[str, ...]:
    """The ids of a pipe's open cards, in the order in which they began."""
    rows = await connection.execute(
        select(cards.c.id)
        .where(and_(cards.c.pipe == pipe, IS_OPEN))
        .order_by(cards.c.created_at, cards.c.id)
    )
    return tuple(rows.scalars())
