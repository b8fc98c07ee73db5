"""A copy of the data folder of one machine, made while everything runs."""

import contextlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from engine.storage.choosing import FOLDER

_RECORD = "phaseline.db"
# They belong to the processes that run, or come back by themselves.
_LEFT_OUT = (FOLDER, "up.lock", "server-address", "server.log*", "*.db", "*.db-wal", "*.db-shm")


class CannotBackUp(Exception):
    """The copy cannot be made; the message says why and what to do."""


def back_up(data: Path, target: Path) -> tuple[Path, ...]:
    """Copies databases and files of a data folder into a new folder; what was copied.

    The record is copied after Temporal's store: what that does not know of it `phaseline rebuild`
    brings back. The contents of files come last, so that none is missing that the record names.

    Raises:
        CannotBackUp: There is nothing to copy, the target exists, or it could not be written.
    """
    if not (data / _RECORD).is_file():
        raise CannotBackUp(f"{data} is no data folder: there is no {_RECORD} in it.")
    if target.resolve().is_relative_to(data.resolve()):
        raise CannotBackUp(f"{target} is inside {data}: name a folder elsewhere.")
    if target.exists() and any(target.iterdir()):
        raise CannotBackUp(f"{target} is not empty: name a new folder for each backup.")
    try:
        return _copy(data, target)
    except (OSError, sqlite3.Error) as error:
        raise CannotBackUp(f"What is in {target} is not whole: {error}.") from error


def _copy(data: Path, target: Path) -> tuple[Path, ...]:
    shutil.copytree(data, target, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)
    databases = sorted(data.rglob("*.db"), key=lambda path: path.name == _RECORD)
    for path in databases:
        copy = target / path.relative_to(data)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as written:
            source.backup(written)
    contents = data / FOLDER
    if contents.is_dir():
        shutil.copytree(
            contents,
            target / FOLDER,
            ignore=shutil.ignore_patterns("*.part"),
            copy_function=_copy_if_there,
        )
        databases.append(contents)
    return tuple(path.relative_to(data) for path in databases)


def _copy_if_there(source: str, target: str) -> None:
    """What is forgotten meanwhile, nothing in the record needed."""
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(source, target)
