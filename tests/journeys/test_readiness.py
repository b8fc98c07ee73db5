"""Readiness tells the truth: what database and Temporal do, and that soon."""

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.servers.installation import Installation

# Docker asks for three seconds (docker-compose.yml), on a machine that does nothing else.
ANSWERS_WITHIN = 15.0


@asynccontextmanager
async def hanging_temporal(house: Installation) -> AsyncIterator[None]:
    """It holds its connections and answers nothing, as a machine does that swaps."""
    process = house.pid("temporal")
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


async def test_a_process_is_ready_while_what_it_needs_answers(house: Installation) -> None:
    async with httpx.AsyncClient(base_url=house.address, timeout=60) as client:
        well = await client.get("/readyz")
        assert (well.status_code, well.json()) == (200, {"database": True, "temporal": True})
        async with hanging_temporal(house):
            began = time.monotonic()
            ill = await client.get("/readyz")
            assert time.monotonic() - began < ANSWERS_WITHIN
            assert (ill.status_code, ill.json()) == (503, {"database": True, "temporal": False})
            assert (await client.get("/healthz")).status_code == 200
    await house.until_ready()
