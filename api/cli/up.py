"""`phaseline up`: everything on one machine, from one command."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from api.cli.exits import refuse, settings_or_exit

commands = typer.Typer()


@commands.command(rich_help_panel="Running")
def up(
    port: Annotated[
        int | None,
        typer.Option(help="Where the pages are served.", show_default="8000", min=1, max=65535),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder that holds everything.", show_default="./data"),
    ] = None,
) -> None:
    """Run everything on this machine, and say where to open it.

    Temporal's server, the database, a worker, the API and the pages; Ctrl-C stops it all. All that
    there is to keep is in the data folder.
    """
    settings = settings_or_exit(data=data, port=port)

    from api.installation import NotPossible, run_everything
    from engine.runtime.telemetry import configure_logs

    configure_logs(settings)
    try:
        asyncio.run(run_everything(settings, announce=typer.echo))
    except NotPossible as error:
        raise refuse(str(error)) from None
