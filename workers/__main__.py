"""A worker process: starts, works until it is told to stop, and says truly how that went."""

import asyncio
import signal
import sys
from datetime import timedelta

import structlog
from temporalio.worker import Worker

from engine.gateway import Cards, Definitions
from engine.gateway.sweeping import Sweeper
from engine.runtime.exits import leave
from engine.runtime.garbage import quieten
from engine.runtime.settings import Settings, SettingsError, load_settings
from engine.runtime.telemetry import configure_logs
from engine.runtime.temporal import TemporalUnreachable, connect
from engine.store.database import Database
from workers.gathering import DatabaseGatherer
from workers.recording import DatabaseRecorder
from workers.sweeping import keep_sweeping
from workers.worker import GRACE, card_worker

# Temporal may be started at the same time as this.
_TEMPORAL_WITHIN = timedelta(seconds=60)
# Whoever has not stopped by then is left: another worker takes over what it held.
_STOPPED_WITHIN = GRACE + timedelta(seconds=3)

log = structlog.get_logger(__name__)


async def work(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT; the exit code."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    client = await connect(within=_TEMPORAL_WITHIN)
    database = Database(settings.database)
    try:
        definitions = Definitions()
        worker = card_worker(
            client,
            settings,
            DatabaseRecorder(database, definitions),
            DatabaseGatherer(database, definitions),
        )
        sweeper = Sweeper(database, Cards(client, settings.task_queue))
        return await _work_until(stopping, worker, sweeper)
    finally:
        await database.close()


async def _work_until(stopping: asyncio.Event, worker: Worker, sweeper: Sweeper) -> int:
    working = asyncio.create_task(worker.run())
    sweeping = asyncio.create_task(keep_sweeping(sweeper))
    stop = asyncio.create_task(stopping.wait())
    quieten()
    await asyncio.wait((working, sweeping, stop), return_when=asyncio.FIRST_COMPLETED)
    for failed in (working, sweeping):
        if failed.done():
            log.error("the worker failed", exc_info=failed.exception())
            return 1
    sweeping.cancel()
    try:
        async with asyncio.timeout(_STOPPED_WITHIN.total_seconds()):
            await worker.shutdown()
            await working
    except TimeoutError:
        log.warning("left without having finished", within=str(_STOPPED_WITHIN))
        return 1
    return 0


def main() -> int:
    """The process; its exit code."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- logs are not set up without settings.
        return 2
    configure_logs(settings)
    try:
        return asyncio.run(work(settings))
    except TemporalUnreachable as error:
        log.critical(str(error))
        return 1


if __name__ == "__main__":
    leave(main())
