"""Who of a team is next to be given a card: by turns, or by how many cards everybody has."""

from datetime import timedelta
from typing import Literal

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.commands import CommandKey
from engine.store.command_tables import reserved_people
from engine.store.reservations import FORGOTTEN_AFTER
from engine.store.tables import (
    IS_OPEN,
    card_assignees,
    cards,
    leaves,
    team_members,
    team_turns,
    teams,
    users,
)
from pipes.identifiers import Instant, UserId

_NEXT = timedelta(microseconds=1)

type Method = Literal["round_robin", "least_loaded"]


async def reserve_person(
    connection: AsyncConnection,
    *,
    team: str,
    by: Method,
    card: str,
    command: CommandKey,
    now: Instant,
) -> UserId | None:
    """Picks somebody for a card, once for each command; nobody if all are away.

    Who was picked counts as having the card at once, so that a burst of cards spreads.
    """
    await connection.execute(select(teams.c.id).where(teams.c.id == team).with_for_update())
    mine = and_(reserved_people.c.command == command, reserved_people.c.team == team)
    known = (
        await connection.execute(select(reserved_people.c.user).where(mine))
    ).scalar_one_or_none()
    if known is not None:
        return UserId(known)
    await connection.execute(
        delete(reserved_people).where(reserved_people.c.created_at < now - FORGOTTEN_AFTER)
    )
    picked = await next_person(connection, team=team, by=by, now=now)
    if picked is None:
        return None
    await connection.execute(
        insert(reserved_people).values(
            command=command, team=team, user=picked, card=card, created_at=now
        )
    )
    await _note_turn(connection, team, picked, now)
    return picked


async def next_person(
    connection: AsyncConnection, *, team: str, by: Method | Literal["anybody"], now: Instant
) -> UserId | None:
    """Who would be picked now; who is on leave is passed over."""
    away = select(leaves.c.user).where(and_(leaves.c.begins_at <= now, leaves.c.ends_at > now))
    has = (
        select(func.count())
        .select_from(card_assignees.join(cards, cards.c.id == card_assignees.c.card))
        .where(and_(card_assignees.c.user == users.c.id, IS_OPEN))
        .correlate(users)
        .scalar_subquery()
    )
    gets = (
        select(func.count())
        .select_from(reserved_people)
        .where(reserved_people.c.user == users.c.id)
        .correlate(users)
        .scalar_subquery()
    )
    longest_ago = func.coalesce(team_turns.c.last_at, 0)
    order = (
        [has + gets, longest_ago, users.c.id] if by == "least_loaded" else [longest_ago, users.c.id]
    )
    turn = and_(team_turns.c.team == team, team_turns.c.user == users.c.id)
    picked = (
        await connection.execute(
            select(users.c.id)
            .select_from(
                team_members.join(users, users.c.id == team_members.c.user).outerjoin(
                    team_turns, turn
                )
            )
            .where(
                and_(
                    team_members.c.team == team,
                    users.c.disabled.is_(False),
                    users.c.id.not_in(away),
                )
            )
            .order_by(*order)
            .limit(1)
        )
    ).scalar_one_or_none()
    return None if picked is None else UserId(picked)


async def absent_people(
    connection: AsyncConnection, named: tuple[UserId, ...], *, team: str | None, now: Instant
) -> tuple[UserId, ...]:
    """Those of the people who are not there, or not in the team if there is to be one."""
    away = select(leaves.c.user).where(and_(leaves.c.begins_at <= now, leaves.c.ends_at > now))
    conditions = [users.c.id.in_(named), users.c.disabled.is_(False), users.c.id.not_in(away)]
    if team is not None:
        members = select(team_members.c.user).where(team_members.c.team == team)
        conditions.append(users.c.id.in_(members))
    there = set((await connection.execute(select(users.c.id).where(and_(*conditions)))).scalars())
    return tuple(person for person in named if person not in there)


async def _note_turn(connection: AsyncConnection, team: str, user: str, now: Instant) -> None:
    """Puts somebody at the end of the line, also where clocks differ or a burst is out of order."""
    latest: Instant | None = (
        await connection.execute(
            select(func.max(team_turns.c.last_at)).where(team_turns.c.team == team)
        )
    ).scalar_one()
    if latest is not None and latest >= now:
        now = latest + _NEXT
    turn = and_(team_turns.c.team == team, team_turns.c.user == user)
    updated = await connection.execute(update(team_turns).where(turn).values(last_at=now))
    if updated.rowcount == 0:
        await connection.execute(insert(team_turns).values(team=team, user=user, last_at=now))
