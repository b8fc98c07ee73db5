"""`phaseline user` and `leave`: accounts, their roles, and when people are away."""

import json
from datetime import datetime
from typing import Annotated

import typer

from api.cli.administration import administer, with_database
from api.cli.exits import WRONG_USAGE, refuse
from engine.core.actors import InstallationRole

commands = typer.Typer()
users = typer.Typer(no_args_is_help=True, help="People with an account.")
leaves = typer.Typer(no_args_is_help=True, help="When people are away, and who decides for them.")
for name, group in (("user", users), ("leave", leaves)):
    commands.add_typer(group, name=name, rich_help_panel="Administration")

User = Annotated[str, typer.Argument(help="The user's id, as they sign in.")]
_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]
_When = Annotated[
    datetime,
    typer.Argument(help="A date (midnight UTC), or a time with its zone.", formats=_MOMENTS),
]


@users.command("add")
def add_user(
    user: User,
    full_name: Annotated[str, typer.Option("--name", help="What they are called.")],
    *,
    email: Annotated[str | None, typer.Option(help="For notifications.")] = None,
    role: Annotated[str, typer.Option(help="owner, admin, author, member or guest.")] = "member",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For programs, which only use tokens.")
    ] = False,
) -> None:
    """Add somebody; prints the one-time password for their first sign-in."""
    from api.signin.passwords import hash_password, one_time_password
    from engine.core.administration import AddPerson
    from pipes.identifiers import UserId

    password = None if no_password else one_time_password()
    administer(
        AddPerson(
            person=UserId(user),
            name=full_name,
            email=email,
            installation_role=_installation_role(role),
            password_hash=None if password is None else hash_password(password),
        )
    )
    if password is None:
        typer.echo(f"{full_name} is added as {user}, without a password")
    else:
        typer.echo(f"{full_name} signs in as {user} with the one-time password {password}")


@users.command("list")
def list_users(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each.")] = False
) -> None:
    """Say who has an account, and with which role."""
    from engine.store import people

    for user in with_database(people.list_users):
        if as_json:
            said = {
                "id": user.id,
                "name": user.name,
                "email": user.email,
                "installation_role": user.installation_role,
                "disabled": user.disabled,
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            rests = ", disabled" if user.disabled else ""
            typer.echo(f"{user.id} ({user.name}): {user.installation_role}{rests}")


@users.command("passwd")
def set_password(user: User) -> None:
    """Give somebody a new one-time password; their sessions end."""
    from api.signin.passwords import hash_password, one_time_password
    from engine.core.administration import ResetPassword
    from pipes.identifiers import UserId

    password = one_time_password()
    administer(ResetPassword(person=UserId(user), password_hash=hash_password(password)))
    typer.echo(f"{user} signs in with the one-time password {password}")


@users.command("remove-second-factor")
def remove_second_factor(user: User) -> None:
    """Take the second factor of somebody away who has lost it; their sessions end."""
    from engine.core.administration import RemoveSecondFactor
    from pipes.identifiers import UserId

    administer(RemoveSecondFactor(person=UserId(user)))
    typer.echo(f"{user} signs in by password alone, until they set up another second factor")


@users.command("require-second-factor")
def require_second_factor(
    roles: Annotated[
        list[str] | None,
        typer.Argument(help="owner, admin, author, member or guest; without any, nobody."),
    ] = None,
) -> None:
    """Have people of these roles on the installation set up a second factor, and no others."""
    from engine.core.administration import RequireSecondFactor

    wanted = tuple(dict.fromkeys(_installation_role(role) for role in roles or ()))
    administer(RequireSecondFactor(roles=wanted))
    said = f"of {', '.join(wanted)}" if wanted else "of nobody"
    typer.echo(f"A second factor is required {said}")


@users.command("disable")
def disable_user(user: User) -> None:
    """Let an account rest: its sessions and tokens end, and nobody signs in with it."""
    from engine.core.administration import DisablePerson
    from pipes.identifiers import UserId

    administer(DisablePerson(person=UserId(user)))
    typer.echo(f"{user} is disabled")


@users.command("enable")
def enable_user(user: User) -> None:
    """Let a disabled account be used again."""
    from engine.core.administration import EnablePerson
    from pipes.identifiers import UserId

    administer(EnablePerson(person=UserId(user)))
    typer.echo(f"{user} is enabled")


@users.command("role")
def set_role(
    user: User,
    role: Annotated[
        str, typer.Argument(help="owner, admin, author, member or guest; or a pipe's.")
    ],
    *,
    pipe: Annotated[str | None, typer.Option(help="A role in this pipe only.")] = None,
    take: Annotated[bool, typer.Option("--take", help="Take the pipe's role away.")] = False,
) -> None:
    """Give somebody a role on the installation, or in one pipe (such as `admin` or `director`)."""
    from engine.core.administration import GiveInstallationRole, GivePipeRole, TakePipeRole
    from pipes.identifiers import PipeId, RoleName, UserId

    if pipe is None:
        if take:
            raise refuse("`--take` is for roles in a pipe: name it with --pipe.", code=WRONG_USAGE)
        administer(GiveInstallationRole(person=UserId(user), role=_installation_role(role)))
        typer.echo(f"{user} is {role}")
        return
    change = TakePipeRole if take else GivePipeRole
    administer(change(pipe=PipeId(pipe), person=UserId(user), role=RoleName(role)))
    typer.echo(f"{user} is {'no longer ' if take else ''}{role} in {pipe}")


@leaves.command("set")
def set_leave(
    user: User,
    begins_at: _When,
    ends_at: _When,
    *,
    delegate: Annotated[str | None, typer.Option(help="Who decides in their name.")] = None,
) -> None:
    """Say that somebody is away from one time until another."""
    from engine.core.administration import SetLeave
    from pipes.identifiers import UserId

    begins, ends = _in_utc(begins_at), _in_utc(ends_at)
    administer(
        SetLeave(
            person=UserId(user),
            begins_at=begins,
            ends_at=ends,
            delegate=None if delegate is None else UserId(delegate),
        )
    )
    typer.echo(f"{user} is away from {begins.isoformat()} until {ends.isoformat()}")


@leaves.command("end")
def end_leave(user: User, begins_at: _When) -> None:
    """Take away the leave that begins at a time."""
    from engine.core.administration import EndLeave
    from pipes.identifiers import UserId

    administer(EndLeave(person=UserId(user), begins_at=_in_utc(begins_at)))
    typer.echo(f"{user} is not away then")


@leaves.command("list")
def list_leaves(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each.")] = False
) -> None:
    """Say who is away when."""
    from engine.store.leaves import list_leaves as found

    for leave in with_database(found):
        begins, ends = leave.begins_at.isoformat(), leave.ends_at.isoformat()
        if as_json:
            said = {
                "user": leave.user,
                "begins_at": begins,
                "ends_at": ends,
                "delegate": leave.delegate,
            }
            typer.echo(json.dumps(said))
        else:
            decides = f", {leave.delegate} decides" if leave.delegate else ""
            typer.echo(f"{leave.user}: {begins} until {ends}{decides}")


def _in_utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _installation_role(role: str) -> InstallationRole:
    known: dict[str, InstallationRole] = {
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
