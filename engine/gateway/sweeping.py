"""What nobody else comes back to: commands whose sender died or could not record the answer, and
leaves that have begun or ended.

No command is carried out here; the card is asked what it did under that key.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog

from engine.gateway.cards import Asleep, Cards
from engine.gateway.definitions import Definitions
from engine.gateway.outcomes import GatewayError
from engine.gateway.recording import Recording, note_answer, recorded_deed
from engine.gateway.timekeeping import utc_now
from engine.store import attempts, deliveries, intents, leaves, reservations, runs, turns
from engine.store.database import UNAVAILABLE, AsyncConnection, Database
from engine.store.intents import Intent
from engine.store.leaves import LeaveChange
from engine.store.people_changes import PeopleChange, have_cards_look, have_delegate_told
from engine.store.queries import feed
from engine.workflows.messages import Answer, Deed
from pipes.identifiers import Instant, UserId

# Younger commands are still in their sender's hands.
SETTLED_AFTER = timedelta(seconds=15)
# An update that nobody waits for any more may still be delivered within moments; not after this.
LOST_AFTER = timedelta(seconds=60)
# Idempotency keys are kept at least a day.
KEPT = timedelta(days=3)
DELIVERIES_KEPT = timedelta(days=30)
RUNS_KEPT = timedelta(days=90)
# A page that was asleep for longer reads its board anew.
FOLLOWED = timedelta(days=1)
_AT_A_TIME = 100
_RECORDED_WITHIN = timedelta(seconds=10)

logger = structlog.get_logger(__name__)


class Sweeper:
    """Settles what was left behind. Any number of them may run: a repeat changes nothing."""

    def __init__(
        self,
        database: Database,
        cards: Cards,
        definitions: Definitions,
        *,
        clock: Callable[[], Instant] = utc_now,
        runs_kept: timedelta = RUNS_KEPT,
    ) -> None:
        self._database = database
        self._cards = cards
        self._recording = Recording(database, definitions, _RECORDED_WITHIN)
        self._clock = clock
        self._runs_kept = runs_kept

    async def sweep(self, *, older_than: timedelta = SETTLED_AFTER) -> int:
        """Looks after every command that has been open for so long; how many were settled."""
        before = self._clock() - older_than
        async with self._database.reading() as connection:
            left = await intents.unanswered(connection, before=before, limit=_AT_A_TIME)
        settled = 0
        for intent in left:
            try:
                settled += await self._look_after(intent)
            except (GatewayError, *UNAVAILABLE) as error:
                logger.warning("cannot settle a command yet", card=intent.card, error=str(error))
        return settled

    async def notice_leaves(self) -> int:
        """Has cards look again whose people have gone on leave or come back, and delegates told of
        what waits; how many leaves have begun or ended.
        """
        now = self._clock()
        async with self._database.reading() as connection:
            if not await leaves.any_unnoticed(connection, now):
                return 0
        async with self._database.writing() as connection:
            changes = await leaves.notice(connection, now)
            for each in changes:
                await self._have_heard(connection, each, now)
        return len(changes)

    async def _have_heard(
        self, connection: AsyncConnection, change: LeaveChange, now: Instant
    ) -> None:
        leave = change.leave
        occasion = f"leave/{leave.user}/{leave.begins_at.isoformat()}/{change.state}"
        who = PeopleChange(person=UserId(leave.user))
        await have_cards_look(connection, who, occasion=occasion, at=now)
        if change.state == "begun" and leave.ends_at > now:
            await have_delegate_told(connection, leave, occasion=occasion, at=now)

    async def forget(self) -> None:
        """Forgets keys that nobody will come back with, attempts that count no longer, changes that
        no page waits for, and deliveries and runs of automations that ended long ago. Then takes
        statistics anew.
        """
        async with self._database.writing() as connection:
            await intents.forget(connection, before=self._clock() - KEPT)
            await attempts.forget_old(connection, before=self._clock())
            await deliveries.forget(connection, before=self._clock() - DELIVERIES_KEPT)
            await runs.forget(connection, before=self._clock() - self._runs_kept)
            await turns.forget(connection, before=self._clock() - KEPT, at=self._clock())
            await feed.forget_changes(connection, before=self._clock() - FOLLOWED)
        await self._database.take_statistics()

    async def _look_after(self, intent: Intent) -> bool:
        answer = await self._answer(intent)
        match answer:
            case Answer():
                return await self._recording.record(answer)
            case Deed():
                async with self._database.writing() as connection:
                    await note_answer(connection, answer)
                return True
            case None if self._clock() - intent.created_at > LOST_AFTER:
                async with self._database.writing() as connection:
                    await intents.finish(connection, intent.key, "lost", None)
                    await reservations.release(connection, intent.key)
                return True
            case None:
                return False

    async def _answer(self, intent: Intent) -> Answer | Deed | None:
        try:
            return await self._cards.answer(intent.card, intent.key)
        except Asleep:  # All that it ever did is in the log.
            async with self._database.reading() as connection:
                return await recorded_deed(connection, intent.card, intent.key)
