"""Deliveries for whoever sends, looks after or replays them: their workflows are begun here."""

import asyncio
from typing import Literal

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from engine.store import deliveries, endpoints
from engine.store.database import Database
from engine.store.deliveries import Delivery, Wanted
from engine.workflows.deliveries import (
    DeliveryWorkflow,
    LaneWorkflow,
    delivery_workflow_id,
    lane_workflow_id,
)
from engine.workflows.messages import Lane
from pipes.identifiers import Instant

_AT_ONCE, _AT_A_TIME = 20, 500


class Deliveries:
    """What leaves the system, on its way. Any number of processes may have one."""

    def __init__(self, database: Database, client: Client, task_queue: str) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue

    async def send_lane(self, lane: Lane, *, signal: Literal["look", "hurry"] = "look") -> None:
        """Has everything sent that stands in a lane."""
        await self._client.start_workflow(
            LaneWorkflow.run,
            lane,
            id=lane_workflow_id(lane),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=signal,
        )

    async def send(self, delivery: Delivery) -> None:
        """Has a delivery sent that has been written down."""
        if delivery.endpoint is not None:
            await self.send_lane(Lane(endpoint=delivery.endpoint, card=delivery.card))
            return
        await self.begin(delivery.id)

    async def begin(self, delivery: str) -> None:
        """Has a delivery sent that stands in no lane."""
        await self._client.start_workflow(
            DeliveryWorkflow.run,
            delivery,
            id=delivery_workflow_id(delivery),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def take_up(self) -> int:
        """Has everything sent that waits, and says how much that is; what is on its way already
        goes on. For when the workflows have been lost with Temporal's store.
        """
        taken_up, before = 0, None
        while True:
            async with self._database.reading() as connection:
                waiting = await deliveries.listed(
                    connection, Wanted(state="waiting"), limit=_AT_A_TIME, before=before
                )
            for each in waiting:
                await self.send(each)
            taken_up += len(waiting)
            if len(waiting) < _AT_A_TIME:
                return taken_up
            before = waiting[-1].created_at, waiting[-1].id

    async def replay(self, delivery: Delivery) -> bool:
        """Sends an ended delivery once more under its id; false if it has not ended."""
        async with self._database.writing() as connection:
            begun = await deliveries.begin_anew(connection, delivery.id)
        if begun:
            await self.send(delivery)
        return begun

    async def stop(self, endpoint: str, *, at: Instant, because: str) -> None:
        """Sends nothing more to an endpoint; what comes meanwhile waits."""
        async with self._database.writing() as connection:
            await endpoints.stop(connection, endpoint, at=at, because=because)

    async def resume(self, endpoint: str) -> None:
        """Sends to an endpoint again: everything that has waited, now."""
        async with self._database.writing() as connection:
            await endpoints.resume(connection, endpoint)
            await deliveries.begin_waiting_anew(connection, endpoint)
            cards = await deliveries.waiting_lanes(connection, endpoint)
        await self._hurry(endpoint, cards)

    async def hurry(self, endpoint: str) -> None:
        """Has what waits for another attempt at an endpoint tried now."""
        async with self._database.reading() as connection:
            cards = await deliveries.paused_lanes(connection, endpoint)
        await self._hurry(endpoint, cards)

    async def _hurry(self, endpoint: str, cards: tuple[str, ...]) -> None:
        few = asyncio.Semaphore(_AT_ONCE)

        async def hurry(card: str) -> None:
            async with few:
                await self.send_lane(Lane(endpoint=endpoint, card=card), signal="hurry")

        async with asyncio.TaskGroup() as tasks:
            for card in cards:
                tasks.create_task(hurry(card))
