"""Speaking with cards through Temporal, and what its errors mean to whoever sent a command."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn
from zlib import crc32

from pydantic import TypeAdapter
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from engine.core.commands import CommandKey
from engine.core.facts import Question
from engine.gateway.outcomes import EngineFault, EngineUnavailable
from engine.workflows.card import CardWorkflow
from engine.workflows.messages import (
    Answer,
    Awakening,
    CardReport,
    CardRun,
    CommandMessage,
    Creation,
    Limits,
    RejectionDetails,
)
from pipes.identifiers import Instant

type Reply = Answer | RejectionDetails

# What is due is brought to the cards by workers, a few at a time (`Ringer`). A card's own timer is
# there for when nobody does: so long after, and those of one instant spread over a while.
_LEAST_PATIENCE, _SPREAD_SECONDS = timedelta(minutes=2), 15 * 60
# A new run begins within milliseconds.
_DRAINING_PAUSE = 0.02
_REJECTION = TypeAdapter(RejectionDetails)
_LATE = TypeAdapter[Answer | None](Answer | None)
_MISSING = TypeAdapter[tuple[Question, ...]](tuple[Question, ...])
# The update by which a new card is asked; there is one for each, whatever its command is called.
_CREATED = "created"
# Accepted just as the run ended; the next run takes the same command.
_CUT_OFF = "AcceptedUpdateCompletedWorkflow"


class StaleFacts(Exception):
    """The card has moved on since the facts were gathered; `now` is the card's own time.

    `late` is what it said last, where nobody is known to have recorded that; `missing` is what has
    to be found out besides.
    """

    def __init__(self, now: Instant, late: Answer | None, missing: tuple[Question, ...]) -> None:
        super().__init__()
        self.now = now
        self.late = late
        self.missing = missing


class Asleep(Exception):
    """The card's workflow has ended: all of its history is recorded."""


def workflow_id(card: str) -> str:
    """The id of the card's workflow."""
    return f"card/{card}"


def cards_of(task_queue: str) -> str:
    """Temporal's list query for an installation's cards; others may share its namespace."""
    return f"WorkflowType = 'Card' AND TaskQueue = '{task_queue}'"


def patience_of(card: str) -> timedelta:
    """How long a card leaves what is due to workers before it does it by itself."""
    return _LEAST_PATIENCE + timedelta(seconds=crc32(card.encode()) % _SPREAD_SECONDS)


class Cards:
    """The cards of one Temporal namespace."""

    def __init__(
        self,
        client: Client,
        task_queue: str,
        limits: Limits | None = None,
        patience: Callable[[str], timedelta] = patience_of,
    ) -> None:
        self._client = client
        self._task_queue = task_queue
        self._limits = limits or Limits()
        self._patience = patience

    async def create(self, card: str, creation: Creation) -> Reply:
        """Begins the card, and asks it what came of that. A repeat only asks.

        Raises:
            Asleep: It was created before, and has ended since.
        """
        start = WithStartWorkflowOperation(
            CardWorkflow.run,
            self._run(card, creation),
            id=workflow_id(card),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        key = creation.command.key
        try:
            return await self._client.execute_update_with_start_workflow(
                CardWorkflow.answer, key, id=_CREATED, start_workflow_operation=start
            )
        except WorkflowAlreadyStartedError:
            raise Asleep from None
        except WorkflowUpdateFailedError as error:
            return _turned_away(error)
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            _unavailable(error)

    async def command(self, card: str, message: CommandMessage) -> Reply:
        """Sends a command; the workflow is begun again if it has ended.

        Raises:
            StaleFacts: The facts have to be gathered again.
        """
        while True:
            try:
                try:
                    return await self._handle(card).execute_update(
                        CardWorkflow.command, message, id=_update_id(message)
                    )
                except RPCError as error:
                    if error.status is not RPCStatusCode.NOT_FOUND:
                        raise
                    return await self._wake(card, message)
            except WorkflowUpdateFailedError as error:
                if not _is_passing(error):
                    return _turned_away(error)
                await asyncio.sleep(_DRAINING_PAUSE)
            except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
                _unavailable(error)

    async def answer(self, card: str, key: CommandKey) -> Answer | None:
        """What the command of that key did; None if the card never heard of it.

        Raises:
            Asleep: The card's workflow has ended.
        """
        try:
            return await self._handle(card).execute_update(CardWorkflow.answer, key)
        except WorkflowUpdateFailedError:
            return None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise Asleep from None
            _unavailable(error)
        except WorkflowUpdateRPCTimeoutOrCancelledError as error:
            _unavailable(error)

    async def report(self, card: str) -> CardReport:
        """How the card stands, for operators."""
        return await self._handle(card).query(CardWorkflow.report)

    async def _wake(self, card: str, message: CommandMessage) -> Answer:
        start = WithStartWorkflowOperation(
            CardWorkflow.run,
            self._run(card, Awakening(card=card)),
            id=workflow_id(card),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        return await self._client.execute_update_with_start_workflow(
            CardWorkflow.command, message, id=_update_id(message), start_workflow_operation=start
        )

    def _run(self, card: str, begin: Creation | Awakening) -> CardRun:
        return CardRun(begin=begin, limits=self._limits, patience=self._patience(card))

    def _handle(self, card: str) -> WorkflowHandle[CardWorkflow, None]:
        return self._client.get_workflow_handle_for(CardWorkflow.run, workflow_id(card))


def _update_id(message: CommandMessage) -> str:
    """The same command with newer facts is another update: Temporal would repeat the old answer."""
    return f"{message.command.key}@{message.facts.as_of.isoformat()}"


def _is_passing(error: WorkflowUpdateFailedError) -> bool:
    cause = error.cause
    return isinstance(cause, ApplicationError) and cause.type in ("draining", _CUT_OFF)


def _turned_away(error: WorkflowUpdateFailedError) -> RejectionDetails:
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        raise EngineFault(str(cause)) from error
    match cause.type:
        case "rejected":
            return _REJECTION.validate_python(cause.details[0])
        case "stale_facts":
            now, late, *missing = cause.details
            raise StaleFacts(
                datetime.fromisoformat(now),
                _LATE.validate_python(late),
                _MISSING.validate_python(missing),
            ) from None
        case _:
            raise EngineFault(cause.message) from error


def _unavailable(error: Exception) -> NoReturn:
    raise EngineUnavailable("Temporal could not take the command in time.") from error
