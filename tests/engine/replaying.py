"""Replaying what cards have done with the code as it is."""

import asyncio
from typing import ClassVar, override

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    Replayer,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from engine.core.card import Card
from engine.gateway.cards import workflow_id
from engine.runtime.converting import data_converter
from engine.workflows.card import CardWorkflow

_UNDER_WAY = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
)


def a_replayer() -> Replayer:
    return Replayer(
        workflows=[CardWorkflow],
        data_converter=data_converter,
        workflow_runner=SandboxedWorkflowRunner(),
        debug_mode=True,  # On a busy machine two seconds are no deadlock.
    )


class _Onlooker(Interceptor):
    """Keeps the cards that are replayed, so that they can be looked at afterwards."""

    seen: ClassVar[list[CardWorkflow]] = []

    @override
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        return _Looking


class _Looking(WorkflowInboundInterceptor):
    @override
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> object:
        card = workflow.instance()
        assert isinstance(card, CardWorkflow)
        _Onlooker.seen.append(card)
        return await super().execute_workflow(input)


async def end_of(history: WorkflowHistory) -> Card:
    """The card as it is at the end of a history that is replayed."""
    replayer = Replayer(
        workflows=[CardWorkflow],
        data_converter=data_converter,
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=[_Onlooker()],
    )
    _Onlooker.seen.clear()
    await replayer.replay_workflow(history)
    (replayed,) = _Onlooker.seen
    card = replayed.report().card
    assert card is not None
    return card


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
