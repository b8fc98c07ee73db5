"""`phaseline token` and `audit`: what lets programs in, and who administered what."""

import json
from typing import Annotated

import typer

from api.cli.administration import administer, with_database
from api.cli.exits import WRONG_USAGE, refuse
from api.cli.people import User

commands = typer.Typer()
tokens = typer.Typer(no_args_is_help=True, help="Tokens for programs.")
commands.add_typer(tokens, name="token", rich_help_panel="Administration")


@tokens.command("create")
def create_token(
    user: User,
    *,
    name: Annotated[str, typer.Option(help="What it is for.")] = "from the command line",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="cards:read, cards:write, pipes:write or admin; as many as needed."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is good for.")] = 90,
) -> None:
    """Make a token with which a program acts as this user; it is shown once."""
    from api.signin.tokens import new_token
    from engine.core.scopes import SCOPES

    wanted = scope or ["cards:read", "cards:write"]
    unknown = [each for each in wanted if each not in SCOPES]
    if unknown:
        raise refuse(
            f"There is no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}.",
            code=WRONG_USAGE,
        )
    scopes = [each for each in SCOPES if each in wanted]
    act, secret = new_token(user, name=name, scopes=scopes, days=days)
    administer(act)
    typer.echo(secret)


@tokens.command("list")
def list_tokens(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each.")] = False
) -> None:
    """Say which tokens there are; their secrets are not kept."""
    from engine.store import people

    for token in with_database(lambda connection: people.list_tokens(connection, None)):
        ends = token.expires_at.isoformat()
        if as_json:
            said = {
                "id": token.id,
                "user": token.user,
                "name": token.name,
                "scopes": token.scopes.split(),
                "expires_at": ends,
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            typer.echo(f"{token.id} {token.user} ({token.name}): {token.scopes}, until {ends}")


@tokens.command("end")
def end_token(
    user: User, token: Annotated[str, typer.Argument(help="The token's id, not its secret.")]
) -> None:
    """End a token."""
    from engine.core.administration import EndToken
    from pipes.identifiers import UserId

    administer(EndToken(person=UserId(user), token=token))
    typer.echo(f"The token {token} is ended")


@commands.command("audit", rich_help_panel="Administration")
def show_audit(
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each.")] = False,
) -> None:
    """Say who administered what, the newest first."""
    from engine.store import audit

    for entry in with_database(lambda connection: audit.list_entries(connection, limit=limit)):
        by = entry.by or "a command on this machine"
        if as_json:
            said = {
                "at": entry.at.isoformat(),
                "by": entry.by or None,
                "way": entry.way,
                "kind": entry.kind,
                "subject": entry.subject,
                "body": dict(entry.body),
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        else:
            typer.echo(f"{entry.at.isoformat()} {by}: {entry.kind} {entry.subject}")
