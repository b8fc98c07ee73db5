"""Phaseline as docker-compose.yml runs it: PostgreSQL, a Temporal server, two of each process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.eventually import eventually
from tests.journeys.test_kills import ROUNDS, create, hold_to, move, run
from tests.servers.postgres import PostgresServer
from tests.servers.process import free_port, start
from tests.servers.temporal import TemporalServer
from tests.servers.traces import Collector, collector

STARTED_WITHIN = 120
STOPPED_WITHIN = 20


@dataclass(slots=True, kw_only=True)
class Production:
    """The processes of one installation; each gets the same environment."""

    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    token: str = ""

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api.cli.main", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=self.environment,
        )

    def start(self, kind: str, **variables: str) -> subprocess.Popen[bytes]:
        process = start(
            [sys.executable, "-m", "api.cli.main", kind],
            log=self.folder / f"{kind}-{len(self.processes)}.log",
            environment={**self.environment, **variables},
        )
        self.processes.append(process)
        return process

    async def api(self) -> tuple[subprocess.Popen[bytes], httpx.AsyncClient]:
        """An API process that is ready, and a client of it."""
        port = free_port()
        process = self.start("api", PHASELINE_PORT=str(port))
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
        )
        give_up = time.monotonic() + STARTED_WITHIN
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return process, client
            except httpx.HTTPError:
                assert time.monotonic() < give_up
            await asyncio.sleep(0.1)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def traces() -> Iterator[Collector]:
    with collector() as made:
        yield made


@pytest.fixture
async def production(
    tmp_path: Path, postgres: PostgresServer, temporal: TemporalServer, traces: Collector
) -> AsyncIterator[Production]:
    name = f"production_{uuid.uuid4().hex}"
    made = Production(
        folder=tmp_path,
        environment={
            **os.environ,
            "PHASELINE_DATA": str(tmp_path),
            "PHASELINE_DATABASE_URL": (await postgres.create(name)).replace("+asyncpg", ""),
            "PHASELINE_TASK_QUEUE": name,
            "OTEL_EXPORTER_OTLP_ENDPOINT": traces.address,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "TEMPORAL_ADDRESS": temporal.address,
            "TEMPORAL_NAMESPACE": temporal.namespace,
        },
    )
    yield made
    made.end()
    await postgres.drop(name)


async def test_any_number_of_processes_works_as_one(
    production: Production, traces: Collector
) -> None:
    first, second = production.command("migrate"), production.command("migrate")
    assert "one-time password" in first.stdout, first.stderr
    assert second.stdout == "The tables are up to date.\n"
    scopes = ("--scope", "cards:read", "--scope", "cards:write", "--scope", "pipes:write")
    production.token = production.command("token", "create", "owner", *scopes).stdout.strip()
    metrics = free_port()
    one_worker, other_worker = (
        production.start("worker"),
        production.start("worker", PHASELINE_METRICS_PORT=str(metrics)),
    )
    (one_api, here), (other_api, there) = await production.api(), await production.api()
    async with closing(here), closing(there):
        assert (await here.post("/pipes", json=ROUNDS)).status_code == 201
        await what_happens_at_one_is_told_at_the_other(here, there)
        await a_trace_leads_through_all(here, traces)
        told = await here.get(f"http://127.0.0.1:{metrics}/metrics")
        assert "phaseline_events_recorded_total" in told.text
        cards = [await create(here, f"Runner {number}") for number in range(3)]
        stopping = asyncio.Event()
        runs = [asyncio.create_task(run(here, card, stopping)) for card in cards]
        try:
            await stops_cleanly(one_worker)
            await stops_cleanly(other_api)
            other_worker.kill()
            production.start("worker")
            await asyncio.sleep(1)
        finally:
            stopping.set()
        moves = await asyncio.gather(*runs)
        for card, keys in zip(cards, moves, strict=True):
            await hold_to(here, card, keys)
        examined = production.command("doctor")
        assert examined.returncode == 0, examined.stdout
        compared = production.command("reconcile")
        assert compared.returncode == 0, compared.stdout
        await stops_cleanly(one_api)


async def test_postgresql_comes_back_from_a_dump_with_what_was_acknowledged_after_it(
    production: Production, postgres: PostgresServer
) -> None:
    """The record is set back; Temporal's store has the rest."""
    database = production.environment["PHASELINE_DATABASE_URL"].rpartition("/")[2]
    dump = production.folder / "phaseline.dump"
    assert production.command("migrate").returncode == 0
    scopes = ("--scope", "cards:read", "--scope", "cards:write", "--scope", "pipes:write")
    production.token = production.command("token", "create", "owner", *scopes).stdout.strip()
    worker = production.start("worker")
    api, client = await production.api()
    async with closing(client):
        assert (await client.post("/pipes", json=ROUNDS)).status_code == 201
        early = await create(client, "Early")
        await move(client, early, "go", str(uuid.uuid4()))
        await postgres.dump(database, dump)
        after = await move(client, early, "return", str(uuid.uuid4()))
        late = await create(client, "Late")
        newest = await move(client, late, "go", str(uuid.uuid4()))
    await stops_cleanly(api)
    await stops_cleanly(worker)
    await postgres.drop(database)
    await postgres.create(database)
    await postgres.restore(database, dump)

    production.start("worker")
    _, client = await production.api()
    async with closing(client):
        assert production.command("reconcile").returncode == 1
        rebuilt = production.command("rebuild", "--all")
        assert rebuilt.returncode == 0, rebuilt.stderr
        compared = production.command("reconcile")
        assert compared.returncode == 0, compared.stdout
        for card, told, way in ((early, after, "go"), (late, newest, "return")):
            shown = (await client.get(f"/cards/{card}")).json()
            assert shown["version"] == told["version"]
            assert (await move(client, card, way, str(uuid.uuid4())))["version"] > told["version"]


async def a_trace_leads_through_all(here: httpx.AsyncClient, traces: Collector) -> None:
    """From the request that creates a card, through its workflow, to what is done as it ends."""
    card = await create(here, "Hurried")
    for way in ("go", "end"):
        await move(here, card, way, str(uuid.uuid4()))

    def leads() -> bool:
        return any(
            any(name.startswith("POST") for process, name in spans if process == "phaseline-api")
            and ("phaseline-worker", "RunActivity:record") in spans
            for spans in traces.traces().values()
        )

    try:
        await eventually(leads, within_seconds=60)  # A finished card stays ten seconds.
    except AssertionError as error:
        raise AssertionError(str(traces.traces())) from error


@asynccontextmanager
async def closing(client: httpx.AsyncClient) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await client.aclose()


async def what_happens_at_one_is_told_at_the_other(
    here: httpx.AsyncClient, there: httpx.AsyncClient
) -> None:
    card = await create(here, "Messenger")
    async with asyncio.timeout(20), there.stream("GET", "/pipes/rounds/events") as stream:
        told = stream.aiter_lines()
        assert "retry" in await anext(told)
        moving = asyncio.create_task(move(here, card, "go", str(uuid.uuid4())))
        while f'"card": "{card}"' not in await anext(told):
            pass
        await moving


async def stops_cleanly(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(process.wait, STOPPED_WITHIN)
    assert code == 0
