"""Cards survive an upgrade of the workers, and a way back."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.worker import Worker

from engine.core.commands import MoveCard
from engine.gateway import Definitions
from engine.operating.releasing import NoSuchBuild, make_current
from pipes.identifiers import TransitionId
from tests.engine.running import Engine, an_engine
from workers.ports import database_ports
from workers.worker import card_worker

SOON = timedelta(seconds=30)
START = MoveCard(transition=TransitionId("start"))
BACK = MoveCard(transition=TransitionId("back"))


def worker(engine: Engine, build: str) -> AbstractAsyncContextManager[Worker]:
    settings = engine.settings.model_copy(update={"build_id": build})
    ports = database_ports(
        engine.database, Definitions(), engine.gateway, engine.outgoing, lambda: None
    )
    return card_worker(engine.client, settings, ports)


async def test_cards_go_over_to_a_new_build_and_back(engine_client: Client, tmp_path: Path):
    async with an_engine(engine_client, tmp_path) as engine:
        async with worker(engine, "1"):
            await make_current(engine.client, engine.task_queue, "1", within=SOON)
            card = await engine.create()
            async with worker(engine, "2"):
                await make_current(engine.client, engine.task_queue, "2", within=SOON)
                await engine.does(card, START)
        async with worker(engine, "2"):
            await engine.does(card, BACK)
        async with worker(engine, "1"):
            await make_current(engine.client, engine.task_queue, "1", within=SOON)
            moved = await engine.does(card, START)

        assert len(await engine.history(card)) == moved.card.version


async def test_a_build_without_workers_gets_no_cards(engine_client: Client, tmp_path: Path):
    async with an_engine(engine_client, tmp_path) as engine, worker(engine, "1"):
        await make_current(engine.client, engine.task_queue, "1", within=SOON)
        with pytest.raises(NoSuchBuild, match="PHASELINE_BUILD_ID=2"):
            await make_current(
                engine.client, engine.task_queue, "2", within=timedelta(milliseconds=500)
            )
        card = await engine.create()
        await engine.does(card, START)
