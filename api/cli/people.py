"""`phaseline user`, `team` and `token`: administration without the web."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.exits import WRONG_USAGE, refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.store.database import AsyncConnection

commands = typer.Typer()
users = typer.Typer(no_args_is_help=True, help="People with an account.")
teams = typer.Typer(no_args_is_help=True, help="Teams and who is in them.")
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs.")
for name, group in (("user", users), ("team", teams), ("token", tokens)):
    commands.add_typer(group, name=name, rich_help_panel="Administration")

type InstallationRoleName = Literal["owner", "admin", "author", "member", "guest"]

_User = Annotated[str, typer.Argument(help="The user's id, as they sign in.")]
_Team = Annotated[str, typer.Argument(help="The team's id, as definitions name it.")]


def _write[T](work: "Callable[[AsyncConnection], Awaitable[T]]") -> T:
    """Does the work in one transaction on the configured database."""
    from engine.store.database import Database

    settings = settings_or_exit()

    async def write() -> T:
        database = Database(settings.database)
        try:
            await database.migrate()
            async with database.writing() as connection:
                return await work(connection)
        finally:
            await database.close()

    return asyncio.run(write())


@users.command("add")
def add_user(
    user: _User,
    full_name: Annotated[str, typer.Option("--name", help="What they are called.")],
    *,
    email: Annotated[str | None, typer.Option(help="For notifications.")] = None,
    role: Annotated[str, typer.Option(help="admin, author, member or guest.")] = "member",
) -> None:
    """Add somebody; prints the one-time password for their first sign-in."""
    from api.signin.passwords import hash_password, one_time_password
    from engine.gateway import utc_now
    from engine.store import people
    from engine.store.people import User

    given = _installation_role(role)
    _refuse_bad_id(user)
    password = one_time_password()

    async def work(connection: "AsyncConnection") -> bool:
        if await people.read_user(connection, user) is not None:
            return False
        await people.add_user(
            connection,
            User(
                id=user,
                name=full_name,
                email=email,
                password_hash=hash_password(password),
                must_change_password=True,
                installation_role=given,
                disabled=False,
                created_at=utc_now(),
            ),
        )
        return True

    if not _write(work):
        raise refuse(f"There is a user “{user}” already.")
    typer.echo(f"{full_name} signs in as {user} with the one-time password {password}")


@users.command("passwd")
def set_password(user: _User) -> None:
    """Give somebody a new one-time password; their sessions end."""
    from api.signin.passwords import hash_password, one_time_password
    from engine.store import people

    password = one_time_password()

    async def work(connection: "AsyncConnection") -> bool:
        if await people.read_user(connection, user) is None:
            return False
        await people.set_password(connection, user, hash_password(password), must_change=True)
        return True

    if not _write(work):
        raise refuse(f"There is no user “{user}”.")
    typer.echo(f"{user} signs in with the one-time password {password}")


@users.command("role")
def set_role(
    user: _User,
    role: Annotated[
        str, typer.Argument(help="owner, admin, author, member or guest; or a pipe's.")
    ],
    *,
    pipe: Annotated[str | None, typer.Option(help="A role in this pipe only.")] = None,
    take: Annotated[bool, typer.Option("--take", help="Take the pipe's role away.")] = False,
) -> None:
    """Give somebody a role on the installation, or in one pipe (such as `admin` or `director`)."""
    from engine.store import people

    if take and pipe is None:
        raise refuse("`--take` is for roles in a pipe: name it with --pipe.", code=WRONG_USAGE)
    given = None if pipe is not None else _installation_role(role)

    async def work(connection: "AsyncConnection") -> bool:
        if await people.read_user(connection, user) is None:
            return False
        if given is not None:
            await people.set_installation_role(connection, user, given)
        elif pipe is not None and take:
            await people.take_role(connection, pipe, user, role)
        elif pipe is not None:
            await people.give_role(connection, pipe, user, role)
        return True

    if not _write(work):
        raise refuse(f"There is no user “{user}”.")
    where = f" in {pipe}" if pipe else ""
    typer.echo(f"{user} is {'no longer ' if take else ''}{role}{where}")


@teams.command("add")
def add_team(
    team: _Team, full_name: Annotated[str, typer.Option("--name", help="What it is called.")]
) -> None:
    """Add a team, or give it another name."""
    from engine.store import people

    _refuse_bad_id(team)
    _write(lambda connection: people.add_team(connection, team, full_name))
    typer.echo(f"{team} is {full_name}")


@teams.command("join")
def join_team(
    team: _Team,
    user: _User,
    *,
    lead: Annotated[bool, typer.Option("--lead", help="They lead it.")] = False,
) -> None:
    """Put somebody into a team."""
    from engine.store import people

    async def work(connection: "AsyncConnection") -> str | None:
        known = {each.id for each in await people.list_teams(connection)}
        if team not in known:
            return f"There is no team “{team}”."
        if await people.read_user(connection, user) is None:
            return f"There is no user “{user}”."
        await people.set_member(connection, team, user, lead=lead)
        return None

    problem = _write(work)
    if problem is not None:
        raise refuse(problem)
    typer.echo(f"{user} is in {team}{' and leads it' if lead else ''}")


@teams.command("leave")
def leave_team(team: _Team, user: _User) -> None:
    """Take somebody out of a team."""
    from engine.store import people

    _write(lambda connection: people.remove_member(connection, team, user))
    typer.echo(f"{user} is not in {team}")


@teams.command("list")
def list_teams(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each team.")] = False
) -> None:
    """Say which teams there are and who is in them."""
    from engine.store import people

    for team in _write(people.list_teams):
        members = [
            f"{member} (lead)" if member in team.leads else member for member in team.members
        ]
        if as_json:
            said = {
                "id": team.id,
                "name": team.name,
                "members": list(team.members),
                "leads": list(team.leads),
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            typer.echo(f"{team.id} ({team.name}): {', '.join(members) or 'nobody'}")


@tokens.command("create")
def create_token(
    user: _User,
    *,
    name: Annotated[str, typer.Option(help="What it is for.")] = "from the command line",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="cards:read, cards:write, pipes:write or admin; as many as needed."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good for.")] = 90,
) -> None:
    """Make a token with which a program acts as this user; it is shown once."""
    from api.signin.people import SCOPES
    from api.signin.tokens import new_token
    from engine.store import people

    scopes = scope or ["cards:read", "cards:write"]
    unknown = [each for each in scopes if each not in SCOPES]
    if unknown:
        raise refuse(
            f"There is no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}.",
            code=WRONG_USAGE,
        )
    token, secret = new_token(user, name=name, scopes=scopes, days=days)

    async def work(connection: "AsyncConnection") -> bool:
        if await people.read_user(connection, user) is None:
            return False
        await people.add_token(connection, token)
        return True

    if not _write(work):
        raise refuse(f"There is no user “{user}”.")
    typer.echo(secret)


def _installation_role(role: str) -> InstallationRoleName:
    known: dict[str, InstallationRoleName] = {
        "owner": "owner",
        "admin": "admin",
        "author": "author",
        "member": "member",
        "guest": "guest",
    }
    if role not in known:
        raise refuse(
            f"“{role}” is no role on the installation; there are {', '.join(known)}."
            " A role in one pipe needs --pipe.",
            code=WRONG_USAGE,
        )
    return known[role]


def _refuse_bad_id(text: str) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-.")
    if not text or len(text) > 64 or not set(text) <= allowed or not text[0].isalnum():
        raise refuse(
            f"“{text}” cannot be an id: up to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a"
            " letter or a digit.",
            code=WRONG_USAGE,
        )
