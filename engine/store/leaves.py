"""When people are away, and who decides in their name meanwhile."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.tables import leaves
from pipes.identifiers import Instant, UserId

_LEAVE = (leaves.c.user, leaves.c.begins_at, leaves.c.ends_at, leaves.c.delegate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A period in which somebody is away; the end is not part of it."""

    user: str
    begins_at: Instant
    ends_at: Instant
    delegate: str | None = None


async def set_leave(connection: AsyncConnection, leave: Leave) -> None:
    """Keeps a leave; one of the same person that begins at the same instant is replaced."""
    await end_leave(connection, leave.user, leave.begins_at)
    await connection.execute(
        insert(leaves).values(
            user=leave.user,
            begins_at=leave.begins_at,
            ends_at=leave.ends_at,
            delegate=leave.delegate,
        )
    )


async def end_leave(connection: AsyncConnection, user: str, begins_at: Instant) -> bool:
    """Takes a leave away; false if there is none that begins then."""
    removed = await connection.execute(
        delete(leaves)
        .where(and_(leaves.c.user == user, leaves.c.begins_at == begins_at))
        .returning(leaves.c.user)
    )
    return removed.scalar_one_or_none() is not None


async def list_leaves(connection: AsyncConnection, user: str | None = None) -> tuple[Leave, ...]:
    """Somebody's leaves, or everybody's, by when they begin."""
    statement = select(*_LEAVE).order_by(leaves.c.begins_at, leaves.c.user)
    if user is not None:
        statement = statement.where(leaves.c.user == user)
    rows = await connection.execute(statement)
    return tuple(Leave(**row) for row in rows.mappings())


async def delegates_of(
    connection: AsyncConnection, people: Iterable[str], now: Instant
) -> Mapping[UserId, UserId]:
    """Who stands in for those of the people who are away."""
    rows = await connection.execute(
        select(leaves.c.user, leaves.c.delegate)
        .where(
            and_(
                leaves.c.user.in_(sorted(set(people))),
                leaves.c.delegate.is_not(None),
                leaves.c.begins_at <= now,
                leaves.c.ends_at > now,
            )
        )
        .order_by(leaves.c.user, leaves.c.begins_at)
    )
    return {UserId(row.user): UserId(row.delegate) for row in rows}


# --- beginning and ending -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveChange:
    """A leave has begun, or ended."""

    leave: Leave
    state: Literal["begun", "ended"]


async def any_unnoticed(connection: AsyncConnection, now: Instant) -> bool:
    """Whether a leave has begun or ended that nobody has noticed."""
    found = await connection.execute(
        select(leaves.c.user).where(or_(_begun(now), _ended(now))).limit(1)
    )
    return found.first() is not None


async def notice(connection: AsyncConnection, now: Instant) -> tuple[LeaveChange, ...]:
    """The leaves that have begun or ended since somebody last asked; each is given once."""
    begun = await _notice(connection, "begun", _begun(now))
    ended = await _notice(connection, "ended", _ended(now))
    return (*begun, *ended)


async def _notice(
    connection: AsyncConnection, state: Literal["begun", "ended"], come: ColumnElement[bool]
) -> list[LeaveChange]:
    rows = await connection.execute(
        update(leaves).where(come).values(noticed=state).returning(*_LEAVE)
    )
    return [LeaveChange(leave=Leave(**row), state=state) for row in rows.mappings()]


def _begun(now: Instant) -> ColumnElement[bool]:
    return and_(leaves.c.begins_at <= now, leaves.c.noticed == "none")


def _ended(now: Instant) -> ColumnElement[bool]:
    return and_(leaves.c.ends_at <= now, leaves.c.noticed == "begun")
