"""`phaseline recompute`: clocks reckoned anew, because a calendar or a target has changed."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.gateway.recomputing import Recomputed
    from engine.runtime.settings import Settings

commands = typer.Typer()


@commands.command(rich_help_panel="Pipes")
def recompute(
    pipe: Annotated[str, typer.Argument(help="The pipe's id.")],
    *,
    reason: Annotated[str, typer.Option(help="Why: it stands in each card's history.")],
    by: Annotated[str, typer.Option(help="In whose name: a pipe admin's id.")] = "owner",
) -> None:
    """Reckon the running clocks of a pipe's open cards anew, with calendar and target as now.

    Phaseline has to be running. What a clock has done is done: no warning and no step comes twice.
    """
    from engine.gateway import GatewayError
    from engine.gateway.recomputing import RecomputingRefused
    from engine.runtime.temporal import TemporalUnreachable

    try:
        done = asyncio.run(_recompute(settings_or_exit(), pipe, reason, by))
    except* (RecomputingRefused, GatewayError, TemporalUnreachable) as failed:
        raise refuse(str(failed.exceptions[0])) from None
    typer.echo(f"Changed clocks on {done.changed} of {done.cards} open cards.")


async def _recompute(settings: "Settings", pipe: str, reason: str, by: str) -> "Recomputed":
    from datetime import timedelta

    from engine.core.actors import user
    from engine.gateway import Cards, Definitions, Gateway
    from engine.gateway.recomputing import recompute_pipe
    from engine.runtime.embedded import use_running_server
    from engine.runtime.temporal import connect
    from engine.store.database import Database
    from pipes.identifiers import PipeId, UserId

    use_running_server(settings)
    client = await connect(within=timedelta(seconds=5))
    database = Database(settings.database)
    try:
        gateway = Gateway(database, Cards(client, settings.task_queue), Definitions())
        return await recompute_pipe(
            database, gateway, PipeId(pipe), actor=user(UserId(by)), reason=reason
        )
    finally:
        await database.close()
