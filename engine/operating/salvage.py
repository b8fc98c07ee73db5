"""What Temporal's histories still tell of a card, where the database or a workflow has lost it.

An acknowledged command stands in three places: the answer of its update, the request of the
activity that recorded it, and the input of the next run. Any of them brings its events back.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from engine.core.card import Card
from engine.core.events import Event
from engine.workflows.messages import Answer, CardRun, Continuation, Mark, RecordRequest

_RECORDING = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A piece of a card's history: events, what they follow, and the card that they lead to."""

    card: Card
    after: Mark
    events: tuple[Event, ...]


async def told_by_temporal(client: Client, workflow: str) -> tuple[Told, ...]:
    """Everything that the runs of a card's workflow still tell, in the order of the history."""
    pieces: dict[int, Told] = {}
    async for run in client.list_workflows(f"WorkflowId = '{workflow}'"):
        handle = client.get_workflow_handle(workflow, run_id=run.run_id)
        async for event in handle.fetch_history_events():
            async for piece in _pieces(client, event):
                if piece.events:
                    pieces[piece.card.version] = piece
    return tuple(pieces[version] for version in sorted(pieces))


async def _pieces(client: Client, event: HistoryEvent) -> AsyncIterator[Told]:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            outcome = event.workflow_execution_update_completed_event_attributes.outcome
            for answer in await _decoded(client, outcome.success, Answer):
                yield Told(card=answer.card, after=answer.confirmed, events=answer.unrecorded)
        case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            scheduled = event.activity_task_scheduled_event_attributes
            if scheduled.activity_type.name == _RECORDING:
                for request in await _decoded(client, scheduled.input, RecordRequest):
                    yield Told(card=request.card, after=request.after, events=request.events)
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            started = event.workflow_execution_started_event_attributes
            for run in await _decoded(client, started.input, CardRun):
                if isinstance(run.begin, Continuation):
                    begin = run.begin
                    yield Told(card=begin.card, after=begin.confirmed, events=begin.unrecorded)
        case _:
            return


async def _decoded[T](client: Client, payloads: Payloads, kind: type[T]) -> list[T]:
    if not payloads.payloads:
        return []
    return await client.data_converter.decode(payloads.payloads, [kind])
