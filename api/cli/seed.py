"""`phaseline seed`: sample people and cards."""

import asyncio
from typing import TYPE_CHECKING

import typer

from api.cli.exits import refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.runtime.settings import Settings

commands = typer.Typer()


@commands.command(rich_help_panel="Administration")
def seed() -> None:
    """Add a company of twenty people and its cards to the shipped pipes.

    Phaseline has to be running: the cards are created and moved as people would do it.
    """
    from api.sample.seeding import SampleRefused
    from engine.gateway import GatewayError
    from engine.runtime.temporal import TemporalUnreachable

    try:
        number = asyncio.run(_seed(settings_or_exit()))
    except* (SampleRefused, GatewayError, TemporalUnreachable) as failed:
        raise refuse(str(failed.exceptions[0])) from None
    if not number:
        typer.echo("The sample is there already.")
        return
    typer.echo(f"{number} sample cards are there. `phaseline user passwd ana` signs you in as Ana.")


async def _seed(settings: "Settings") -> int:
    from datetime import timedelta

    from api.sample.seeding import seed as add_sample
    from engine.gateway import Cards, Definitions, Gateway
    from engine.gateway.settling import Settling
    from engine.runtime.embedded import use_running_server
    from engine.runtime.temporal import connect
    from engine.store.database import Database

    use_running_server(settings)
    client = await connect(within=timedelta(seconds=5))
    database = Database(settings.database)
    try:
        definitions = Definitions()
        gateway = Gateway(database, Cards(client, settings.task_queue), definitions)
        settling = Settling(database, definitions, client)
        return await add_sample(database, gateway, settling)
    finally:
        await database.close()
