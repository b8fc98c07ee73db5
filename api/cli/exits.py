"""How commands say no: one clear line, and the exit code that says which kind of no it is."""

import sys
from pathlib import Path

import typer

from engine.runtime.settings import Settings, SettingsError, load_settings

REFUSED = 1
WRONG_USAGE = 2
# What programs take for “try again later” (sysexits.h).
TEMPORARILY = 75


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


def not_now(error: BaseException) -> str | None:
    """A line for people about a database that is busy or away; None about anything else."""
    if "sqlalchemy" not in sys.modules:  # The command has nothing to do with the database.
        return None
    from engine.store.database import UNAVAILABLE, DBAPIError

    if isinstance(error, BaseExceptionGroup):
        return next((line for line in map(not_now, error.exceptions) if line is not None), None)
    if isinstance(error, DBAPIError):
        why = str(error.orig)
        is_away = isinstance(error, UNAVAILABLE)
    else:
        why = str(error)
        is_away = isinstance(error, ConnectionError | TimeoutError)
    if not is_away:
        return None
    if "locked" in why:
        return "The database is busy with something else: run the command again."
    return f"The database does not answer: {why}"
