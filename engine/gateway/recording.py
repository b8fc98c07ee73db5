"""Writing what a card has answered, with the answer, in one transaction; and reading it again."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from engine.core.card import Card
from engine.core.commands import CommandKey
from engine.core.evolve import evolve
from engine.gateway.definitions import Definitions
from engine.gateway.outcomes import Accepted
from engine.runtime.metrics import count_recorded
from engine.store import intents, log, reservations
from engine.store.database import UNAVAILABLE, AsyncConnection, Database, DBAPIError
from engine.store.log import HistoryDiverged, HistoryGap, Receipt
from engine.workflows.messages import Answer, Deed

_ATTEMPTS = 3

logger = structlog.get_logger(__name__)


class Recording:
    """What cards answer, on its way into the database.

    What is answered is safe already, so nobody waits longer than `within` for the database; the
    writing goes on when they have left.
    """

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        within: timedelta,
        on_recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._within = within.total_seconds()
        self._on_recorded = on_recorded
        self._writing: set[asyncio.Task[bool]] = set()

    async def record(self, answer: Answer) -> bool:
        """Records an answer; whether that is done. If not, it is done later, by whoever can."""
        task = asyncio.create_task(self._try_to_record(answer))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        done, _ = await asyncio.wait({task}, timeout=self._within)
        return bool(done) and task.result()

    async def _try_to_record(self, answer: Answer) -> bool:
        card = answer.card.identity.id
        try:
            await self._record(answer)
        except (HistoryDiverged, HistoryGap):
            logger.critical("the database holds another history", card=card, exc_info=True)
            return False
        except (*UNAVAILABLE, DBAPIError) as error:
            logger.warning("cannot record an answer yet", card=card, error=str(error))
            return False
        self._on_recorded()
        return True

    async def _record(self, answer: Answer) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._database.writing() as connection:
                    after = Receipt(
                        sequence=answer.confirmed.sequence, digest=answer.confirmed.digest
                    )
                    happened = answer.unrecorded
                    versions = await self._definitions.of_events(connection, answer.card, happened)
                    receipt = await log.record(connection, versions, answer.card, after, happened)
                    await note_answer(connection, answer.deed)
                    if answer.deed.last < answer.deed.first:  # Nothing came of it.
                        await reservations.release(connection, answer.deed.key)
            except UNAVAILABLE:
                raise
            except DBAPIError:
                # Two have written the same at once; the second time it is there already.
                if attempt == _ATTEMPTS:
                    raise
            else:
                count_recorded(receipt.added, now=datetime.now(UTC))
                return


async def note_answer(connection: AsyncConnection, deed: Deed) -> None:
    """Notes with the intent what came of it; the events tell the rest."""
    told = json.dumps({"first": deed.first, "last": deed.last}, separators=(",", ":"))
    await intents.finish(connection, deed.key, "answered", told)


def noted_deed(key: CommandKey, answer: str) -> Deed:
    """What was noted with an intent."""
    told = json.loads(answer)
    return Deed(key=key, first=told["first"], last=told["last"])


async def recall(connection: AsyncConnection, card: str, deed: Deed) -> Accepted | None:
    """What was answered to a command, from what is recorded; None if it is not yet."""
    after: Card | None = None
    history = await log.read_events(connection, card, limit=deed.last)
    for event in history:
        after = evolve(after, event)
    if after is None or after.version != deed.last:
        return None
    return Accepted(card=after, events=history[deed.first - 1 :])


async def recorded_deed(connection: AsyncConnection, card: str, key: CommandKey) -> Deed | None:
    """What a command did, as the log tells; None if nothing of it is recorded."""
    events = await log.events_of_command(connection, card, key)
    if not events:
        return None
    return Deed(key=key, first=events[0].sequence, last=events[-1].sequence)
