"""What people are at a moment: roles, teams, for whom they decide; and who a principal is."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.actors import InstallationRole, PipeRole, Standing, user as person
from engine.core.rights import addresses, may
from engine.store.prepared import Prepared
from engine.store.queries.filters import Viewer
from engine.store.tables import leaves, pipe_roles, team_members, users
from pipes.identifiers import Instant, RoleName, TeamId, UserId
from pipes.principals import parse_principal

# A pipe's own roles, the strongest first; other roles are named by definitions.
PIPE_ROLES: tuple[PipeRole, ...] = ("admin", "member", "requester", "viewer")
_INSTALLATION_ROLES: Mapping[str, InstallationRole] = {
    role: role for role in get_args(InstallationRole.__value__)
}


def _what_people_are(
    whose: Callable[[ColumnElement[str]], ColumnElement[bool]],
) -> CompoundSelect[Any]:
    now, no = bindparam("now", type_=leaves.c.begins_at.type), literal(value=False)
    away = and_(leaves.c.begins_at <= now, leaves.c.ends_at > now)
    return union_all(
        select(literal("account"), users.c.id, users.c.installation_role, no).where(
            and_(whose(users.c.id), users.c.disabled.is_(False))
        ),
        select(literal("role"), pipe_roles.c.user, pipe_roles.c.role, no).where(
            and_(whose(pipe_roles.c.user), pipe_roles.c.pipe == bindparam("pipe"))
        ),
        select(
            literal("team"), team_members.c.user, team_members.c.team, team_members.c.lead
        ).where(whose(team_members.c.user)),
        select(literal("acts_for"), leaves.c.delegate, leaves.c.user, no).where(
            and_(whose(leaves.c.delegate), leaves.c.delegate.is_not(None), away)
        ),
    )


_EVERYBODY = Prepared(_what_people_are(lambda _: true()))
_SOMEBODY = Prepared(_what_people_are(lambda column: column == bindparam("person")))

type _Parts = dict[str, list[tuple[str, bool]]]


async def standing_of(
    connection: AsyncConnection, user: str, pipe: str, now: Instant
) -> Standing | None:
    """What somebody is at this moment; None if there is no such account, or it rests.

    Who works on the installation is a member of each pipe that does not say otherwise; a guest is
    nothing in a pipe but by relation to a card.
    """
    found = await _standings(connection, pipe, now, user)
    return found.get(UserId(user))


async def viewer_everywhere(connection: AsyncConnection, user: str, now: Instant) -> Viewer:
    """Which cards of all pipes somebody may see at this moment."""
    sees_all = await _sees_all(connection, user, "", now)
    own = select(pipe_roles.c.pipe).where(pipe_roles.c.user == user).distinct()
    with_roles = (await connection.execute(own)).scalars().all()
    others = [
        pipe for pipe in with_roles if await _sees_all(connection, user, pipe, now) != sees_all
    ]
    return Viewer(user=user, sees_all=sees_all, other_pipes=frozenset(others))


async def _sees_all(connection: AsyncConnection, user: str, pipe: str, now: Instant) -> bool:
    standing = await standing_of(connection, user, pipe, now)
    return may("see", person(user), standing, None)


async def people_in(
    connection: AsyncConnection, principal: str, pipe: str, now: Instant
) -> tuple[UserId, ...]:
    """The people of a team, its leads, or those with a role in the pipe, by their ids."""
    named = parse_principal(principal)
    if named.kind == "role":
        standings = await _standings(connection, pipe, now, None)
        found = [one.user for one in standings.values() if addresses(named, one, None)]
        return tuple(sorted(found))
    condition = [team_members.c.team == named.name, users.c.disabled.is_(False)]
    if named.kind == "lead":
        condition.append(team_members.c.lead.is_(True))
    rows = await connection.execute(
        select(team_members.c.user)
        .join(users, users.c.id == team_members.c.user)
        .where(and_(*condition))
        .order_by(team_members.c.user)
    )
    return tuple(UserId(user) for user in rows.scalars())


async def _standings(
    connection: AsyncConnection, pipe: str, now: Instant, user: str | None
) -> dict[UserId, Standing]:
    """What people are; everybody, or one of them."""
    given = {"pipe": pipe, "now": now} | ({} if user is None else {"person": user})
    rows = await (_EVERYBODY if user is None else _SOMEBODY).rows(connection, given)
    parts: dict[str, _Parts] = {}
    for kind, somebody, name, lead in rows:
        mine = parts.setdefault(somebody, {"account": [], "role": [], "team": [], "acts_for": []})
        mine[kind].append((name, bool(lead)))
    return {UserId(name): _standing(name, mine) for name, mine in parts.items() if mine["account"]}


def _standing(user: str, parts: _Parts) -> Standing:
    account = _INSTALLATION_ROLES[parts["account"][0][0]]
    roles = {name for name, _ in parts["role"]}
    explicit = next((role for role in PIPE_ROLES if role in roles), None)
    default: PipeRole | None = None if account == "guest" else "member"
    return Standing(
        user=UserId(user),
        installation_role=account,
        pipe_role=explicit or default,
        roles=frozenset(RoleName(role) for role in roles - set(PIPE_ROLES)),
        teams=frozenset(TeamId(name) for name, _ in parts["team"]),
        leads=frozenset(TeamId(name) for name, lead in parts["team"] if lead),
        acts_for=frozenset(UserId(name) for name, _ in parts["acts_for"]),
    )
