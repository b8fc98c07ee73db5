"""Mails, and the mailbox: what would have been sent, where no mail server is configured."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.database import insert_new
from engine.store.notice_tables import mails
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it is to be sent.

    Attributes:
        message_id: What it is known by, without angle brackets; a repeat of it has the same.
        headers: What it says besides, such as `Reply-To` or `In-Reply-To`.
    """

    message_id: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """A mail in the mailbox; `position` is its place there."""

    position: int
    at: Instant
    mail: Mail


async def keep_mail(connection: AsyncConnection, mail: Mail, *, at: Instant) -> None:
    """Puts a mail into the mailbox; a repeat of one changes nothing."""
    await connection.execute(
        insert_new(connection, mails).values(
            message_id=mail.message_id,
            at=at,
            recipients=json.dumps(mail.to),
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            headers=json.dumps(dict(mail.headers)),
        )
    )


async def list_mails(
    connection: AsyncConnection, *, limit: int, before: int | None = None
) -> tuple[KeptMail, ...]:
    """Mails before a position, the newest first."""
    statement = select(mails).order_by(mails.c.position.desc()).limit(limit)
    if before is not None:
        statement = statement.where(mails.c.position < before)
    rows = await connection.execute(statement)
    return tuple(
        KeptMail(
            position=row.position,
            at=row.at,
            mail=Mail(
                message_id=row.message_id,
                to=tuple(json.loads(row.recipients)),
                subject=row.subject,
                text=row.text,
                html=row.html,
                headers=json.loads(row.headers),
            ),
        )
        for row in rows
    )


async def forget_mails(connection: AsyncConnection, *, kept: int) -> None:
    """Leaves so many of the newest in the mailbox."""
    newest = (
        select(mails.c.position).order_by(mails.c.position.desc()).offset(kept).limit(1)
    ).scalar_subquery()
    await connection.execute(delete(mails).where(mails.c.position <= func.coalesce(newest, 0)))
