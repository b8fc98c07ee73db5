"""Taking replies that come back by e-mail, handed over by a mail transfer agent."""

import asyncio
import sys
from datetime import timedelta
from functools import partial
from typing import Annotated

import typer

from api.cli.exits import REFUSED, TEMPORARILY, settings_or_exit

commands = typer.Typer()


@commands.command(rich_help_panel="Processes")
def receive_mail(
    recipient: Annotated[
        str | None, typer.Option(help="To whom it came, if the mail transfer agent says so.")
    ] = None,
) -> None:
    """Reads one message on standard input and tells its card of it, as a comment.

    Exit code 0 is taken, 1 is not wanted (the agent may bounce it), 75 is to be tried again.
    """
    raw = sys.stdin.buffer.read()
    raise typer.Exit(asyncio.run(_receive(raw, recipient)))


async def _receive(raw: bytes, recipient: str | None) -> int:
    from engine.gateway import Cards, Definitions, EngineFault, EngineUnavailable, Gateway
    from engine.gateway.incoming import Incoming, MailNotWanted
    from engine.runtime.embedded import use_running_server
    from engine.runtime.mail_addresses import MailAddresses
    from engine.runtime.sealing import load_sealer
    from engine.runtime.temporal import TemporalUnreachable, connect
    from engine.store.database import UNAVAILABLE, Database

    settings = settings_or_exit()
    use_running_server(settings)
    database = Database(settings.database)
    try:
        client = await connect(within=timedelta(seconds=10))
        gateway = Gateway(database, Cards(client, settings.task_queue), Definitions())
        addresses = MailAddresses(settings, partial(load_sealer, settings))
        card = await Incoming(database, gateway, addresses).take(raw, recipient)
    except MailNotWanted as error:
        typer.echo(str(error), err=True)
        return REFUSED
    except (TemporalUnreachable, EngineUnavailable, EngineFault, *UNAVAILABLE) as error:
        typer.echo(f"Not now: {error}", err=True)
        return TEMPORARILY
    finally:
        await database.close()
    typer.echo(card)
    return 0
