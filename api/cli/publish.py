"""`phaseline publish`, `export`, `versions` and `retire`: the pipes of an installation."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import REFUSED, refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.publishing import Edition, Publication, Refusal
    from engine.runtime.settings import Settings

commands = typer.Typer()


@commands.command(rich_help_panel="Pipes")
def publish(
    files: Annotated[list[Path], typer.Argument(help="Definitions.", exists=True, dir_okay=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line for each file.")] = False,
    by: Annotated[str, typer.Option(help="Who publishes: a user's id.")] = "owner",
) -> None:
    """Publish definitions: each becomes the version on which new cards start.

    The same content again makes no new version. A definition with errors is refused, with all of
    them; the others are published.
    """
    from engine.publishing import Refusal

    outcomes = asyncio.run(_publish(settings_or_exit(), files, by))
    for path, outcome in zip(files, outcomes, strict=True):
        typer.echo(_as_json(path, outcome) if as_json else _in_words(path, outcome))
    if any(isinstance(outcome, Refusal) for outcome in outcomes):
        raise typer.Exit(REFUSED)


@commands.command(rich_help_panel="Pipes")
def export(
    pipe: Annotated[str, typer.Argument(help="The pipe's id.")],
    version: Annotated[int | None, typer.Option(help="A version; without it the current.")] = None,
) -> None:
    """Write a published definition to standard output, byte for byte as it was published."""
    document = asyncio.run(_document(settings_or_exit(), pipe, version))
    if document is None:
        raise refuse(f"There is no pipe “{pipe}”, or it has no such version.")
    typer.echo(document.encode(), nl=False)


@commands.command(rich_help_panel="Pipes")
def versions(
    pipe: Annotated[str, typer.Argument(help="The pipe's id.")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line for each version.")
    ] = False,
) -> None:
    """Say who published which version of a pipe and when, and what it changed."""
    found = asyncio.run(_history(settings_or_exit(), pipe))
    if not found:
        raise refuse(f"There is no pipe “{pipe}”.")
    for each in found:
        typer.echo(_edition_as_json(each) if as_json else _edition_in_words(each))


@commands.command(rich_help_panel="Pipes")
def retire(
    pipe: Annotated[str, typer.Argument(help="The pipe's id.")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Let new cards begin again.")] = False,
) -> None:
    """Retire a pipe: no new cards begin in it, those that it has go on."""
    if not asyncio.run(_set_retired(settings_or_exit(), pipe, retired=not undo)):
        raise refuse(f"There is no pipe “{pipe}”.")
    typer.echo(f"{pipe}: {'new cards begin again' if undo else 'retired'}.")


async def _publish(
    settings: "Settings", files: list[Path], by: str
) -> list["Publication | Refusal"]:
    from engine.gateway import utc_now
    from engine.publishing import publish as publish_definition
    from engine.store.database import Database

    database = Database(settings.database)
    try:
        return [
            await publish_definition(database, path.read_bytes(), by=by, at=utc_now())
            for path in files
        ]
    finally:
        await database.close()


async def _document(settings: "Settings", pipe: str, version: int | None) -> str | None:
    from engine.store import registry
    from engine.store.database import Database

    database = Database(settings.database)
    try:
        async with database.reading() as connection:
            if version is not None:
                return await registry.read_document(connection, pipe, version)
            current = await registry.current_version(connection, pipe)
            return None if current is None else current.document
    finally:
        await database.close()


async def _history(settings: "Settings", pipe: str) -> tuple["Edition", ...]:
    from engine.publishing import history
    from engine.store.database import Database
    from pipes.identifiers import PipeId

    database = Database(settings.database)
    try:
        return await history(database, PipeId(pipe))
    finally:
        await database.close()


async def _set_retired(settings: "Settings", pipe: str, *, retired: bool) -> bool:
    from engine.gateway import utc_now
    from engine.publishing import set_retired
    from engine.store.database import Database

    database = Database(settings.database)
    try:
        async with database.writing() as connection:
            return await set_retired(
                connection, pipe, retired=retired, by="", way="command", at=utc_now()
            )
    finally:
        await database.close()


def _edition_in_words(edition: "Edition") -> str:
    version = edition.version
    first = (
        f"{version.version}: {version.published_at:%Y-%m-%d %H:%M} UTC by {version.published_by}"
    )
    return "\n".join([first, *(f"  {each}" for each in edition.changes)])


def _edition_as_json(edition: "Edition") -> str:
    version = edition.version
    shown = {
        "version": version.version,
        "hash": version.hash,
        "published_by": version.published_by,
        "published_at": version.published_at.isoformat(),
        "changes": list(edition.changes),
    }
    return json.dumps(shown, ensure_ascii=False)


def _in_words(path: Path, outcome: "Publication | Refusal") -> str:
    from engine.publishing import Refusal

    changes: tuple[str, ...] = ()
    if isinstance(outcome, Refusal):
        first = f"{path}: not published."
    else:
        changes = outcome.changes
        state = "published" if outcome.is_new else "unchanged"
        first = f"{path}: {outcome.pipe} version {outcome.version}, {state}."
    found = [f"  {each.severity} {each.pointer}: {each.message}" for each in outcome.findings]
    return "\n".join([first, *(f"  {each}" for each in changes), *found])


def _as_json(path: Path, outcome: "Publication | Refusal") -> str:
    from dataclasses import asdict

    return json.dumps({"file": str(path), **asdict(outcome)}, ensure_ascii=False)
