"""Automations' runs whose workflow Temporal has lost with its store: they go on from the record."""

from collections.abc import Callable
from datetime import timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from engine.core.effects import resumed
from engine.gateway import utc_now
from engine.gateway.relaying import begin_effect
from engine.gateway.sweeping import KEPT
from engine.store import runs, turns
from engine.store.database import Database
from engine.store.runs import Run
from engine.workflows.effects import effect_workflow_id
from pipes.identifiers import Instant

# Beyond this it may be forgotten what a run has done already, and it would be done twice.
_KNOWN_FOR = KEPT - timedelta(days=1)
_LOST = "It was in its midst when its workflow was lost or ended, and did not go on."


class LostRuns:
    """The runs of an installation that are said to go on. One at a time may take them up."""

    def __init__(
        self,
        database: Database,
        client: Client,
        task_queue: str,
        clock: Callable[[], Instant] = utc_now,
    ) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._clock = clock

    async def take_up(self) -> int:
        """Has runs go on that no workflow looks after; how many those are.

        A step that has been taken has an id, by which it is not taken twice. What cannot go on has
        failed, and whoever administers its pipe may run it again.
        """
        async with self._database.reading() as connection:
            unfinished = await runs.unfinished(connection)
        taken_up = 0
        for order in resumed(run.order for run in unfinished):
            own = [
                run for run in unfinished if run.order.id == f"{order.id}/{run.order.automation}"
            ]
            status = await self._status_of(effect_workflow_id(order))
            if status is WorkflowExecutionStatus.RUNNING:
                continue
            if status is None and all(self._is_known(run) for run in own):
                await begin_effect(self._client, self._task_queue, order)
                taken_up += len(own)
            else:
                await self._give_up(own)
        await self._give_up([run for run in unfinished if await self._has_lost_time(run)])
        return taken_up

    def _is_known(self, run: Run) -> bool:
        return run.began_at > self._clock() - _KNOWN_FOR

    async def _has_lost_time(self, run: Run) -> bool:
        """Whether it is the run of a schedule, for no card, and no time of a schedule goes on."""
        if run.order.card is not None:
            return False
        times = f"WorkflowType = 'Scheduled' AND TaskQueue = '{self._task_queue}'"
        going = await self._client.count_workflows(f"{times} AND ExecutionStatus = 'Running'")
        return not going.count

    async def _status_of(self, workflow: str) -> WorkflowExecutionStatus | None:
        """How a workflow is; None where Temporal knows of none."""
        try:
            return (await self._client.get_workflow_handle(workflow).describe()).status
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None

    async def _give_up(self, lost: list[Run]) -> None:
        async with self._database.writing() as connection:
            for run in lost:
                await runs.give_up(connection, run, reasons=(_LOST,), at=self._clock())
                await turns.give_up(connection, run.order.id, at=self._clock())
