"""A card with a long history behind it works like a new one."""

import asyncio
import tempfile
from pathlib import Path

import httpx

from bench.figures import Row, at_most, beside, middle
from bench.house import a_pipe, alone, create, publish
from tests.servers.installation import installation

COMMANDS, BEGINNING, AT_A_TIME = 10_000, 40, 8


async def measure() -> list[Row]:
    """A new card's moves beside an old one's, in turns on the same machine."""
    with tempfile.TemporaryDirectory() as folder:
        async with installation(Path(folder)) as house, house.client() as client:
            await publish(client, a_pipe("bench"))
            old, new = await create(client, "bench", 2)
            await _comments(client, old, COMMANDS)
            ratios = [
                middle(await alone(client, old, BEGINNING))
                / middle(await alone(client, new, BEGINNING))
                for _ in range(3)
            ]
            house.kill("worker")
            await house.until_ready()
            first = await alone(client, old, 2)
    return [
        at_most(
            f"a move after {COMMANDS:,} commands against a new card's",
            middle(ratios),
            1.25,
            "×",
            "continue-as-new keeps each run's history short",
        ),
        beside("  its first move after the worker died", first[0] * 1000, "ms"),
    ]


async def _comments(client: httpx.AsyncClient, card: str, count: int) -> None:
    """Writes comments on a card, some at a time: each is a command of its own."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def comments(number: int) -> None:
        async with turns:
            answer = await client.post(
                f"/cards/{card}/comments", json={"text": f"Comment {number}"}
            )
            answer.raise_for_status()

    await asyncio.gather(*map(comments, range(count)))
