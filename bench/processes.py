"""Two workers and two API processes beside one of each, on PostgreSQL, as in production."""

import asyncio
import os
import signal
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from bench.figures import Row, at_most, beside, middle
from bench.house import a_pipe, alone, create, publish
from tests.journeys.test_production import Production
from tests.servers.installation import all_pages
from tests.servers.postgres import PostgresServer, postgres_server
from tests.servers.temporal import TemporalServer, temporal_server

CALLERS, EACH, ROUNDS = 16, 8, 3
FEW = 4


async def measure() -> list[Row]:
    """The same callers before and after the second processes are there."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            postgres_server() as postgres,
            temporal_server(Path(folder)) as temporal,
            AsyncExitStack() as ending,
        ):
            production = await _production(Path(folder), postgres, temporal)
            ending.callback(production.end)
            production.start("worker")
            _, here = await production.api()
            ending.push_async_callback(here.aclose)
            await publish(here, a_pipe("bench"))
            cards = await create(here, "bench", CALLERS)
            await _rate([here], cards)
            one = middle([await _rate([here], cards) for _ in range(ROUNDS)])
            leaving = production.start("worker")
            _, there = await production.api()
            ending.push_async_callback(there.aclose)
            await _rate([here, there], cards)
            two = middle([await _rate([here, there], cards) for _ in range(ROUNDS)])
            wrong = [card for card in cards if not await _is_right(there, card)]
            usual = await _slowest(here, cards[:FEW])
            leaving.send_signal(signal.SIGTERM)
            handing_over = await _slowest(here, cards[:FEW])
            if leaving.wait(timeout=60) != 0:
                raise RuntimeError("The worker did not stop cleanly.")
    return [
        beside("moves a second, one API and one worker, PostgreSQL", one, "/s"),
        beside("  two and two", two, "/s", f"{os.cpu_count()} cores; faster where there are more"),
        at_most("  cards on which the two do not agree", len(wrong), 0, "cards"),
        at_most(
            f"one of two workers stops: the slowest move of {FEW} callers meanwhile",
            handing_over,
            1,
            "s",
        ),
        beside("  as long before", usual, "s"),
    ]


async def _production(
    folder: Path, postgres: PostgresServer, temporal: TemporalServer
) -> Production:
    made = Production(
        folder=folder,
        environment={
            **os.environ,
            "PHASELINE_DATA": str(folder),
            "PHASELINE_DATABASE_URL": (await postgres.create("bench")).replace("+asyncpg", ""),
            "PHASELINE_TASK_QUEUE": "bench",
            "TEMPORAL_ADDRESS": temporal.address,
            "TEMPORAL_NAMESPACE": temporal.namespace,
        },
    )
    made.command("migrate")
    scopes = ("--scope", "cards:read", "--scope", "cards:write", "--scope", "pipes:write")
    made.token = made.command("token", "create", "owner", *scopes).stdout.strip()
    return made


async def _rate(clients: list[httpx.AsyncClient], cards: list[str]) -> float:
    """Moves a second, the callers spread over the clients."""
    began = time.perf_counter()
    await asyncio.gather(
        *(alone(clients[at % len(clients)], card, EACH) for at, card in enumerate(cards))
    )
    return len(cards) * EACH / (time.perf_counter() - began)


async def _slowest(client: httpx.AsyncClient, cards: list[str]) -> float:
    """How long the slowest move took, one caller for each card."""
    taken = await asyncio.gather(*(alone(client, card, 4 * EACH) for card in cards))
    return max(max(each) for each in taken)


async def _is_right(client: httpx.AsyncClient, card: str) -> bool:
    """Whether the card has been moved as often as the callers have been told."""
    happened = await all_pages(client, f"/cards/{card}/events")
    moved = [each for each in happened if each["type"] == "card.moved"]
    return len(moved) == EACH * (2 * ROUNDS + 2)
