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
    """Add people in four teams and thirty cards to the shipped pipe.

    Phaseline has to be running: the cards are created and moved as people would do it.
    """
    from api.sample.seeding import SampleRefused
    from engine.gateway import GatewayError
    from engine.runtime.temporal import TemporalUnreachable

    try:
        number = asyncio.run(_seed(settings_or_exit()))
    except* (SampleRefused, GatewayError, TemporalUnreachable) as failed:
        raise refuse(str(failed.exceptions[0])) from None
    typer.echo(f"Added {number} cards. `phaseline user passwd ana` lets you sign in as Ana.")


async def _seed(settings: "Settings") -> int:
    from datetime import timedelta

    from api.sample.seeding import seed as add_sample
    from engine.gateway import Cards, Definitions, Gateway
    from engine.runtime.embedded import use_running_server
    from engine.runtime.temporal import connect
    from engine.store.database import Database

    use_running_server(settings)
    client = await connect(within=timedelta(seconds=5))
    database = Database(settings.database)
    try:
        gateway = Gateway(database, Cards(client, settings.task_queue), Definitions())
        return await add_sample(database, gateway)
    finally:
        await database.close()
