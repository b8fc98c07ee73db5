"""Comparing a card's three tellings (events, what is read of it, its workflow), and mending them.

The events in the database are the record. What Temporal knows beyond them was acknowledged too and
is brought back from its histories; everything else is made anew from the record.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from engine.core.card import Card
from engine.gateway import Definitions
from engine.gateway.cards import cards_of, patience_of, workflow_id
from engine.gateway.delivering import Deliveries
from engine.operating.lost_runs import LostRuns
from engine.operating.salvage import Told, told_by_temporal
from engine.store import integrity, log, reservations
from engine.store.database import AsyncConnection, Database
from engine.store.integrity import BrokenHistory, Retold
from engine.store.log import HistoryDiverged, HistoryGap, Receipt
from engine.workflows.card import CardWorkflow
from engine.workflows.messages import Awakening, CardReport, CardRun

type DisagreementKind = Literal[
    "broken_history",
    "read_model",
    "no_workflow",
    "stuck_workflow",
    "workflow_behind",
    "workflow_ahead",
    "workflow_differs",
    "unknown_card",
]

_PAGE = 200
_ANSWERS_WITHIN = timedelta(seconds=5)
_REASON = "Rebuilt from the event history by an operator."


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two tellings of a card differ; `message` says how, in one sentence."""

    card: str
    kind: DisagreementKind
    message: str


class Reconciler:
    """The cards of an installation, compared and mended. One at a time may mend."""

    def __init__(self, database: Database, client: Client, task_queue: str) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._definitions = Definitions()

    async def cards(self) -> AsyncIterator[str]:
        """Every card that the database or Temporal knows."""
        known = set()
        after = ""
        while True:
            async with self._database.reading() as connection:
                page = await integrity.card_ids(connection, after=after, limit=_PAGE)
            for card in page:
                known.add(card)
                yield card
            if len(page) < _PAGE:
                break
            after = page[-1]
        async for card in self._in_temporal():
            if card not in known:
                known.add(card)
                yield card

    async def find(self, reference: str) -> str:
        """The id of a card by its key; anything else may be the id of one only Temporal knows."""
        async with self._database.reading() as connection:
            return await log.find_card(connection, reference) or reference

    async def compare(self, card: str) -> tuple[Disagreement, ...]:
        """Every way in which the tellings of a card differ; none if all is well."""
        try:
            async with self._database.reading() as connection:
                retold = await integrity.retell(connection, card)
                differing = await self._parts_that_differ(connection, retold)
        except BrokenHistory as broken:
            return (Disagreement(card=card, kind="broken_history", message=str(broken)),)
        if retold is None:
            message = "Temporal has a card that the database does not know."
            return (Disagreement(card=card, kind="unknown_card", message=message),)
        found = await self._against_workflow(retold.card)
        if differing:
            message = f"What is read of it differs from its events: {', '.join(differing)}."
            found.append(Disagreement(card=card, kind="read_model", message=message))
        return tuple(found)

    async def rebuild(self, card: str) -> Card:
        """Brings back what only Temporal knew, writes the read model and begins the workflow anew.

        Raises:
            LookupError: Nobody knows the card.
            BrokenHistory: The database's events cannot be what happened; a backup is needed.
        """
        await self._end_workflow(card)
        pieces = await told_by_temporal(self._client, workflow_id(card))
        async with self._database.writing() as connection:
            retold = await self._with_what_is_missing(connection, card, pieces)
            published = await self._definitions.of_card(connection, retold.card)
            await integrity.write_anew(connection, published.pipe, retold)
            number = int(retold.card.identity.key.rpartition("-")[2])
            await reservations.number_is_taken(connection, retold.card.identity.pipe, number)
        if retold.card.life.status == "open":
            await self._client.start_workflow(
                CardWorkflow.run,
                CardRun(begin=Awakening(card=card), patience=patience_of(card)),
                id=workflow_id(card),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        return retold.card

    async def take_up_runs(self) -> int:
        """Has automations' runs go on that were in their midst; how many those are."""
        return await LostRuns(self._database, self._client, self._task_queue).take_up()

    async def take_up_deliveries(self) -> int:
        """Has sent what waits to be; how much that is."""
        return await Deliveries(self._database, self._client, self._task_queue).take_up()

    async def _in_temporal(self) -> AsyncIterator[str]:
        prefix = workflow_id("")
        async for run in self._client.list_workflows(cards_of(self._task_queue)):
            if run.id.startswith(prefix):
                yield run.id.removeprefix(prefix)

    async def _against_workflow(self, card: Card) -> list[Disagreement]:
        number, is_open = card.identity.id, card.life.status == "open"
        handle = self._client.get_workflow_handle_for(CardWorkflow.run, workflow_id(number))
        try:
            running = (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            running = False
        if not running:
            message = "It is open, and no workflow looks after it."
            missing = Disagreement(card=number, kind="no_workflow", message=message)
            return [missing] if is_open else []
        try:
            report = await handle.query(CardWorkflow.report, rpc_timeout=_ANSWERS_WITHIN)
        except (RPCError, WorkflowQueryFailedError) as error:
            message = f"Its workflow does not answer: {error}"
            return [Disagreement(card=number, kind="stuck_workflow", message=message)]
        return list(_differences(card, report))

    async def _end_workflow(self, card: str) -> None:
        """Ends the running workflow, so that nothing is decided while the card is mended."""
        try:
            await self._client.get_workflow_handle(workflow_id(card)).terminate(_REASON)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _parts_that_differ(
        self, connection: AsyncConnection, retold: Retold | None
    ) -> tuple[str, ...]:
        if retold is None:
            return ()
        published = await self._definitions.of_card(connection, retold.card)
        return await integrity.parts_that_differ(connection, published.pipe, retold)

    async def _with_what_is_missing(
        self, connection: AsyncConnection, card: str, pieces: tuple[Told, ...]
    ) -> Retold:
        """The card from its events, after those have been recorded that only Temporal knew."""
        retold = await integrity.retell(connection, card)
        version = 0 if retold is None else retold.card.version
        for piece in pieces:
            if piece.card.version > version:
                after = Receipt(sequence=piece.after.sequence, digest=piece.after.digest)
                try:
                    versions = await self._definitions.of_events(
                        connection, piece.card, piece.events
                    )
                    await log.record(connection, versions, piece.card, after, piece.events)
                except (HistoryDiverged, HistoryGap) as error:
                    raise BrokenHistory(str(error)) from error
                version = piece.card.version
        retold = await integrity.retell(connection, card)
        if retold is None:
            raise LookupError(f"Nobody knows a card {card!r}.")
        return retold


def _differences(card: Card, report: CardReport) -> tuple[Disagreement, ...]:
    if report.card is None or report.card == card:
        return ()
    kind: DisagreementKind
    there, here = report.card.version, card.version
    if there > here:
        kind, message = "workflow_ahead", f"Its workflow is at {there}, the database at {here}."
    elif there < here:
        kind, message = "workflow_behind", f"Its workflow is at {there}, the database at {here}."
    else:
        kind, message = "workflow_differs", f"Its workflow holds another card at version {here}."
    return (Disagreement(card=card.identity.id, kind=kind, message=message),)
