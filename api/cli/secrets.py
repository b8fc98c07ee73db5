"""`phaseline secret`: the key that seals secrets, and the secrets that pipes keep."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.runtime.sealing import Sealer
    from engine.store.database import AsyncConnection

commands = typer.Typer()
_secret = typer.Typer(no_args_is_help=True, help="Secrets of webhooks and requests, and their key.")
commands.add_typer(_secret, name="secret", rich_help_panel="Administration")

Pipe = Annotated[str, typer.Argument(help="The pipe's id.")]
Name = Annotated[str, typer.Argument(help="The name by which the definition calls it.")]


@_secret.command()
def key() -> None:
    """Make a key for PHASELINE_SECRETS_KEY."""
    from engine.runtime.sealing import new_key

    typer.echo(new_key())


@_secret.command("set")
def set_secret(pipe: Pipe, name: Name) -> None:
    """Keep a secret of a pipe; it is read from standard input.

    One of the same name is replaced; where it signs, the old one signs beside it for a day.
    """
    from engine.webhooks import By, is_secret_name, keep_secret
    from pipes.identifiers import PipeId

    if not is_secret_name(name):
        raise refuse("A name has letters, digits, - and _ only, at most 200.")
    text = sys.stdin.read().strip()
    if not text:
        raise refuse("Nothing came on standard input.")

    async def keep(connection: "AsyncConnection", sealer: "Sealer") -> None:
        by = By(user="", way="command", at=datetime.now(UTC))
        await keep_secret(connection, PipeId(pipe), name, sealer.seal(text), by)

    _writing(keep)
    typer.echo(f"Kept “{name}” for {pipe}.")


@_secret.command()
def reseal() -> None:
    """Seal every secret anew with the first of the keys, after a new one was put before the old."""

    async def reseal_all(connection: "AsyncConnection", sealer: "Sealer") -> int:
        from engine.store import second_factors, secrets

        factors = await second_factors.reseal(connection, sealer.reseal)
        return factors + await secrets.reseal(connection, sealer.reseal)

    typer.echo(f"Sealed {_writing(reseal_all)} secrets anew.")


def _writing[T](work: Callable[["AsyncConnection", "Sealer"], Awaitable[T]]) -> T:
    from engine.runtime.sealing import CannotOpen, load_sealer
    from engine.runtime.settings import SettingsError
    from engine.store.database import Database

    settings = settings_or_exit()

    async def run() -> T:
        database = Database(settings.database)
        try:
            async with database.writing() as connection:
                return await work(connection, load_sealer(settings))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (SettingsError, CannotOpen) as error:
        raise refuse(str(error)) from None
