"""The whole installation: its start, moves by HTTP, the board.

The floor is Temporal used naively: an update that runs one activity, which writes one row.
"""

import asyncio
import contextlib
import sqlite3
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from bench.figures import Figure, latencies
from tests.servers.installation import Installation, installation
from tests.servers.temporal import temporal_server

CARDS, MOVES = 20, 20


_ROWS: list[sqlite3.Connection] = []


@activity.defn
def write_row() -> None:
    """One durable row."""
    _ROWS[0].execute("INSERT INTO rows DEFAULT VALUES")


@workflow.defn
class Naive:
    """A card as one would write it first."""

    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(timedelta(hours=1))

    @workflow.update
    async def answer(self) -> int:
        await workflow.execute_activity(write_row, start_to_close_timeout=timedelta(seconds=10))
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Temporal used naively: how many updates a second, and how long each takes."""

    rate: float
    seconds: tuple[float, ...]

    def figures(self) -> list[Figure]:
        """The floor as it is shown beside the house."""
        what = "floor: naive updates, 20 at once"
        return [
            Figure(what=what, value=f"{self.rate:.0f}", unit="per second"),
            *latencies("floor: a naive update, 20 at once", self.seconds),
        ]


async def measure(floor: Floor) -> list[Figure]:
    """The floor's figures, then the house's on the same machine."""
    with tempfile.TemporaryDirectory() as folder:
        async with installation(Path(folder)) as house:
            house.ask_to_stop()
            again = await house.start()
            start = Figure(what="second start", value=f"{again:.1f}", unit="s")
            return [*floor.figures(), start, *await _house(house)]


async def measure_floor(folder: Path) -> Floor:
    """Runs the floor by itself."""
    async with temporal_server(folder) as server:
        client = await server.connect()
        rows = sqlite3.connect(folder / "rows.db", isolation_level=None, check_same_thread=False)
        rows.executescript(
            "PRAGMA journal_mode=wal; PRAGMA synchronous=normal;"
            "CREATE TABLE rows (id INTEGER PRIMARY KEY);"
        )
        _ROWS[:] = [rows]
        with ThreadPoolExecutor(1) as threads, contextlib.closing(rows):
            worker = Worker(
                client,
                task_queue="naive",
                workflows=[Naive],
                activities=[write_row],
                activity_executor=threads,
                workflow_runner=UnsandboxedWorkflowRunner(),
            )
            async with worker:
                return await _naive(client)


async def _naive(client: Client) -> Floor:
    handles = [
        await client.start_workflow(Naive.run, id=str(uuid.uuid4()), task_queue="naive")
        for _ in range(CARDS)
    ]
    taken: list[float] = []

    async def asks(number: int) -> None:
        for _ in range(MOVES):
            began = time.perf_counter()
            await handles[number].execute_update(Naive.answer)
            taken.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*map(asks, range(CARDS)))
    each = len(taken) / (time.perf_counter() - began)
    return Floor(rate=each, seconds=tuple(taken))


async def _house(house: Installation) -> list[Figure]:
    pipe = {
        "id": "bench",
        "name": "Bench",
        "card": {"noun": "card", "key": "BEN"},
        "fields": {"what": {"type": "short_text", "label": "What"}},
        "start": {"phase": "left", "form": ["what"]},
        "phases": [
            {"id": "left", "name": "Left", "form": ["what"], "sla": {"target": "3d"}},
            {"id": "right", "name": "Right"},
            {"id": "done", "name": "Done", "final": "done"},
        ],
        "transitions": [
            {"id": "go", "from": "left", "to": "right", "label": "Go"},
            {"id": "return", "from": "right", "to": "left", "label": "Return"},
            {"id": "end", "from": "right", "to": "done", "label": "End"},
        ],
    }
    async with house.client() as client:
        (await client.post("/pipes", json=pipe)).raise_for_status()
        cards = [await _create(client) for _ in range(CARDS)]
        alone = [await _move(client, cards[0], number) for number in range(MOVES)]
        taken: list[float] = []

        async def runs(card: str) -> None:
            for number in range(MOVES):
                seconds = await _move(client, card, number)
                taken.append(seconds)

        began = time.perf_counter()
        await asyncio.gather(*map(runs, cards))
        each = len(taken) / (time.perf_counter() - began)
        boards = []
        for _ in range(50):
            began = time.perf_counter()
            (await client.get("/pipes/bench/board")).raise_for_status()
            boards.append(time.perf_counter() - began)
    return [
        *latencies("a move by HTTP, alone", alone),
        Figure(what="moves by HTTP, 20 at once", value=f"{each:.0f}", unit="per second"),
        *latencies("a move by HTTP, 20 at once", taken),
        *latencies("the board by HTTP", boards),
    ]


async def _create(client: httpx.AsyncClient) -> str:
    answer = await client.post("/pipes/bench/cards", json={"fields": {"what": "Run"}})
    answer.raise_for_status()
    return str(answer.json()["key"])


async def _move(client: httpx.AsyncClient, card: str, number: int) -> float:
    way = "go" if number % 2 == 0 else "return"
    began = time.perf_counter()
    answer = await client.post(f"/cards/{card}/moves", json={"transition": way})
    answer.raise_for_status()
    return time.perf_counter() - began
