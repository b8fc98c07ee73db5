"""From the database to Temporal: each order that follows from an event begins a workflow, once.

Whoever dies between the two leaves the order where it was, and the next round finds it. That the
workflow has begun already is as good as having begun it.
"""

import asyncio

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from engine.store import outbox
from engine.store.database import Database
from engine.store.outbox import Waiting
from engine.workflows.effects import EffectWorkflow, effect_workflow_id

_AT_A_TIME = 100

logger = structlog.get_logger(__name__)


class Relay:
    """Hands orders over to Temporal. Any number of them may run."""

    def __init__(self, database: Database, client: Client, task_queue: str) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue

    async def pass_on(self) -> int:
        """Hands over the orders that have waited longest; how many those were."""
        async with self._database.reading() as connection:
            waiting = await outbox.first(connection, limit=_AT_A_TIME)
        begun = await asyncio.gather(*(self._begin(each) for each in waiting))
        taken = [each for each, has_begun in zip(waiting, begun, strict=True) if has_begun]
        if taken:
            await self._forget(taken)
        return len(taken)

    async def _forget(self, taken: list[Waiting]) -> None:
        async with self._database.writing() as connection:
            await outbox.remove(connection, taken)

    async def _begin(self, waiting: Waiting) -> bool:
        order = waiting.order
        try:
            await self._client.start_workflow(
                EffectWorkflow.run,
                order,
                id=effect_workflow_id(order),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return True
        except RPCError as error:
            logger.warning("cannot hand over an order yet", order=order.id, error=str(error))
            return False
        return True
