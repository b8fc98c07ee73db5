"""A worker that is told to stop does so, also while it waits for Temporal."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from engine.runtime.settings import Settings
from tests.eventually import eventually
from workers.__main__ import work


async def test_a_worker_that_waits_for_temporal_stops_when_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    working = asyncio.create_task(work(Settings(data=tmp_path)))
    try:
        await eventually(lambda: signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM])
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await working == 0
    finally:
        for each, handler in before.items():
            asyncio.get_running_loop().remove_signal_handler(each)
            signal.signal(each, handler)
