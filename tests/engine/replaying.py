"""Replaying what cards have done with the code as it is."""

import asyncio

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from engine.gateway.cards import workflow_id
from engine.workflows.card import CardWorkflow

_UNDER_WAY = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
)


def a_replayer() -> Replayer:
    return Replayer(
        workflows=[CardWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(),
    )


async def replay(client: Client, card: str) -> int:
    """Replays every run of the card, fails if one comes out differently; how many there were."""
    replayer = a_replayer()
    histories = await settled_histories(client, card)
    for history in histories:
        await replayer.replay_workflow(history)
    return len(histories)


async def settled_histories(client: Client, card: str) -> list[WorkflowHistory]:
    """The histories of all runs, once no task is under way: the replayer waits for its end."""
    async with asyncio.timeout(20):
        while True:
            runs = client.list_workflows(f'WorkflowId = "{workflow_id(card)}"')
            histories = [history async for history in runs.map_histories()]
            if histories and all(map(_is_settled, histories)):
                return histories
            await asyncio.sleep(0.05)


def _is_settled(history: WorkflowHistory) -> bool:
    return history.events[-1].event_type not in _UNDER_WAY
