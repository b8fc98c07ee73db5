"""The cards of a pipe as lists, calendars and roadmaps read them: sorted, or by date."""

from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.queries.board import SHOWN, BoardCard, board_card
from engine.store.queries.filters import CardFilter, Viewer, conditions, seen_by
from engine.store.queries.narrowing import narrowed
from engine.store.tables import DATED, IS_OPEN, cards
from pipes.identifiers import Instant

type Order = Literal["deadline", "title", "age", "updated"]
# Which cards a list is about: one status, or all.
type Status = Literal["open", "done", "cancelled", "all"]
STATUSES: tuple[Status, ...] = ("open", "done", "cancelled", "all")
ORDERS: tuple[Order, ...] = ("deadline", "title", "age", "updated")

# As in the index: what is handed in would not be found there.
_DATED = literal_column(DATED, cards.c.due_at.type)
_IN_STATUS: dict[Status, ColumnElement[bool]] = {
    "open": IS_OPEN,
    "done": cards.c.status == "done",
    "cancelled": cards.c.status == literal_column("'cancelled'"),
    "all": true(),
}


def _sorted_by(order: Order) -> tuple[ColumnElement[Any], ...]:
    match order:
        case "deadline":
            return (_DATED, cards.c.id)
        case "title":
            return (func.lower(cards.c.title), cards.c.id)
        case "age":
            return (cards.c.phase_entered_at, cards.c.id)
        case "updated":
            return (cards.c.updated_at.desc(), cards.c.id.desc())


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
    those = _those_in(pipe, status, wanted, viewer, now)
    few = await narrowed(connection, pipe=pipe, wanted=wanted)
    rows = await connection.execute(
        select(*SHOWN)
        .where(and_(*those, *few))
        .order_by(*_sorted_by(order))
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
    most: int | None = None,
) -> int:
    """How many cards `list_cards` has to list; one more than `most` if there are more than that."""
    those = _those_in(pipe, status, wanted, viewer, now)
    few = await narrowed(connection, pipe=pipe, wanted=wanted)
    return await _count(connection, [*those, *few], most=most)


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
    those = [
        *_those_in(pipe, "open", wanted, viewer, now),
        *await narrowed(connection, pipe=pipe, wanted=wanted),
        begin <= _DATED,
        end > _DATED,
    ]
    rows = await connection.execute(
        select(*SHOWN).where(and_(*those)).order_by(_DATED, cards.c.id).limit(limit)
    )
    found = tuple(board_card(row) for row in rows.mappings())
    if len(found) < limit:
        return found, len(found)
    return found, await _count(connection, those, most=None)


async def _count(
    connection: AsyncConnection, those: list[ColumnElement[bool]], *, most: int | None
) -> int:
    some: Select[int] = select(literal_column("1", Integer)).select_from(cards).where(and_(*those))
    some = some if most is None else some.limit(most + 1)
    counted: int = (
        await connection.execute(select(func.count()).select_from(some.subquery()))
    ).scalar_one()
    return counted


def _those_in(
    pipe: str, status: Status, wanted: CardFilter, viewer: Viewer, now: Instant
) -> list[ColumnElement[bool]]:
    in_pipe = [cards.c.pipe == pipe, _IN_STATUS[status]]
    return [*in_pipe, *conditions(wanted, now), *seen_by(viewer)]
