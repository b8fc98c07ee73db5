"""The running engine for whichever test asks: with its own database, on the shared server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from temporalio.client import Client

    from tests.engine.running import Engine
    from tests.servers.temporal import TemporalServer


@pytest.fixture(scope="session")
async def engine_client(temporal: "TemporalServer") -> "Client":
    from temporalio.client import Client

    from engine.runtime.converting import data_converter

    return await Client.connect(temporal.address, data_converter=data_converter)


@pytest.fixture
async def engine(engine_client: "Client", tmp_path: Path) -> AsyncIterator["Engine"]:
    """An engine whose worker runs."""
    from tests.engine.running import an_engine

    async with an_engine(engine_client, tmp_path) as engine, engine.worker():
        yield engine
