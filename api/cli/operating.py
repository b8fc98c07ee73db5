"""`phaseline migrate`, `doctor`, `reconcile` and `rebuild`: looking after an installation."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import REFUSED, WRONG_USAGE, refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.operating.diagnosis import Check
    from engine.operating.reconciling import Disagreement, Reconciler
    from engine.runtime.settings import Settings
    from engine.store.database import Schema

commands = typer.Typer()
_PANEL = "Operating"
_Json = Annotated[bool, typer.Option("--json", help="One JSON line for each.")]


@commands.command(rich_help_panel=_PANEL)
def migrate(
    back_to: Annotated[
        str | None, typer.Option(help="An earlier revision; what came after it is lost.")
    ] = None,
) -> None:
    """Bring the database's tables up to date, or back to an earlier revision.

    A new database also gets the shipped pipes and an owner, whose one-time password is printed.
    `phaseline up` does this by itself; elsewhere run it once before new processes start.
    """
    from engine.store.database import NoSuchRevision

    settings = settings_or_exit()
    work = _up_to_date(settings) if back_to is None else _back_to(settings, back_to)
    try:
        typer.echo(asyncio.run(work))
    except NoSuchRevision as error:
        raise refuse(str(error)) from None


async def _up_to_date(settings: "Settings") -> str:
    from api.first_start import prepare

    first = await prepare(settings)
    schema = await _schema(settings)
    said = (
        f"A newer version has made the tables ({schema.found}): they stay as they are."
        if schema.is_newer
        else "The tables are up to date."
    )
    return said if first is None else f"{said}\n{first}"


async def _back_to(settings: "Settings", revision: str) -> str:
    from engine.store.database import Database

    database = Database(settings.database)
    try:
        await database.migrate_down(revision)
    finally:
        await database.close()
    found = (await _schema(settings)).found
    return f"The tables are at {found}." if found else "There are no tables any more."


async def _schema(settings: "Settings") -> "Schema":
    from engine.store.database import Database

    database = Database(settings.database)
    try:
        return await database.schema()
    finally:
        await database.close()


@commands.command(rich_help_panel=_PANEL)
def release(
    build: Annotated[str, typer.Argument(help="What its workers have as PHASELINE_BUILD_ID.")],
    *,
    within: Annotated[int, typer.Option(help="Seconds to wait for one of its workers.")] = 60,
) -> None:
    """Hand all cards to the workers of a build; an earlier build takes them back the same way."""
    from datetime import timedelta

    from engine.operating.releasing import NoSuchBuild, make_current
    from engine.runtime.temporal import TemporalUnreachable, connect

    settings = settings_or_exit()

    async def work() -> None:
        client = await connect(within=timedelta(seconds=within))
        await make_current(client, settings.task_queue, build, within=timedelta(seconds=within))

    try:
        asyncio.run(work())
    except (NoSuchBuild, TemporalUnreachable) as error:
        raise refuse(str(error)) from None
    typer.echo(f"Build {build} runs the cards now.")


@commands.command(rich_help_panel=_PANEL)
def backup(
    target: Annotated[Path, typer.Argument(help="A new folder.", file_okay=False)],
) -> None:
    """Copy the data folder, while Phaseline runs or when it does not.

    To restore, put the copy in the data folder's place, start Phaseline, and run
    `phaseline rebuild --all`. With PostgreSQL, use its own tools.
    """
    from engine.operating.backing_up import CannotBackUp, back_up

    settings = settings_or_exit()
    try:
        copied = back_up(settings.data, target)
    except CannotBackUp as error:
        raise refuse(str(error)) from None
    typer.echo(f"Copied {', '.join(map(str, copied))} to {target}.")


@commands.command(rich_help_panel=_PANEL)
def doctor(*, as_json: _Json = False) -> None:
    """Look at configuration, disk, database, clocks, Temporal, workers and cards.

    Says what is not well and what to do about it; the exit code is 1 if anything is wrong.
    """
    from engine.operating.diagnosis import examine
    from engine.runtime.embedded import use_running_server

    settings = settings_or_exit()
    use_running_server(settings)

    async def work() -> bool:
        is_well = True
        async for check in examine(settings):
            typer.echo(json.dumps(asdict(check)) if as_json else _check_in_words(check))
            is_well = is_well and check.state != "fault"
        return is_well

    if not asyncio.run(work()):
        raise typer.Exit(REFUSED)


@commands.command(rich_help_panel=_PANEL)
def reconcile(*, as_json: _Json = False) -> None:
    """Compare every card's events, read model and workflow; say where they differ.

    Nothing is changed. A card that is being changed at this moment may be named without cause.
    """
    found = _reconciling(settings_or_exit(), _compare_all(as_json=as_json))
    if found:
        raise typer.Exit(REFUSED)
    if not as_json:
        typer.echo("All cards agree.")


@commands.command(rich_help_panel=_PANEL)
def rebuild(
    cards: Annotated[
        list[str] | None, typer.Argument(help="Cards, by key or id.", show_default=False)
    ] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every card that is not as it was.")] = False,
) -> None:
    """Make read model and workflow of cards anew from their events.

    What was acknowledged and is in Temporal's histories alone is brought back first.
    """
    if bool(cards) == every:
        raise refuse("Name the cards to rebuild, or say --all.", code=WRONG_USAGE)
    work = _rebuild_all() if cards is None else _rebuild_these(cards)
    if _reconciling(settings_or_exit(), work):
        raise typer.Exit(REFUSED)


def _reconciling[T](settings: "Settings", work: "Callable[[Reconciler], Awaitable[T]]") -> T:
    """Does the work with a reconciler of the installation."""
    from engine.gateway import GatewayError
    from engine.runtime.embedded import use_running_server
    from engine.runtime.temporal import TemporalUnreachable

    use_running_server(settings)

    async def run() -> T:
        async with _reconciler(settings) as reconciler:
            return await work(reconciler)

    try:
        return asyncio.run(run())
    except (TemporalUnreachable, GatewayError) as error:
        raise refuse(str(error)) from None


@asynccontextmanager
async def _reconciler(settings: "Settings") -> "AsyncIterator[Reconciler]":
    from datetime import timedelta

    from engine.operating.reconciling import Reconciler
    from engine.runtime.temporal import connect
    from engine.store.database import Database

    client = await connect(within=timedelta(seconds=5))
    database = Database(settings.database)
    try:
        yield Reconciler(database, client, settings.task_queue)
    finally:
        await database.close()


def _compare_all(*, as_json: bool) -> "Callable[[Reconciler], Awaitable[int]]":
    async def work(reconciler: "Reconciler") -> int:
        found = 0
        async for card in reconciler.cards():
            for each in await reconciler.compare(card):
                found += 1
                typer.echo(json.dumps(asdict(each)) if as_json else _in_words(each))
        return found

    return work


def _rebuild_all() -> "Callable[[Reconciler], Awaitable[int]]":
    async def work(reconciler: "Reconciler") -> int:
        failed = 0
        async for card in reconciler.cards():
            for each in await reconciler.compare(card):
                typer.echo(_in_words(each))
                failed += not await _rebuild(reconciler, card)
                break
        if runs := await reconciler.take_up_runs():
            typer.echo(f"Runs of automations that were in their midst, and go on: {runs}.")
        if waiting := await reconciler.take_up_deliveries():
            typer.echo(f"Deliveries that waited, and are on their way again: {waiting}.")
        return failed

    return work


def _rebuild_these(cards: list[str]) -> "Callable[[Reconciler], Awaitable[int]]":
    async def work(reconciler: "Reconciler") -> int:
        return sum([not await _rebuild(reconciler, card) for card in cards])

    return work


async def _rebuild(reconciler: "Reconciler", reference: str) -> bool:
    from engine.store.integrity import BrokenHistory

    try:
        card = await reconciler.rebuild(await reconciler.find(reference))
    except (BrokenHistory, LookupError) as error:
        typer.echo(f"{reference}: not rebuilt. {error}", err=True)
        return False
    typer.echo(f"{card.identity.key}: rebuilt at version {card.version}.")
    return True


def _in_words(found: "Disagreement") -> str:
    return f"{found.card}: {found.message}"


def _check_in_words(check: "Check") -> str:
    mark = {"well": "well   ", "warning": "WARNING", "fault": "FAULT  "}[check.state]
    advice = f"\n          {check.advice}" if check.advice else ""
    return f"{mark} {check.subject}: {check.message}{advice}"
