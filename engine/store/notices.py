"""What people were told: each notice once, whoever writes it and however often."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.channels import Channel, Choices
from engine.core.notices import HOLDING, WITHHELD, NoticeKind
from engine.store.database import insert_new
from engine.store.notice_tables import notice_choices
from engine.store.queries.filters import Viewer, seen_by
from engine.store.standings import viewer_everywhere
from engine.store.tables import cards, notices, users
from pipes.identifiers import Instant, UserId

# `none`: it was no longer needed.
type MailOutcome = Literal["sent", "refused", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One person is told something of an event, by the ways that they want."""

    user: UserId
    card: str
    sequence: int
    kind: NoticeKind
    text: str
    ways: frozenset[Channel]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """What somebody was told; `key` is the card's."""

    id: str
    key: str
    kind: NoticeKind
    text: str
    at: Instant
    read_at: Instant | None


async def add(
    connection: AsyncConnection, told: Collection[Telling], *, at: Instant
) -> frozenset[UserId]:
    """Writes notices to those who have an account that does not rest; who has mail waiting now.

    What somebody was told of an event already is not told again.
    """
    wanted = {each.user for each in told}
    there = await connection.execute(
        select(users.c.id, users.c.email).where(
            and_(users.c.id.in_(wanted), users.c.disabled.is_(False))
        )
    )
    addresses = {row.id: row.email for row in there}
    rows = [
        {
            "id": str(uuid.uuid4()),
            "user": each.user,
            "card": each.card,
            "sequence": each.sequence,
            "kind": each.kind,
            "text": each.text,
            "at": at,
            "in_app": "app" in each.ways,
            "mail": "waiting" if "mail" in each.ways and addresses[each.user] else "none",
        }
        for each in told
        if each.user in addresses and each.ways
    ]
    if rows:
        await connection.execute(insert_new(connection, notices), rows)
    return frozenset(UserId(str(row["user"])) for row in rows if row["mail"] == "waiting")


async def withhold(connection: AsyncConnection, card: str) -> None:
    """Takes the texts back that may hold what nobody may read of a card any more."""
    holding = and_(notices.c.card == card, notices.c.kind.in_(sorted(HOLDING)))
    await connection.execute(update(notices).where(holding).values(text=WITHHELD))


# --- in the app -----------------------------------------------------------------------------------


async def list_notices(
    connection: AsyncConnection,
    viewer: Viewer,
    *,
    limit: int,
    before: tuple[Instant, str] | None = None,
    only_unread: bool = False,
) -> tuple[StoredNotice, ...]:
    """What somebody was told in the app, the newest first, before a moment and id.

    Of cards that they may not see any more they are told nothing.
    """
    conditions = [notices.c.user == viewer.user, notices.c.in_app.is_(True), *seen_by(viewer)]
    if only_unread:
        conditions.append(notices.c.read_at.is_(None))
    if before is not None:
        at, number = before
        conditions.append(or_(notices.c.at < at, and_(notices.c.at == at, notices.c.id < number)))
    return await _read(connection, conditions, limit=limit)


async def count_unread(connection: AsyncConnection, user: str, *, now: Instant) -> int:
    """How much somebody was told in the app, has not read, and may see."""
    unread = and_(notices.c.user == user, notices.c.in_app.is_(True), notices.c.read_at.is_(None))
    some = await connection.execute(select(notices.c.id).where(unread).limit(1))
    if some.first() is None:  # Every page asks: most people have read everything.
        return 0
    viewer = await viewer_everywhere(connection, user, now)
    counted: int = (
        await connection.execute(
            select(func.count())
            .select_from(notices.join(cards, cards.c.id == notices.c.card))
            .where(and_(unread, *seen_by(viewer)))
        )
    ).scalar_one()
    return counted


async def open_card(
    connection: AsyncConnection, viewer: Viewer, notice: str, *, at: Instant
) -> str | None:
    """The key of the card that a notice is about; all that was told of it counts as read."""
    row = (
        await connection.execute(
            select(cards.c.id, cards.c.key)
            .join(notices, notices.c.card == cards.c.id)
            .where(and_(notices.c.user == viewer.user, notices.c.id == notice, *seen_by(viewer)))
        )
    ).one_or_none()
    if row is None:
        return None
    await mark_card_read(connection, viewer.user, row.id, at=at)
    key: str = row.key
    return key


async def mark_read(
    connection: AsyncConnection, user: str, *, at: Instant, ids: Iterable[str] | None = None
) -> None:
    """Notes that somebody has read notices of theirs: these, or all."""
    statement = update(notices).where(and_(notices.c.user == user, notices.c.read_at.is_(None)))
    if ids is not None:
        statement = statement.where(notices.c.id.in_(list(ids)))
    await connection.execute(statement.values(read_at=at))


async def mark_card_read(connection: AsyncConnection, user: str, card: str, *, at: Instant) -> None:
    """Notes that somebody has looked at a card, and so at all that they were told of it."""
    await connection.execute(
        update(notices)
        .where(and_(notices.c.user == user, notices.c.card == card, notices.c.read_at.is_(None)))
        .values(read_at=at)
    )


# --- by mail --------------------------------------------------------------------------------------


async def waiting_for_mail(
    connection: AsyncConnection, viewer: Viewer, *, limit: int
) -> tuple[StoredNotice, ...]:
    """What somebody is to be told by mail and may see, the oldest first."""
    waiting = [notices.c.user == viewer.user, notices.c.mail == "waiting", *seen_by(viewer)]
    return tuple(reversed(await _read(connection, waiting, limit=limit)))


async def withdraw_unseen(connection: AsyncConnection, viewer: Viewer) -> None:
    """Takes back mails that wait about cards which their reader may not see any more."""
    seen = exists().where(and_(cards.c.id == notices.c.card, *seen_by(viewer)))
    await connection.execute(
        update(notices)
        .where(
            and_(
                notices.c.user == viewer.user,
                notices.c.mail == "waiting",
                not_(seen),
            )
        )
        .values(mail="none")
    )


async def mark_mailed(
    connection: AsyncConnection,
    ids: Iterable[str],
    outcome: MailOutcome,
) -> None:
    """Notes what came of mails."""
    await connection.execute(
        update(notices).where(notices.c.id.in_(list(ids))).values(mail=outcome)
    )


async def _read(
    connection: AsyncConnection, conditions: list[ColumnElement[bool]], *, limit: int
) -> tuple[StoredNotice, ...]:
    rows = await connection.execute(
        select(
            notices.c.id,
            cards.c.key,
            notices.c.kind,
            notices.c.text,
            notices.c.at,
            notices.c.read_at,
        )
        .join(cards, cards.c.id == notices.c.card)
        .where(and_(*conditions))
        .order_by(notices.c.at.desc(), notices.c.id.desc())
        .limit(limit)
    )
    return tuple(StoredNotice(**row) for row in rows.mappings())


# --- choices --------------------------------------------------------------------------------------


async def read_choices(connection: AsyncConnection, people: Iterable[str]) -> Mapping[str, Choices]:
    """What people chose, where it is not what is usual."""
    rows = await connection.execute(
        select(notice_choices).where(notice_choices.c.user.in_(sorted(set(people))))
    )
    found: dict[str, dict[tuple[NoticeKind, Channel], bool]] = {}
    for row in rows:
        found.setdefault(row.user, {})[row.kind, row.channel] = row.wanted
    return found


async def write_choices(connection: AsyncConnection, user: str, choices: Choices) -> None:
    """Keeps what somebody chose, instead of what they chose before."""
    await connection.execute(delete(notice_choices).where(notice_choices.c.user == user))
    rows = [
        {"user": user, "kind": kind, "channel": channel, "wanted": wanted}
        for (kind, channel), wanted in choices.items()
    ]
    if rows:
        await connection.execute(insert(notice_choices), rows)
