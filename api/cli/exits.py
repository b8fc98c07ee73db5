"""How commands say no: one clear line, and the exit code that says which kind of no it is."""

import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from engine.runtime.settings import Settings, SettingsError, load_settings

REFUSED = 1
WRONG_USAGE = 2
# What programs take for “try again later” (sysexits.h).
TEMPORARILY = 75
# By SQLSTATE: who signs in is not let in, there is no such database, something is not permitted.
_NOT_LET_IN = ("28", "3D", "42501")
# By SQLSTATE and by SQLite's words: a table or a column is missing.
_NOT_THERE = ("42P01", "42703")
_NOT_THERE_IN_WORDS = ("no such table", "no such column")
# As SQLite says that the disk is full, the latter while it writes its log.
_NO_ROOM = ("database or disk is full", "disk I/O error")


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


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a command from its database, in a line for people; `code` ends the process."""

    line: str
    code: int


def trouble_of(error: BaseException) -> Trouble | None:
    """What is wrong with the database; None where the error is about anything else."""
    if "sqlalchemy" not in sys.modules:  # The command has nothing to do with the database.
        return None
    from engine.store.database import UNAVAILABLE, DBAPIError, TablesUnfit

    if isinstance(error, BaseExceptionGroup):
        return next((each for each in map(trouble_of, error.exceptions) if each is not None), None)
    if isinstance(error, TablesUnfit):
        return Trouble(str(error), REFUSED)
    if isinstance(error, DBAPIError):
        why, state = str(error.orig), getattr(error.orig, "sqlstate", None) or ""
        if state.startswith(_NOT_THERE) or why.startswith(_NOT_THERE_IN_WORDS):
            line = f"The tables are not those of this version ({why}): run `phaseline migrate`."
            return Trouble(line, REFUSED)
        if state.startswith(_NOT_LET_IN):
            return Trouble(f"The database cannot be used: {why}", REFUSED)
        is_away = isinstance(error, UNAVAILABLE)
    else:
        why = str(error)
        is_away = isinstance(error, ConnectionError | TimeoutError | socket.gaierror)
    if not is_away:
        return None
    if "unable to open" in why:
        where = "Look at PHASELINE_DATA; `phaseline migrate` makes what is missing."
        return Trouble(f"The database cannot be used: {why}. {where}", REFUSED)
    if why in _NO_ROOM:
        line = f"The database cannot be written: {why}. Make room, then run the command again."
        return Trouble(line, TEMPORARILY)
    if "locked" in why:
        line = "The database is busy with something else: run the command again."
        return Trouble(line, TEMPORARILY)
    return Trouble(f"The database does not answer: {why}", TEMPORARILY)
