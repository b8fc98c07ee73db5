"""The real processes: API, two workers, Temporal's server, PostgreSQL where it is asked for.

Whoever has ended is started again, as `phaseline up`, systemd or Compose would.
"""

import asyncio
import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx

from chaos.plan import Blow, Part
from engine.runtime.embedded import EmbeddedServer, embedded_server
from engine.runtime.sealing import new_key
from engine.runtime.settings import Settings
from tests.servers.postgres import Cluster, PostgresServer
from tests.servers.process import Account, free_port, start, until_it_listens

_LOOKS_EVERY = 0.1
_PAUSE_AFTER_END = 0.5
_STARTED_WITHIN = 5.0
_READY_WITHIN = 120.0
_COMMAND_WITHIN = 600.0
_CLOCKED: tuple[Part, ...] = ("api", "worker-1", "worker-2")


@dataclass(slots=True, kw_only=True)
class Process:
    """One part as it runs; started again and again."""

    part: Part
    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    logs: Path
    account: Account | None = None
    starts: int = 0
    ended_by_itself: int = 0
    running: subprocess.Popen[bytes] | None = None
    _not_before: float = 0.0
    _was_killed: bool = False

    @property
    def is_running(self) -> bool:
        """Whether there is anything to be killed."""
        return self.running is not None and self.running.poll() is None

    def look_after(self) -> None:
        """Starts it if it has ended and may run."""
        if self.running is not None and self.running.poll() is not None:
            if not self._was_killed:
                self.ended_by_itself += 1
                self._not_before = time.monotonic() + _PAUSE_AFTER_END
            self.running = None
        if self.running is None and time.monotonic() >= self._not_before:
            self._was_killed = False
            self.starts += 1
            self.running = start(
                self.arguments,
                log=self.logs / f"{self.part}-{self.starts:04}.log",
                dies_by=signal.SIGKILL,
                environment=self.environment,
                account=self.account,
            )

    def kill(self, *, down_for: float) -> bool:
        """Ends it without warning; whether there was anything to end."""
        self._not_before = time.monotonic() + down_for
        if self.running is None or not self.is_running:
            return False
        self._was_killed = True
        self.running.kill()
        self.running.wait()
        return True

    async def pause(self, seconds: float) -> None:
        """Stops it as it is, and lets it go on."""
        stopped = self.running
        if stopped is None or stopped.poll() is not None:
            return
        stopped.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        stopped.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Ends it for good."""
        if self.running is not None and self.running.poll() is None:
            self.running.kill()
            self.running.wait()


@dataclass(slots=True, kw_only=True)
class House:
    """One installation; `folder` holds its data, its logs and its clocks."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    processes: dict[Part, Process] = field(default_factory=dict)
    token: str = ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything that can be killed."""
        return tuple(self.processes)

    def client(self) -> httpx.AsyncClient:
        """A program that acts for the owner."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
        )

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a `phaseline` command."""
        return subprocess.run(
            [sys.executable, "-m", "api.cli.main", *arguments],
            capture_output=True,
            text=True,
            timeout=_COMMAND_WITHIN,
            check=False,
            cwd=self.folder,
            env=self.environment,
        )

    def set_clock(self, part: Part, *, ahead: int) -> None:
        """Makes the part's clock wrong by so many seconds, or right again."""
        _clock_file(self.folder, part).write_text(f"{ahead:+d}\n", encoding="ascii")

    async def kill(self, blow: Blow) -> tuple[Part, ...]:
        """Ends the parts at once, when all of them have been started; who was ended."""
        struck = [self.processes[part] for part in blow.parts]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STARTED_WITHIN):
                while True:
                    if all(process.is_running for process in struck):
                        break
                    await asyncio.sleep(_LOOKS_EVERY)
        return tuple(process.part for process in struck if process.kill(down_for=blow.seconds))

    async def keep_running(self) -> None:
        """Starts again whoever has ended, until it is cancelled."""
        while True:
            for process in self.processes.values():
                process.look_after()
            await asyncio.sleep(_LOOKS_EVERY)

    async def until_ready(self) -> None:
        """Waits until the API says that everything it needs is there.

        Raises:
            TimeoutError: It does not come to that.
        """
        async with asyncio.timeout(_READY_WITHIN), httpx.AsyncClient(timeout=5) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.get(f"http://127.0.0.1:{self.port}/readyz")
                    if answer.status_code == 200:
                        return
                await asyncio.sleep(_LOOKS_EVERY)

    def end(self) -> None:
        """Ends everything, the database last."""
        for process in self.processes.values():
            process.end()


@asynccontextmanager
async def a_house(folder: Path, cluster: Cluster | None) -> AsyncIterator[House]:
    """A new installation that runs, with its owner's token."""
    data, logs = folder / "data", folder / "logs"
    for made in (data, logs):
        made.mkdir(exist_ok=True)
    server = embedded_server(Settings(data=data))
    house = House(folder=folder, port=free_port(), environment=_environment(data, server))
    if cluster is not None:
        await _with_database(house, cluster, logs)
    _with_program(house, logs, "temporal", server.program().arguments)
    keeping = asyncio.create_task(house.keep_running())
    try:
        async with asyncio.timeout(_READY_WITHIN):
            await server.program().ready()
        await _prepare(house)
        for part in _CLOCKED:
            house.set_clock(part, ahead=0)
            kind = part.partition("-")[0]
            command = [sys.executable, "-m", "api.cli.main", kind]
            _with_program(house, logs, part, command, **_clock(folder, part))
        await house.until_ready()
        yield house
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        house.end()


def _environment(data: Path, server: EmbeddedServer) -> dict[str, str]:
    return {
        **os.environ,
        **server.environment,
        "PHASELINE_DATA": str(data),
        "PHASELINE_ALLOWED_NETWORKS": "127.0.0.0/8",
        "PHASELINE_SECRETS_KEY": new_key(),
    }


def _with_program(
    house: House, logs: Path, part: Part, arguments: Sequence[str], **variables: str
) -> None:
    environment = {**house.environment, "PHASELINE_PORT": str(house.port), **variables}
    house.processes[part] = Process(
        part=part, arguments=arguments, environment=environment, logs=logs
    )


async def _with_database(house: House, cluster: Cluster, logs: Path) -> None:
    server = PostgresServer(port=free_port(), binaries=cluster.binaries)
    process = Process(
        part="database",
        # What is acknowledged is to be there after a kill: it waits for the log to be written.
        arguments=cluster.command(server.port, synchronous_commit="on", fsync="off"),
        environment=house.environment,
        logs=logs,
        account=cluster.account,
    )
    house.processes["database"] = process
    process.look_after()
    assert process.running is not None
    await until_it_listens(process.running, server.port, log=logs / "database-0001.log")
    async with asyncio.timeout(_READY_WITHIN):
        url = await _created(server)
    house.environment = {**house.environment, "PHASELINE_DATABASE_URL": url}


async def _created(server: PostgresServer) -> str:
    """A database of its own; the server listens before it has started up."""
    while True:
        try:
            return await server.create("chaos")
        except asyncpg.CannotConnectNowError:
            await asyncio.sleep(_LOOKS_EVERY)


async def _prepare(house: House) -> None:
    migrated = await asyncio.to_thread(house.command, "migrate")
    wanted = ("cards:read", "cards:write", "pipes:write", "admin")
    scopes = [part for scope in wanted for part in ("--scope", scope)]
    made = await asyncio.to_thread(house.command, "token", "create", "owner", *scopes)
    if made.returncode:
        raise RuntimeError(migrated.stderr + made.stderr)
    house.token = made.stdout.strip()


def _clock_file(folder: Path, part: Part) -> Path:
    return folder / f"clock-{part}"


def _clock(folder: Path, part: Part) -> dict[str, str]:
    """What makes a process read its time of day from a file: libfaketime in front of libc."""
    found = importlib.util.find_spec("libfaketime")
    assert found is not None
    assert found.origin is not None
    vendored = Path(found.origin).parent / "vendor" / "libfaketime" / "src"
    return {
        "LD_PRELOAD": str(vendored / "libfaketime.so.1"),
        "FAKETIME_TIMESTAMP_FILE": str(_clock_file(folder, part)),
        "FAKETIME_CACHE_DURATION": "1",
        # Time that is only measured goes on as it does on a machine whose clock is set.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_RESET": "1",
    }
