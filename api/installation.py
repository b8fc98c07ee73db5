"""Everything on one machine: the embedded Temporal server, a worker, the API and the pages.

What `phaseline up` runs. Each part is a process of its own, started again when it dies.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from api.first_start import FirstStart, prepare
from engine.runtime.children import Child, ChildFailed, Program
from engine.runtime.embedded import EmbeddedServer, EmbeddedServerError, embedded_server
from engine.runtime.settings import Settings, child_environment
from engine.store.database import DBAPIError

_ASSETS = Path(__file__).parent / "static" / "manifest.json"
_LOOK_AGAIN = 0.05
_DATABASE = "phaseline.db"


class NotPossible(Exception):
    """It cannot run here; the message is one line that says why and what to do."""


async def run_everything(settings: Settings, announce: Callable[[str], None]) -> None:
    """Runs until the process is told to stop.

    Raises:
        NotPossible: It did not come to that.
    """
    if not _ASSETS.is_file():
        raise NotPossible("The pages' scripts and styles are not built: run `make install`.")
    with _sole_use(settings.data), _listening(settings) as listener:
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        parts = asyncio.create_task(_run_parts(settings, listener, announce))
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait((parts, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if stopping.is_set():
            parts.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await parts


async def _run_parts(
    settings: Settings, listener: socket.socket, announce: Callable[[str], None]
) -> None:
    try:
        # Left in the opposite order: first the API, then the worker, then Temporal.
        async with contextlib.AsyncExitStack() as parts:
            server = embedded_server(settings)
            environment = child_environment(settings, **server.environment)
            temporal, worker, api = (
                Child(server.program()),
                Child(_worker(settings, environment, server)),
                Child(_api(settings, environment, listener)),
            )
            for part in (temporal, worker, api):
                parts.push_async_callback(part.stop)
            first = await _first_of(prepare(settings), temporal.start())
            await _first_of(api.start(), worker.start())
            server.tell_address()
            announce(_welcome(settings, first))
            await asyncio.Event().wait()
    except (ChildFailed, EmbeddedServerError) as error:
        raise NotPossible(str(error)) from error
    except DBAPIError as error:
        place = "PHASELINE_DATABASE_URL" if settings.database_url else settings.data / _DATABASE
        raise NotPossible(f"The database cannot be used ({error.orig}): see {place}.") from error


def _worker(settings: Settings, environment: dict[str, str], server: EmbeddedServer) -> Program:
    async def polls() -> None:
        client = await server.connect()
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=settings.task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        while True:
            with contextlib.suppress(RPCError):
                if (await client.workflow_service.describe_task_queue(request)).pollers:
                    return
            await asyncio.sleep(_LOOK_AGAIN)

    return Program(
        name="the worker",
        arguments=[sys.executable, "-m", "workers"],
        environment=environment,
        ready=polls,
    )


def _api(settings: Settings, environment: dict[str, str], listener: socket.socket) -> Program:
    async def answers() -> None:
        while True:
            if await _is_ready(settings.host, settings.port):
                return
            await asyncio.sleep(_LOOK_AGAIN)

    descriptor = listener.fileno()
    return Program(
        name="the API",
        arguments=[
            *(sys.executable, "-m", "api.cli.main"),
            *("api", "--inherited-socket", str(descriptor)),
        ],
        environment=environment,
        ready=answers,
        descriptors=(descriptor,),
    )


async def _is_ready(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
    return b" 200 " in status


@contextlib.contextmanager
def _sole_use(folder: Path) -> Iterator[None]:
    """Holds the data folder, which only one `up` at a time may use."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "up.lock").open("a+", encoding="ascii")
    except OSError as error:
        raise NotPossible(
            f"The data folder {folder} cannot be written ({error.strerror}): make it writable, or"
            " choose another with --data."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise NotPossible(
                f"Another `phaseline up` (process {lock.read().strip()}) uses the data folder"
                f" {folder}: stop it, or choose another folder with --data."
            ) from None
        try:
            lock.truncate(0)
            os.write(lock.fileno(), f"{os.getpid()}\n".encode())
        except OSError as error:
            raise NotPossible(
                f"The data folder {folder} cannot be written ({error.strerror}): make room there."
            ) from None
        yield


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Takes the port before anything else starts.

    The API inherits it, so that while it is started again callers wait and are not turned away.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise NotPossible(_why_not(settings, error)) from None
        listener.listen(2048)
        yield listener


def _why_not(settings: Settings, error: OSError) -> str:
    place = f"{settings.host}:{settings.port}"
    match error.errno:
        case errno.EADDRINUSE:
            return f"Another program listens on {place}: stop it, or choose a port with --port."
        case errno.EACCES:
            return f"This user may not listen on {place}: choose a port above 1023 with --port."
        case _:
            return f"Nobody can listen on {place}: {error.strerror}."


async def _first_of[T](wanted: Coroutine[None, None, T], besides: Coroutine[None, None, None]) -> T:
    """Does both at once; what `wanted` gives. The first failure ends the other one."""
    try:
        async with asyncio.TaskGroup() as group:
            result = group.create_task(wanted)
            group.create_task(besides)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return result.result()


def _welcome(settings: Settings, first: FirstStart | None) -> str:
    lines = [f"Phaseline is running: open {settings.address}"]
    if first is not None:
        lines.append(str(first))
    return "\n".join([*lines, "Ctrl-C stops it."])
