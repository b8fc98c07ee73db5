"""Sign-ins that have not ended, by their hashes: whose, where from, and when they were proved."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import RowMapping, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.people import User
from engine.store.second_factors import REQUIRED_OF
from engine.store.sign_in_tables import second_factors, sessions
from engine.store.tables import settings, users
from pipes.identifiers import Instant

# By what somebody came in: a password with what belongs to it, or an OpenID Connect provider.
type Way = Literal["password", "provider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in that has not ended; `hash` is that of the cookie's value.

    Attributes:
        used_at: When it was last used, to some minutes.
        proved_at: When its person showed who they are; None if a provider only said so.
        address: From where it was begun.
        agent: What the browser called itself then.
    """

    hash: str
    user: str
    csrf_token: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant
    proved_at: Instant | None
    way: Way = "password"
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A session as a request shows it, with whose it is.

    Attributes:
        has_second_factor: Whether its person has set one up.
        asked_of: The roles that have to have one.
    """

    session: Session
    user: User
    has_second_factor: bool
    asked_of: frozenset[str]


async def begin(connection: AsyncConnection, session: Session) -> None:
    """Keeps a sign-in."""
    kept = {column.name: getattr(session, column.name) for column in sessions.columns}
    await connection.execute(insert(sessions).values(**kept))


async def read(connection: AsyncConnection, digest: str, now: Instant) -> Presented | None:
    """The sign-in with that hash, unless it has ended or its account rests."""
    asked = select(settings.c.value).where(settings.c.name == REQUIRED_OF).scalar_subquery()
    statement = (
        select(
            users,
            *(column.label(f"session_{column.name}") for column in sessions.columns),
            second_factors.c.confirmed_at,
            asked.label("asked_of"),
        )
        .join_from(sessions, users)
        .outerjoin(second_factors, second_factors.c.user == users.c.id)
        .where(
            and_(
                sessions.c.hash == digest, sessions.c.expires_at > now, users.c.disabled.is_(False)
            )
        )
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    return None if row is None else _presented(row)


async def list_of(connection: AsyncConnection, user: str, now: Instant) -> tuple[Session, ...]:
    """Somebody's sign-ins that have not ended, the last used first."""
    rows = await connection.execute(
        select(sessions)
        .where(and_(sessions.c.user == user, sessions.c.expires_at > now))
        .order_by(sessions.c.used_at.desc(), sessions.c.hash)
    )
    return tuple(Session(**row) for row in rows.mappings())


async def note_use(
    connection: AsyncConnection, digest: str, *, now: Instant, until: Instant
) -> None:
    """Notes that a sign-in is used, and lets it last longer."""
    await connection.execute(
        update(sessions).where(sessions.c.hash == digest).values(used_at=now, expires_at=until)
    )


async def end(connection: AsyncConnection, user: str, digests: Iterable[str]) -> int:
    """Ends some of somebody's sign-ins; how many there were."""
    ended = await connection.execute(
        delete(sessions)
        .where(and_(sessions.c.user == user, sessions.c.hash.in_(sorted(digests))))
        .returning(sessions.c.hash)
    )
    return len(ended.all())


async def end_others(connection: AsyncConnection, user: str, but: str | None) -> int:
    """Ends all of somebody's sign-ins but one; how many there were."""
    others = sessions.c.user == user
    if but is not None:
        others = and_(others, sessions.c.hash != but)
    ended = await connection.execute(delete(sessions).where(others).returning(sessions.c.hash))
    return len(ended.all())


async def end_old(connection: AsyncConnection, now: Instant) -> None:
    """Forgets the sign-ins that have run out."""
    await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))


def _presented(row: RowMapping) -> Presented:
    session = {column.name: row[f"session_{column.name}"] for column in sessions.columns}
    user = {column.name: row[column.name] for column in users.columns}
    return Presented(
        session=Session(**session),
        user=User(**user),
        has_second_factor=row["confirmed_at"] is not None,
        asked_of=frozenset(json.loads(row["asked_of"] or "[]")),
    )
