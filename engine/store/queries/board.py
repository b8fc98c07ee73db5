"""A board: the first open cards of each phase, and how many there are in all."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.queries.filters import CardFilter, Viewer, conditions, seen_by
from engine.store.queries.narrowing import narrowed
from engine.store.tables import IS_OPEN, card_labels, cards
from pipes.identifiers import Instant, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCard:
    """A card as a board shows it."""

    id: str
    key: str
    pipe: str
    pipe_version: int
    version: int
    title: str
    status: str
    phase: str
    on_hold: bool
    priority: str
    creator: str
    assignees: tuple[str, ...]
    labels: tuple[str, ...]
    summary: Mapping[str, JsonValue]
    created_at: Instant
    phase_entered_at: Instant
    updated_at: Instant
    due_at: Instant | None
    late_at: Instant | None
    expired_at: Instant | None
    pending: str | None
    handoff_team: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many open cards a phase has, and since when the oldest of them has been there."""

    cards: int
    oldest: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A card's place in its column; the next ones come after it."""

    phase_entered_at: Instant
    card: str


SHOWN = (
    cards.c.id,
    cards.c.key,
    cards.c.pipe,
    cards.c.pipe_version,
    cards.c.version,
    cards.c.title,
    cards.c.status,
    cards.c.phase,
    cards.c.on_hold,
    cards.c.priority,
    cards.c.creator,
    cards.c.assignees,
    cards.c.labels,
    cards.c.summary,
    cards.c.created_at,
    cards.c.phase_entered_at,
    cards.c.updated_at,
    cards.c.due_at,
    cards.c.late_at,
    cards.c.expired_at,
    cards.c.pending,
    cards.c.handoff_team,
)


def _labels_one_by_one() -> Select[Any]:
    """From each label on to the next one: the many cards that have the same are passed over."""
    in_pipe = card_labels.c.pipe == bindparam("pipe")
    first = select(func.min(card_labels.c.label).label("label")).where(in_pipe)
    known = first.cte(recursive=True)
    following = select(func.min(card_labels.c.label)).where(
        and_(in_pipe, card_labels.c.label > known.c.label)
    )
    all_of_them = known.union_all(
        select(following.scalar_subquery()).where(known.c.label.is_not(None))
    )
    return (
        select(all_of_them.c.label)
        .where(all_of_them.c.label.is_not(None))
        .limit(bindparam("number"))
    )


_LABELS = _labels_one_by_one()


async def read_columns(
    connection: AsyncConnection,
    *,
    pipe: str,
    phases: Iterable[str],
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
    limit: int,
) -> Mapping[str, tuple[BoardCard, ...]]:
    """The first open cards of each phase, those that came last first; one statement."""
    names = tuple(phases)
    if wanted.is_empty and viewer.sees_all:
        statement = _everybodys_columns(pipe, names, limit)
    else:
        few = await narrowed(connection, pipe=pipe, wanted=wanted)
        statement = _columns(
            _column(pipe, each, wanted, viewer, now).where(*few).limit(limit) for each in names
        )
    rows = await connection.execute(statement)
    found: dict[str, list[BoardCard]] = {phase: [] for phase in names}
    for row in rows.mappings():
        card = board_card(row)
        found[card.phase].append(card)
    return {phase: tuple(column) for phase, column in found.items()}


@lru_cache(maxsize=100)
def _everybodys_columns(
    pipe: str, phases: tuple[str, ...], limit: int
) -> CompoundSelect[tuple[object, ...]]:
    """What most boards are read with; building it takes longer than some of them take to read."""
    return _columns(_plain_column(pipe, phase).limit(limit) for phase in phases)


def _columns(
    columns: Iterable[Select[tuple[object, ...]]],
) -> CompoundSelect[tuple[object, ...]]:
    return union_all(*(select(column.subquery()) for column in columns))


async def read_column(
    connection: AsyncConnection,
    *,
    pipe: str,
    phase: str,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
    limit: int,
    after: Position | None,
) -> tuple[BoardCard, ...]:
    """Open cards of one phase, after a position."""
    few = await narrowed(connection, pipe=pipe, wanted=wanted)
    statement = _column(pipe, phase, wanted, viewer, now).where(*few)
    if after is not None:
        statement = statement.where(
            tuple_(cards.c.phase_entered_at, cards.c.id)
            < tuple_(literal(after.phase_entered_at, cards.c.phase_entered_at.type), after.card)
        )
    rows = await connection.execute(statement.limit(limit))
    return tuple(board_card(row) for row in rows.mappings())


async def count_columns(
    connection: AsyncConnection,
    *,
    pipe: str,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
) -> Mapping[str, Tally]:
    """How many open cards each phase has; phases with none are left out."""
    rows = await connection.execute(
        select(
            cards.c.phase,
            func.count().label("number"),
            func.min(cards.c.phase_entered_at).label("oldest"),
        )
        .where(
            and_(
                cards.c.pipe == pipe,
                IS_OPEN,
                *conditions(wanted, now),
                *seen_by(viewer),
                *await narrowed(connection, pipe=pipe, wanted=wanted),
            )
        )
        .group_by(cards.c.phase)
    )
    return {row.phase: Tally(cards=row.number, oldest=row.oldest) for row in rows}


async def read_board_card(
    connection: AsyncConnection,
    *,
    key: str,
    wanted: CardFilter,
    viewer: Viewer,
    now: Instant,
) -> BoardCard | None:
    """One card as the board shows it; None where it does not belong there."""
    row = (
        (
            await connection.execute(
                select(*SHOWN).where(
                    and_(
                        cards.c.key == key,
                        IS_OPEN,
                        *conditions(wanted, now),
                        *seen_by(viewer),
                    )
                )
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else board_card(row)


async def labels_in_use(connection: AsyncConnection, pipe: str, limit: int = 50) -> tuple[str, ...]:
    """The labels of a pipe's cards, by name."""
    rows = await connection.execute(_LABELS, {"pipe": pipe, "number": limit})
    return tuple(rows.scalars())


def board_card(row: RowMapping) -> BoardCard:
    """The card of a row."""
    return BoardCard(
        **{
            **row,
            "assignees": _texts(row["assignees"]),
            "labels": _texts(row["labels"]),
            "summary": json.loads(row["summary"]),
        }
    )


def _texts(stored: str) -> tuple[str, ...]:
    return () if stored == "[]" else tuple(json.loads(stored))


def _column(
    pipe: str, phase: str, wanted: CardFilter, viewer: Viewer, now: Instant
) -> Select[tuple[object, ...]]:
    return _plain_column(pipe, phase).where(
        and_(true(), *conditions(wanted, now), *seen_by(viewer))
    )


def _plain_column(pipe: str, phase: str) -> Select[tuple[object, ...]]:
    return (
        select(*SHOWN)
        .where(and_(cards.c.pipe == pipe, cards.c.phase == phase, IS_OPEN))
        .order_by(cards.c.phase_entered_at.desc(), cards.c.id.desc())
    )
