"""`phaseline worker`: becomes a worker process."""

import os
import sys

import typer

commands = typer.Typer()


@commands.command(rich_help_panel="Running")
def worker() -> None:
    """Run one worker: it runs the cards and does what touches the world.

    Finds Temporal by `TEMPORAL_ADDRESS` and the database by `PHASELINE_DATABASE_URL`. Run as many
    as you like, on as many machines.
    """
    os.execv(sys.executable, [sys.executable, "-m", "workers"])  # noqa: S606 - it becomes the worker.
