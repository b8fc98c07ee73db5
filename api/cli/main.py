"""The command `phaseline`: the table of its commands; each is in a module of its own name."""

import typer

from api.cli import (
    api,
    clocks,
    definitions,
    operating,
    people,
    publish,
    receiving,
    secrets,
    seed,
    simulate,
    teams,
    tokens,
    up,
    worker,
)
from api.cli.exits import trouble_of
from engine.runtime.exits import leave

commands = typer.Typer(
    name="phaseline",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Workflow for product teams: pipes, cards, approvals and clocks, on your own machines.\n\n"
    "Begin with `phaseline up` and open the address it prints. Settings come from `PHASELINE_…`"
    " variables or a `.env` file.",
)
for module in (
    up,
    api,
    worker,
    definitions,
    simulate,
    publish,
    clocks,
    people,
    teams,
    tokens,
    secrets,
    receiving,
    seed,
    operating,
):
    commands.add_typer(module.commands)


def entry() -> None:
    """Runs the command and ends the process with its exit code."""
    try:
        commands(standalone_mode=True)
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        typer.echo(trouble.line, err=True)
        leave(trouble.code)
    leave(0)


if __name__ == "__main__":
    entry()
