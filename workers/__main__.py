"""A worker process: starts, works until it is told to stop, and says truly how that went."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from datetime import timedelta
from functools import partial

import structlog
import uvloop
from prometheus_client import start_http_server
from temporalio.client import Client
from temporalio.worker import Worker

from engine.attaching import attaching_of
from engine.gateway import Cards, Definitions, Gateway
from engine.gateway.incoming import Incoming
from engine.gateway.relaying import Relay
from engine.gateway.ringing import Ringer
from engine.gateway.sweeping import Sweeper
from engine.runtime.converting import make_ready
from engine.runtime.exits import leave
from engine.runtime.garbage import quieten
from engine.runtime.mail_addresses import MailAddresses
from engine.runtime.sealing import load_sealer
from engine.runtime.settings import Settings, SettingsError, load_settings
from engine.runtime.telemetry import configure_logs
from engine.runtime.temporal import TemporalUnreachable, connect
from engine.runtime.tracing import configure_traces
from engine.store.database import Database
from workers.deliveries import outgoing_of
from workers.mailbox import keep_reading
from workers.migrating import keep_beginning
from workers.ports import database_ports
from workers.relaying import Relaying
from workers.ringing import keep_ringing
from workers.scheduling import Schedules
from workers.sweeping import keep_sweeping
from workers.warming import message_types
from workers.worker import GRACE, card_worker

# Temporal may be started at the same time as this.
_TEMPORAL_WITHIN = timedelta(seconds=60)
# Whoever has not stopped by then is left: another worker takes over what it held.
STOPPED_WITHIN = GRACE + timedelta(seconds=3)

log = structlog.get_logger(__name__)


async def work(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT; the exit code."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    make_ready(message_types())
    client = await _connected(stopping)
    if client is None:
        return 0
    database = Database(settings.database)
    try:
        definitions = Definitions()
        cards = Cards(client, settings.task_queue)
        relaying = Relaying(Relay(database, client, settings.task_queue))
        gateway = Gateway(
            database, cards, definitions, on_recorded=relaying.poke, pages=settings.address
        )
        outgoing = outgoing_of(database, definitions, gateway, client, settings)
        ports = database_ports(
            database, definitions, gateway, outgoing, relaying.poke, pages=settings.address
        )
        kept = timedelta(days=settings.runs_kept_days)
        ringer = Ringer(
            database, cards, definitions, pages=settings.address, on_recorded=relaying.poke
        )
        sweeper = Sweeper(database, cards, definitions, runs_kept=kept)
        rounds = [
            keep_sweeping(sweeper, attaching_of(database, settings)),
            relaying.keep_going(),
            Schedules(database, definitions, client, settings.task_queue).keep(),
            keep_beginning(database, client, settings.task_queue),
            keep_ringing(ringer),
        ]
        if settings.imap_host is not None:
            addresses = MailAddresses(settings, partial(load_sealer, settings))
            rounds.append(keep_reading(settings, Incoming(database, gateway, addresses)))
        return await _work_until(
            stopping,
            card_worker(client, settings, ports),
            *rounds,
        )
    finally:
        await database.close()


async def _connected(stopping: asyncio.Event) -> Client | None:
    """A client, once Temporal answers; None if the process is told to stop before that."""
    connecting = asyncio.create_task(connect(within=_TEMPORAL_WITHIN))
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait((connecting, stop), return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if not connecting.done():
        connecting.cancel()
        return None
    return connecting.result()


async def _work_until(
    stopping: asyncio.Event, worker: Worker, *rounds: Coroutine[None, None, None]
) -> int:
    """Works, and makes its rounds beside that, until it is to stop or one of them fails."""
    working = asyncio.create_task(worker.run())
    making_rounds = [asyncio.create_task(each) for each in rounds]
    stop = asyncio.create_task(stopping.wait())
    quieten()
    await asyncio.wait((working, *making_rounds, stop), return_when=asyncio.FIRST_COMPLETED)
    for failed in (working, *making_rounds):
        if failed.done():
            log.error("the worker failed", exc_info=failed.exception())
            return 1
    for each in making_rounds:
        each.cancel()
    try:
        async with asyncio.timeout(STOPPED_WITHIN.total_seconds()):
            await worker.shutdown()
            await working
    except TimeoutError:
        log.warning("left without having finished", within=str(STOPPED_WITHIN))
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
    configure_traces("worker")
    try:
        if settings.metrics_port is not None:
            start_http_server(settings.metrics_port, settings.host)
    except OSError as error:
        place = f"{settings.host}:{settings.metrics_port}"
        why = f"Nobody can listen on {place}: {error.strerror}. Set PHASELINE_METRICS_PORT."
        log.critical(why)
        return 1
    try:
        return asyncio.run(work(settings), loop_factory=uvloop.new_event_loop)
    except TemporalUnreachable as error:
        log.critical(str(error))
        return 1


if __name__ == "__main__":
    leave(main())
