"""How commands say no: one clear line, and the exit code that says which kind of no it is."""

from pathlib import Path

import typer

from engine.runtime.settings import Settings, SettingsError, load_settings

REFUSED = 1
WRONG_USAGE = 2


def refuse(message: str, *, code: int = REFUSED) -> typer.Exit:
    """The line is written to standard error; what is returned is to be raised."""
    typer.echo(message, err=True)
    return typer.Exit(code)


def settings_or_exit(*, data: Path | None = None, port: int | None = None) -> Settings:
    """The settings, or the end of the command with a line for each thing that is wrong."""
    try:
        return load_settings(data=data, port=port)
    except SettingsError as error:
        raise refuse(str(error), code=WRONG_USAGE) from None
