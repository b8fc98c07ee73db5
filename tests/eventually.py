"""Waiting in tests: for a condition, never for a time."""

import asyncio
import time
from collections.abc import Callable


async def eventually(condition: Callable[[], object], *, within_seconds: float = 60) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    give_up = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > give_up:
            raise AssertionError(f"Not so within {within_seconds} s: {condition}")
        await asyncio.sleep(0.02)
