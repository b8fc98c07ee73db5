"""Migrations of cards onto another version: which cards, how far they are, what came of each."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.commands import MigrationPlan
from engine.core.migration_words import MigrationChange
from engine.core.reasons import Reason
from engine.encoding import (
    decoded_changes,
    decoded_plan,
    decoded_reasons,
    encoded_changes,
    encoded_plan,
    encoded_reasons,
)
from engine.store.database import insert_new
from engine.store.migration_tables import card_migrations, migrating_cards
from engine.store.queries.filters import CardFilter, conditions
from engine.store.tables import IS_OPEN, cards
from pipes.identifiers import Instant, JsonValue

type MigrationState = Literal["waiting", "running", "stopping", "stopped", "done"]
type CardOutcome = Literal["waiting", "migrates", "migrated", "unchanged", "refused", "failed"]
OUTCOMES: tuple[CardOutcome, ...] = (
    "waiting",
    "migrates",
    "migrated",
    "unchanged",
    "refused",
    "failed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A migration that was asked for.

    Attributes:
        wanted: For which cards, as it was asked.
        dry_run: Nothing is changed; it only tells what would be.
        body_hash: What the same request again is known by.
    """

    id: str
    pipe: str
    to_version: int
    plan: MigrationPlan
    wanted: Mapping[str, JsonValue]
    dry_run: bool
    body_hash: str
    begun_by: str
    state: MigrationState
    created_at: Instant
    ended_at: Instant | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in ("stopped", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What came of one card, or would; `version` is the one that it ran before."""

    position: int
    card: str
    key: str
    title: str
    version: int
    outcome: CardOutcome = "waiting"
    changes: tuple[MigrationChange, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which cards of a pipe are meant: those of a filter, or these by id or key.

    Only open ones are, unless the filter says otherwise; of a filter those that run another
    version.
    """

    wanted: CardFilter = field(default_factory=CardFilter)
    named: tuple[str, ...] | None = None

    def conditions(self, pipe: str, version: int, now: Instant) -> list[ColumnElement[bool]]:
        """As conditions on cards."""
        if self.named is not None:
            return [cards.c.pipe == pipe, _is_one_of(self.named)]
        found = [cards.c.pipe == pipe, cards.c.pipe_version != version]
        if self.wanted.status is None:
            found.append(IS_OPEN)
        return [*found, *conditions(self.wanted, now)]


def _is_one_of(named: Collection[str]) -> ColumnElement[bool]:
    return or_(cards.c.id.in_(named), cards.c.key.in_(named))


async def count(
    connection: AsyncConnection, selection: Selection, pipe: str, version: int, now: Instant
) -> Mapping[int, int]:
    """How many cards are meant, by the version that they run."""
    rows = await connection.execute(
        select(cards.c.pipe_version, func.count().label("number"))
        .where(and_(*selection.conditions(pipe, version, now)))
        .group_by(cards.c.pipe_version)
    )
    return {row.pipe_version: row.number for row in rows}


async def numbers_in_use(connection: AsyncConnection, pipe: str) -> Mapping[int, int]:
    """The versions that open cards of a pipe run, with how many run each."""
    rows = await connection.execute(
        select(cards.c.pipe_version, func.count().label("number"))
        .where(and_(cards.c.pipe == pipe, IS_OPEN))
        .group_by(cards.c.pipe_version)
    )
    return {row.pipe_version: row.number for row in rows}


async def unknown_cards(
    connection: AsyncConnection, pipe: str, named: Collection[str]
) -> tuple[str, ...]:
    """Those of the references that name no card of the pipe."""
    rows = await connection.execute(
        select(cards.c.id, cards.c.key).where(and_(cards.c.pipe == pipe, _is_one_of(named)))
    )
    known = {name for row in rows for name in (row.id, row.key)}
    return tuple(name for name in dict.fromkeys(named) if name not in known)


async def select_lines(
    connection: AsyncConnection, selection: Selection, pipe: str, version: int, now: Instant
) -> tuple[Line, ...]:
    """The cards that are meant, the oldest first, before anything has come of them."""
    rows = await connection.execute(
        select(cards.c.id, cards.c.key, cards.c.title, cards.c.pipe_version)
        .where(and_(*selection.conditions(pipe, version, now)))
        .order_by(cards.c.created_at, cards.c.id)
    )
    return tuple(
        Line(position=position, card=row.id, key=row.key, title=row.title, version=row.pipe_version)
        for position, row in enumerate(rows, start=1)
    )


async def begin(
    connection: AsyncConnection, migration: Migration, selection: Selection
) -> Migration | None:
    """Notes a migration with its cards; gives the one that has this id already, if there is one."""
    noted = await connection.execute(
        insert_new(connection, card_migrations).values(
            id=migration.id,
            pipe=migration.pipe,
            to_version=migration.to_version,
            plan=encoded_plan(migration.plan),
            wanted=json.dumps(migration.wanted, ensure_ascii=False),
            dry_run=migration.dry_run,
            body_hash=migration.body_hash,
            begun_by=migration.begun_by,
            state=migration.state,
            created_at=migration.created_at,
        )
    )
    if not noted.rowcount:
        return await read(connection, migration.id)
    number = func.row_number().over(order_by=(cards.c.created_at, cards.c.id))
    meant = selection.conditions(migration.pipe, migration.to_version, migration.created_at)
    await connection.execute(
        insert(migrating_cards).from_select(
            [
                "migration",
                "position",
                "card",
                "key",
                "title",
                "version",
                "outcome",
                "changes",
                "reasons",
            ],
            select(
                literal(migration.id),
                number,
                cards.c.id,
                cards.c.key,
                cards.c.title,
                cards.c.pipe_version,
                literal("waiting"),
                literal("[]"),
                literal("[]"),
            ).where(and_(*meant)),
        )
    )
    return None


async def read(connection: AsyncConnection, migration: str) -> Migration | None:
    """The migration of that id."""
    row = (
        (await connection.execute(select(card_migrations).where(card_migrations.c.id == migration)))
        .mappings()
        .one_or_none()
    )
    return None if row is None else _migration(row)


async def of_pipe(connection: AsyncConnection, pipe: str, *, limit: int) -> tuple[Migration, ...]:
    """The latest migrations of a pipe's cards, the newest first."""
    rows = await connection.execute(
        select(card_migrations)
        .where(card_migrations.c.pipe == pipe)
        .order_by(card_migrations.c.created_at.desc(), card_migrations.c.id.desc())
        .limit(limit)
    )
    return tuple(_migration(row) for row in rows.mappings())


async def left_behind(connection: AsyncConnection, *, before: Instant) -> tuple[str, ...]:
    """Migrations that were noted before an instant and that no worker has taken up."""
    rows = await connection.execute(
        select(card_migrations.c.id).where(
            and_(card_migrations.c.state == "waiting", card_migrations.c.created_at < before)
        )
    )
    return tuple(rows.scalars())


async def progress(connection: AsyncConnection, migration: str) -> Mapping[CardOutcome, int]:
    """How many cards have come to what."""
    rows = await connection.execute(
        select(migrating_cards.c.outcome, func.count().label("number"))
        .where(migrating_cards.c.migration == migration)
        .group_by(migrating_cards.c.outcome)
    )
    found = {row.outcome: row.number for row in rows}
    return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}


async def lines(
    connection: AsyncConnection,
    migration: str,
    *,
    outcome: CardOutcome | None = None,
    after: int = 0,
    limit: int,
) -> tuple[Line, ...]:
    """What came of cards, in their order."""
    found = [migrating_cards.c.migration == migration, migrating_cards.c.position > after]
    if outcome is not None:
        found.append(migrating_cards.c.outcome == outcome)
    rows = await connection.execute(
        select(migrating_cards)
        .where(and_(*found))
        .order_by(migrating_cards.c.position)
        .limit(limit)
    )
    return tuple(
        Line(
            position=row.position,
            card=row.card,
            key=row.key,
            title=row.title,
            version=row.version,
            outcome=row.outcome,
            changes=decoded_changes(row.changes),
            reasons=decoded_reasons(row.reasons),
        )
        for row in rows
    )


async def note(connection: AsyncConnection, migration: str, line: Line) -> None:
    """Notes what came of a card."""
    await connection.execute(
        update(migrating_cards)
        .where(
            and_(
                migrating_cards.c.migration == migration,
                migrating_cards.c.position == line.position,
            )
        )
        .values(
            outcome=line.outcome,
            changes=encoded_changes(line.changes),
            reasons=encoded_reasons(line.reasons).decode(),
        )
    )


async def take_up(connection: AsyncConnection, migration: str) -> None:
    """Notes that a worker is at it."""
    await _change(connection, migration, "running", among=("waiting",))


async def stop(connection: AsyncConnection, migration: str) -> bool:
    """Has it stopped before the next card; false if it is over already."""
    return await _change(
        connection, migration, "stopping", among=("waiting", "running", "stopping")
    )


async def end(connection: AsyncConnection, migration: str, at: Instant) -> None:
    """Notes that nothing more comes of it: it is done, or has been stopped."""
    await _change(connection, migration, "done", among=("waiting", "running"), at=at)
    await _change(connection, migration, "stopped", among=("stopping",), at=at)


async def _change(
    connection: AsyncConnection,
    migration: str,
    state: MigrationState,
    *,
    among: tuple[MigrationState, ...],
    at: Instant | None = None,
) -> bool:
    changed = await connection.execute(
        update(card_migrations)
        .where(and_(card_migrations.c.id == migration, card_migrations.c.state.in_(among)))
        .values(state=state, ended_at=at)
    )
    return bool(changed.rowcount)


def _migration(row: RowMapping) -> Migration:
    return Migration(
        **{
            **row,
            "plan": decoded_plan(row["plan"]),
            "wanted": json.loads(row["wanted"]),
            "dry_run": bool(row["dry_run"]),
        }
    )
