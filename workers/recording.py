"""Recording what cards do by themselves, and reading cards back for those that wake."""

from collections.abc import Callable
from typing import override

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine.core.commands import CommandKey
from engine.gateway import Definitions, utc_now
from engine.runtime.metrics import count_recorded
from engine.store import log
from engine.store.database import AsyncConnection, Database
from engine.store.log import HistoryDiverged, HistoryGap, Receipt
from engine.workflows.answers import REMEMBERED
from engine.workflows.messages import Deed, Mark, RecordedCard, RecordRequest
from engine.workflows.outbox import DIVERGED
from engine.workflows.ports import Recorder


class DatabaseRecorder(Recorder):
    """The recorder over the installation's database."""

    def __init__(
        self, database: Database, definitions: Definitions, poke: Callable[[], None]
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._poke = poke

    @override
    @activity.defn
    async def record(self, request: RecordRequest) -> Mark:
        after = Receipt(sequence=request.after.sequence, digest=request.after.digest)
        try:
            async with self._database.writing() as connection:
                versions = await self._definitions.of_events(
                    connection, request.card, request.events
                )
                receipt = await log.record(
                    connection, versions, request.card, after, request.events
                )
        except (HistoryDiverged, HistoryGap) as error:
            raise ApplicationError(str(error), type=DIVERGED, non_retryable=True) from error
        count_recorded(receipt.added, now=utc_now())
        self._poke()
        return Mark(sequence=receipt.sequence, digest=receipt.digest)

    @override
    @activity.defn
    async def load_card(self, card: str) -> RecordedCard:
        async with self._database.reading() as connection:
            stored = await log.load_card(connection, card)
            if stored is None:
                raise ApplicationError(f"There is no card {card!r}.", non_retryable=True)
            published = await self._definitions.of_card(connection, stored.card)
            deeds = await _recent_deeds(connection, card)
        return RecordedCard(
            card=stored.card,
            definition=published.pinned,
            recorded=Mark(sequence=stored.card.version, digest=stored.digest),
            deeds=deeds,
        )


async def _recent_deeds(connection: AsyncConnection, card: str) -> tuple[Deed, ...]:
    """What the latest commands did, oldest first: a repeat of one must not be carried out anew."""
    latest = await log.read_events_backwards(connection, card, before=None, limit=REMEMBERED)
    deeds: dict[CommandKey, Deed] = {}
    for event in reversed(latest):
        known = deeds.get(event.command)
        first = event.sequence if known is None else known.first
        deeds[event.command] = Deed(key=event.command, first=first, last=event.sequence)
    return tuple(deeds.values())
