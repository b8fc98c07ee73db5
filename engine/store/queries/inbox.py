"""What may wait for somebody: cards with a request or a handoff, and where they were mentioned."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.queries.board import SHOWN, BoardCard, board_card
from engine.store.queries.filters import Viewer, seen_by
from engine.store.tables import IS_OPEN, cards, events, notices
from pipes.identifiers import Instant, TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A comment that mentions somebody, which they have not put away."""

    id: str
    card: str
    key: str
    title: str
    by: str
    text: str
    at: Instant


async def cards_with_requests(connection: AsyncConnection, limit: int) -> tuple[BoardCard, ...]:
    """Open cards that wait for approval, whoever may give it; the longest waiting first."""
    rows = await connection.execute(
        select(*SHOWN)
        .where(and_(IS_OPEN, cards.c.pending.is_not(None)))
        .order_by(cards.c.updated_at, cards.c.id)
        .limit(limit)
    )
    return tuple(board_card(row) for row in rows.mappings())


async def cards_handed_to(
    connection: AsyncConnection, teams: Collection[TeamId], limit: int
) -> tuple[BoardCard, ...]:
    """Open cards that one of the teams has to accept, the longest waiting first."""
    rows = await connection.execute(
        select(*SHOWN)
        .where(and_(IS_OPEN, cards.c.handoff_team.in_(teams)))
        .order_by(cards.c.phase_entered_at, cards.c.id)
        .limit(limit)
    )
    return tuple(board_card(row) for row in rows.mappings())


async def mentions_of(
    connection: AsyncConnection, viewer: Viewer, limit: int
) -> tuple[Mention, ...]:
    """Where somebody was mentioned and has not put it away, the newest first; only on cards that
    they may see.
    """
    rows = await connection.execute(
        select(
            notices.c.id,
            notices.c.card,
            cards.c.key,
            cards.c.title,
            events.c.actor,
            events.c.body,
            notices.c.at,
        )
        .join(cards, cards.c.id == notices.c.card)
        .join(
            events,
            and_(events.c.card == notices.c.card, events.c.sequence == notices.c.sequence),
        )
        .where(
            and_(
                notices.c.user == viewer.user,
                notices.c.kind == "mentioned",
                notices.c.in_app.is_(True),
                notices.c.read_at.is_(None),
                *seen_by(viewer),
            )
        )
        .order_by(notices.c.at.desc(), notices.c.id)
        .limit(limit)
    )
    return tuple(
        Mention(
            id=row.id,
            card=row.card,
            key=row.key,
            title=row.title,
            by=row.actor,
            text=str(json.loads(row.body).get("text", "")),
            at=row.at,
        )
        for row in rows
    )
