"""The cards of a pipe as lists, calendars and roadmaps read them: sorted, or by date."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.queries.board import SHOWN, BoardCard, board_card
from engine.store.queries.filters import CardFilter, Viewer, conditions, seen_by
from engine.store.tables import cards
from pipes.identifiers import Instant

type Order = Literal["deadline", "title", "age", "updated"]
# Which cards a list is about: one status, or all.
type Status = Literal["open", "done", "cancelled", "all"]
STATUSES: tuple[Status, ...] = ("open", "done", "cancelled", "all")
ORDERS: tuple[Order, ...] = ("deadline", "title", "age", "updated")

# The day on which a card stands in a calendar: its own due date, else its phase's deadline.
_DATED = func.coalesce(cards.c.due_at, cards.c.late_at, type_=cards.c.due_at.type)


def _sorted_by(order: Order) -> tuple[ColumnElement[Any], ...]:
    match order:
        case "deadline":
            return (_DATED.is_(None), _DATED)
        case "title":
            return (func.lower(cards.c.title),)
        case "age":
            return (cards.c.phase_entered_at,)
        case "updated":
            return (cards.c.updated_at.desc(),)


async def list_cards(
    connection: AsyncConnection,
    *,
    pipe: str,
    status: Status,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
    order: Order,
    limit: int,
    offset: int = 0,
) -> tuple[BoardCard, ...]:
    """A stretch of the cards that are wanted and may be seen."""
    rows = await connection.execute(
        select(*SHOWN)
        .where(and_(*_those_in(pipe, status, wanted, viewer, now)))
        .order_by(*_sorted_by(order), cards.c.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(board_card(row) for row in rows.mappings())


async def count_cards(
    connection: AsyncConnection,
    *,
    pipe: str,
    status: Status,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
) -> int:
    """How many cards `list_cards` has to list."""
    those = _those_in(pipe, status, wanted, viewer, now)
    return await _count(connection, those)


async def list_dated_cards(
    connection: AsyncConnection,
    *,
    pipe: str,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
    begin: Instant,
    end: Instant,
    limit: int,
) -> tuple[tuple[BoardCard, ...], int]:
    """The open cards that are due in a period, or whose time in their phase runs out in it.

    At most so many, and how many there are in all.
    """
    those = [*_those_in(pipe, "open", wanted, viewer, now), begin <= _DATED, end > _DATED]
    rows = await connection.execute(
        select(*SHOWN).where(and_(*those)).order_by(_DATED, cards.c.id).limit(limit)
    )
    found = tuple(board_card(row) for row in rows.mappings())
    return found, len(found) if len(found) < limit else await _count(connection, those)


async def _count(connection: AsyncConnection, those: list[ColumnElement[bool]]) -> int:
    counted: int = (
        await connection.execute(select(func.count()).select_from(cards).where(and_(*those)))
    ).scalar_one()
    return counted


def _those_in(
    pipe: str, status: Status, wanted: CardFilter, viewer: Viewer, now: Instant
) -> list[ColumnElement[bool]]:
    those: list[ColumnElement[bool]] = [cards.c.pipe == pipe]
    if status == "open":
        those.append(cards.c.open == 1)
    elif status != "all":
        those.append(cards.c.status == status)
    return [*those, *conditions(wanted, now), *seen_by(viewer)]
