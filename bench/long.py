"""A card with a long history behind it works like a new one."""

import tempfile
from pathlib import Path

from bench.figures import Row, at_most, beside, middle
from bench.house import a_pipe, alone, create, publish
from tests.servers.installation import installation

COMMANDS, BEGINNING = 1_000, 40


async def measure() -> list[Row]:
    """A new card's moves beside an old one's, in turns on the same machine."""
    with tempfile.TemporaryDirectory() as folder:
        async with installation(Path(folder)) as house, house.client() as client:
            await publish(client, a_pipe("bench"))
            old, new = await create(client, "bench", 2)
            await alone(client, old, COMMANDS)
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
            f"{COMMANDS:,} of the 10,000 commands; continue-as-new keeps each run's history short",
        ),
        beside("  its first move after the worker died", first[0] * 1000, "ms"),
    ]
