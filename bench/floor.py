"""The floor: Temporal used naively, an update that runs one activity, which writes one row."""

import asyncio
import contextlib
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.servers.temporal import temporal_server

CALLERS = 32
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
    """A running floor: one naive card for each caller."""

    cards: Sequence[WorkflowHandle[Any, Any]]

    async def alone(self, moves: int) -> list[float]:
        """The seconds of moves, one after the other."""
        return [await _asked(self.cards[0]) for _ in range(moves)]

    async def crowded(self, moves: int) -> tuple[float, list[float]]:
        """Every caller moves its card so many times: moves a second, and how long each took."""
        taken: list[float] = []

        async def calls(card: WorkflowHandle[Any, Any]) -> None:
            for _ in range(moves):
                taken.append(await _asked(card))  # noqa: PERF401 -- shared with the other callers

        began = time.perf_counter()
        await asyncio.gather(*map(calls, self.cards))
        return len(taken) / (time.perf_counter() - began), taken


async def _asked(card: WorkflowHandle[Any, Any]) -> float:
    began = time.perf_counter()
    await card.execute_update(Naive.answer)
    return time.perf_counter() - began


@contextlib.asynccontextmanager
async def running_floor(folder: Path) -> AsyncIterator[Floor]:
    """A floor on a server of its own."""
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
                yield Floor(cards=[await _begin(client) for _ in range(CALLERS)])


async def _begin(client: Client) -> WorkflowHandle[Any, Any]:
    return await client.start_workflow(Naive.run, id=str(uuid.uuid4()), task_queue="naive")
