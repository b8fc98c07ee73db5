"""People, teams and roles; tokens by their hashes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.actors import InstallationRole
from engine.store.prepared import Prepared
from engine.store.sign_in_tables import sessions, tokens
from engine.store.tables import pipe_roles, settings, team_members, teams, users
from pipes.identifiers import Instant

# Asked by every request; SQLAlchemy recognises what it has compiled by its object.
_USER = select(users).where(users.c.id == bindparam("sought"))
_TOKEN_COLUMNS, _USER_COLUMNS = tuple(tokens.c.keys()), tuple(users.c.keys())
_TOKEN = Prepared(
    select(*tokens.c, *users.c)
    .join(users, users.c.id == tokens.c.user)
    .where(
        and_(
            tokens.c.hash == bindparam("digest"),
            tokens.c.expires_at > bindparam("now"),
            users.c.disabled.is_(False),
        )
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account; `time_zone` and `language` are what they chose, else None.

    Attributes:
        password_ends_at: Until when a one-time password can be used.
    """

    id: str
    name: str
    email: str | None
    password_hash: str | None
    must_change_password: bool
    installation_role: InstallationRole
    disabled: bool
    created_at: Instant
    time_zone: str | None = None
    password_ends_at: Instant | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team with its people; leads are among the members."""

    id: str
    name: str
    members: tuple[str, ...]
    leads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token for programs; its text is shown once and kept as a hash.

    `made_by` is who made it for another account: a service token.
    """

    id: str
    hash: str
    name: str
    user: str
    scopes: str
    created_at: Instant
    expires_at: Instant
    last_used_at: Instant | None = None
    made_by: str | None = None


def hashed(secret: str) -> str:
    """How a long random secret is kept: found by, and of no use to a thief."""
    return hashlib.sha256(secret.encode()).hexdigest()


# --- users ----------------------------------------------------------------------------------------


async def add_user(connection: AsyncConnection, user: User) -> None:
    """Adds an account."""
    await connection.execute(
        insert(users).values(
            id=user.id,
            name=user.name,
            email=user.email,
            password_hash=user.password_hash,
            must_change_password=user.must_change_password,
            installation_role=user.installation_role,
            disabled=user.disabled,
            created_at=user.created_at,
            password_ends_at=user.password_ends_at,
        )
    )


async def read_user(connection: AsyncConnection, user: str) -> User | None:
    """The account of that id."""
    row = (await connection.execute(_USER, {"sought": user})).mappings().one_or_none()
    return None if row is None else User(**row)


async def find_by_email(connection: AsyncConnection, address: str) -> User | None:
    """The one account with that address, if it does not rest; None if there are several."""
    rows = await connection.execute(
        select(users).where(
            func.lower(users.c.email) == address.lower(), users.c.disabled.is_(False)
        )
    )
    found = rows.mappings().all()
    return User(**found[0]) if len(found) == 1 else None


async def list_users(connection: AsyncConnection) -> tuple[User, ...]:
    """Every account, by name."""
    rows = await connection.execute(select(users).order_by(users.c.name, users.c.id))
    return tuple(User(**row) for row in rows.mappings())


async def count_users(connection: AsyncConnection) -> int:
    """How many accounts there are."""
    counted: int = (await connection.execute(select(func.count()).select_from(users))).scalar_one()
    return counted


async def count_owners(connection: AsyncConnection) -> int:
    """How many owners can sign in."""
    counted: int = (
        await connection.execute(
            select(func.count())
            .select_from(users)
            .where(and_(users.c.installation_role == "owner", users.c.disabled.is_(False)))
        )
    ).scalar_one()
    return counted


async def change_user(
    connection: AsyncConnection, user: str, *, name: str, email: str | None
) -> None:
    """Calls somebody something else, or writes to them elsewhere."""
    await connection.execute(update(users).where(users.c.id == user).values(name=name, email=email))


async def set_locale(
    connection: AsyncConnection, user: str, *, language: str | None, zone: str | None
) -> None:
    """Writes for somebody as the language says, in this zone; None leaves it to their browser."""
    await connection.execute(
        update(users).where(users.c.id == user).values(language=language, time_zone=zone)
    )


async def set_password(
    connection: AsyncConnection, user: str, password_hash: str, *, ends_at: Instant | None = None
) -> None:
    """Sets a password and ends every session that was begun with the old one.

    Args:
        connection: A writing transaction.
        user: Whose it is.
        password_hash: What is kept of it.
        ends_at: Until when it can be used, for a one-time password: it has to be changed.
    """
    await connection.execute(
        update(users)
        .where(users.c.id == user)
        .values(
            password_hash=password_hash,
            must_change_password=ends_at is not None,
            password_ends_at=ends_at,
        )
    )
    await connection.execute(delete(sessions).where(sessions.c.user == user))


async def set_installation_role(
    connection: AsyncConnection, user: str, role: InstallationRole
) -> None:
    """Gives somebody another role on the installation."""
    await connection.execute(update(users).where(users.c.id == user).values(installation_role=role))


async def set_disabled(connection: AsyncConnection, user: str, *, disabled: bool) -> None:
    """Lets an account rest, or lets it be used again; its sessions and tokens end."""
    await connection.execute(update(users).where(users.c.id == user).values(disabled=disabled))
    if disabled:
        await connection.execute(delete(sessions).where(sessions.c.user == user))
        await connection.execute(delete(tokens).where(tokens.c.user == user))


async def names(connection: AsyncConnection, people: Iterable[str]) -> dict[str, str]:
    """What people are called, by id."""
    wanted = sorted(set(people))
    rows = await connection.execute(select(users.c.id, users.c.name).where(users.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


# --- teams and roles ------------------------------------------------------------------------------


async def add_team(connection: AsyncConnection, team: str, name: str) -> None:
    """Adds a team, or names it anew."""
    if await has_team(connection, team):
        await connection.execute(update(teams).where(teams.c.id == team).values(name=name))
    else:
        await connection.execute(insert(teams).values(id=team, name=name))


async def set_member(
    connection: AsyncConnection, team: str, user: str, *, lead: bool = False
) -> None:
    """Puts somebody into a team, as its lead or not."""
    await remove_member(connection, team, user)
    await connection.execute(insert(team_members).values(team=team, user=user, lead=lead))


async def remove_member(connection: AsyncConnection, team: str, user: str) -> None:
    """Takes somebody out of a team."""
    await connection.execute(
        delete(team_members).where(and_(team_members.c.team == team, team_members.c.user == user))
    )


async def list_teams(connection: AsyncConnection) -> tuple[Team, ...]:
    """Every team with its people, by name."""
    rows = await connection.execute(
        select(teams.c.id, teams.c.name, team_members.c.user, team_members.c.lead)
        .outerjoin(team_members, team_members.c.team == teams.c.id)
        .order_by(teams.c.name, teams.c.id, team_members.c.user)
    )
    gathered: dict[str, tuple[str, list[str], list[str]]] = {}
    for row in rows:
        _, members, leads = gathered.setdefault(row.id, (row.name, [], []))
        if row.user is not None:
            members.append(row.user)
            if row.lead:
                leads.append(row.user)
    return tuple(
        Team(id=team, name=name, members=tuple(members), leads=tuple(leads))
        for team, (name, members, leads) in gathered.items()
    )


async def has_team(connection: AsyncConnection, team: str) -> bool:
    """Whether there is a team of that id."""
    found = await connection.execute(select(teams.c.id).where(teams.c.id == team))
    return found.scalar_one_or_none() is not None


async def remove_team(connection: AsyncConnection, team: str) -> None:
    """Dissolves a team."""
    await connection.execute(delete(teams).where(teams.c.id == team))


async def give_role(connection: AsyncConnection, pipe: str, user: str, role: str) -> None:
    """Gives somebody a role in a pipe."""
    await take_role(connection, pipe, user, role)
    await connection.execute(insert(pipe_roles).values(pipe=pipe, user=user, role=role))


async def take_role(connection: AsyncConnection, pipe: str, user: str, role: str) -> None:
    """Takes a role in a pipe from somebody."""
    await connection.execute(
        delete(pipe_roles).where(
            and_(pipe_roles.c.pipe == pipe, pipe_roles.c.user == user, pipe_roles.c.role == role)
        )
    )


async def list_roles(connection: AsyncConnection, user: str) -> dict[str, tuple[str, ...]]:
    """Somebody's roles, by pipe."""
    rows = await connection.execute(
        select(pipe_roles.c.pipe, pipe_roles.c.role)
        .where(pipe_roles.c.user == user)
        .order_by(pipe_roles.c.pipe, pipe_roles.c.role)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.pipe, []).append(row.role)
    return {pipe: tuple(roles) for pipe, roles in found.items()}


async def list_people_with_roles(
    connection: AsyncConnection, pipe: str
) -> tuple[tuple[str, str], ...]:
    """Who has which role in a pipe: people and roles, by the people's ids."""
    rows = await connection.execute(
        select(pipe_roles.c.user, pipe_roles.c.role)
        .where(pipe_roles.c.pipe == pipe)
        .order_by(pipe_roles.c.user, pipe_roles.c.role)
    )
    return tuple((row.user, row.role) for row in rows)


# --- tokens ---------------------------------------------------------------------------------------


async def add_token(connection: AsyncConnection, token: Token) -> None:
    """Keeps a token."""
    await connection.execute(
        insert(tokens).values(
            id=token.id,
            hash=token.hash,
            name=token.name,
            user=token.user,
            scopes=token.scopes,
            created_at=token.created_at,
            expires_at=token.expires_at,
            made_by=token.made_by,
        )
    )


async def read_token(
    connection: AsyncConnection, digest: str, now: Instant
) -> tuple[Token, User] | None:
    """The token with that hash and whose it is, unless it has run out."""
    row = await _TOKEN.row(connection, {"digest": digest, "now": now})
    if row is None:
        return None
    of_token, of_user = row[: len(_TOKEN_COLUMNS)], row[len(_TOKEN_COLUMNS) :]
    token = Token(**dict(zip(_TOKEN_COLUMNS, of_token, strict=True)))
    return token, User(**dict(zip(_USER_COLUMNS, of_user, strict=True)))


async def note_use_of_token(connection: AsyncConnection, token: str, now: Instant) -> None:
    """Notes when a token was last used."""
    await connection.execute(update(tokens).where(tokens.c.id == token).values(last_used_at=now))


async def list_tokens(connection: AsyncConnection, user: str | None) -> tuple[Token, ...]:
    """Somebody's tokens, or everybody's; the newest first."""
    statement = select(tokens).order_by(tokens.c.created_at.desc())
    if user is not None:
        statement = statement.where(tokens.c.user == user)
    rows = await connection.execute(statement)
    return tuple(Token(**row) for row in rows.mappings())


async def remove_token(connection: AsyncConnection, token: str) -> bool:
    """Ends a token; false if there is none of that id."""
    removed = await connection.execute(
        delete(tokens).where(tokens.c.id == token).returning(tokens.c.id)
    )
    return removed.scalar_one_or_none() is not None


# --- what the installation knows of itself --------------------------------------------------------


async def read_setting(connection: AsyncConnection, name: str) -> object:
    """A value that the installation keeps about itself; None if it has none of that name."""
    value = (
        await connection.execute(select(settings.c.value).where(settings.c.name == name))
    ).scalar_one_or_none()
    return None if value is None else json.loads(value)


async def write_setting(connection: AsyncConnection, name: str, value: object) -> None:
    """Keeps a value about the installation."""
    await connection.execute(delete(settings).where(settings.c.name == name))
    await connection.execute(insert(settings).values(name=name, value=json.dumps(value)))
