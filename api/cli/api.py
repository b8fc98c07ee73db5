"""`phaseline api`: serves the API and the pages."""

import socket
from typing import Annotated

import typer

from api.cli.exits import settings_or_exit

commands = typer.Typer()


@commands.command(rich_help_panel="Running")
def api(
    inherited_socket: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve the API and the pages, on `PHASELINE_HOST` and `PHASELINE_PORT`.

    Finds Temporal by `TEMPORAL_ADDRESS` and the database by `PHASELINE_DATABASE_URL`.
    """
    settings = settings_or_exit()

    from api.serving import serve

    serve(settings, None if inherited_socket is None else socket.socket(fileno=inherited_socket))
