"""Having cards do what is due, a few at a time.

Thousands of clocks may run out at one instant, and Temporal hands out what its timers began in no
order, ahead of what people do. So cards are found by the database's index of what is due, and asked
like people ask them; a card's own timer does it if nobody has.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple, assert_never

from engine.core.card import Card
from engine.core.commands import Command
from engine.core.due import acts_at, due, own_command
from engine.core.facts import Question
from engine.gateway.asking import Asking
from engine.gateway.cards import Cards
from engine.gateway.definitions import Definitions, Published
from engine.gateway.gathering import gather_reserving, gather_unless_reserving
from engine.gateway.outcomes import EngineUnavailable, GatewayError
from engine.gateway.recording import Recording
from engine.gateway.timekeeping import Timekeeper, utc_now
from engine.store import acting, log
from engine.store.database import AsyncConnection, Database
from engine.store.log import StoredCard
from engine.workflows.card import FIRST_RETRY, LAST_RETRY
from engine.workflows.messages import (
    Answer,
    CommandMessage,
    Mark,
    RejectionDetails,
)
from pipes.identifiers import Instant

# A card that was taken comes again after this, if nothing came of it.
_TAKEN_FOR = timedelta(seconds=10)
# Who does not answer may have done it, and nobody has recorded it yet; but cards that never answer
# must not keep the others waiting.
_LONGEST_SILENCE = timedelta(minutes=5)
_RECORDED_WITHIN = timedelta(seconds=3)


class _Occasion(NamedTuple):
    """For what facts are gathered."""

    published: Published
    card: Card
    command: Command
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A card as it is recorded, and the version that it runs, at that moment."""

    stored: StoredCard
    published: Published
    at: Instant

    @property
    def card(self) -> Card:
        return self.stored.card

    @property
    def acts_at(self) -> Instant | None:
        """When it does something by itself next."""
        return acts_at(self.published.pipe, self.card)

    @property
    def occasion(self) -> _Occasion | None:
        """What it is to be told, if something is due."""
        upcoming = due(self.published.pipe, self.card)
        if upcoming is None or upcoming.at > self.at:
            return None
        return _Occasion(self.published, self.card, own_command(self.card, upcoming), self.at)


class Ringer:
    """Brings to cards what is due. Any number of them may: a repeat changes nothing."""

    def __init__(
        self,
        database: Database,
        cards: Cards,
        definitions: Definitions,
        *,
        pages: str = "",
        clock: Callable[[], Instant] = utc_now,
        on_recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._pages = pages
        self._recording = Recording(database, definitions, _RECORDED_WITHIN, on_recorded)
        self._time = Timekeeper(clock)
        self._asking = Asking(cards, self._recording, self._time)

    async def until_next(self) -> timedelta | None:
        """How long until something is due, as far as is known now; None if nothing is to come."""
        async with self._database.reading() as connection:
            first = await acting.first(connection)
        return None if first is None else max(first - self._time.now(), timedelta(0))

    async def take(self, most: int) -> tuple[str, ...]:
        """Takes cards for which something is due, to have them rung soon."""
        now = self._time.now()
        async with self._database.writing() as connection:
            return await acting.take(connection, now=now, until=now + _TAKEN_FOR, most=most)

    async def ring(self, card: str) -> None:
        """Has a card do what is due, if it still is.

        Raises:
            GatewayError: The card cannot be asked; it is tried again later.
        """
        try:
            async with asyncio.timeout(_TAKEN_FOR.total_seconds()):
                await self._ring(card)
        except (GatewayError, TimeoutError) as error:
            await self._try_later(card, _TAKEN_FOR, _LONGEST_SILENCE)
            raise EngineUnavailable("The card did not do what is due.") from error

    async def _ring(self, card: str) -> None:
        reply = await self._asking.ask(card, partial(self._compose, card))
        match reply:
            case Answer():
                await self._recording.record(reply)
            case RejectionDetails():
                await self._try_later(card, FIRST_RETRY, LAST_RETRY)
            case None:
                pass
            case _ as unknown:
                assert_never(unknown)

    async def _compose(self, card: str, besides: tuple[Question, ...]) -> CommandMessage | None:
        """What the card is to be asked; None if nothing is due any more."""
        pages = self._pages
        async with self._database.reading() as connection:
            seen = await self._look(connection, card)
            if seen is None:
                return None
            occasion = seen.occasion
            facts = None
            if occasion is not None:
                facts = await gather_unless_reserving(
                    connection, *occasion, pages=pages, besides=besides
                )
        if occasion is None:
            await self._put_off(seen.card, seen.acts_at)
            return None
        if facts is None:
            async with self._database.writing() as connection:
                facts = await gather_reserving(connection, *occasion, pages=pages, besides=besides)
        recorded = Mark(sequence=seen.card.version, digest=seen.stored.digest)
        return CommandMessage(command=occasion.command, facts=facts, recorded=recorded)

    async def _try_later(self, card: str, first: timedelta, last: timedelta) -> None:
        """Has it tried again, ever less often: after as long as it is late already."""
        async with self._database.reading() as connection:
            seen = await self._look(connection, card)
        if seen is None:
            return
        until = seen.acts_at
        if until is not None and until <= seen.at:
            until = seen.at + min(max(seen.at - until, first), last)
        await self._put_off(seen.card, until)

    async def _look(self, connection: AsyncConnection, card: str) -> _Seen | None:
        stored = await log.load_card(connection, card)
        if stored is None:
            return None
        published = await self._definitions.of_card(connection, stored.card)
        return _Seen(stored=stored, published=published, at=self._time.now())

    async def _put_off(self, card: Card, until: Instant | None) -> None:
        async with self._database.writing() as connection:
            await acting.put_off(connection, card.identity.id, version=card.version, until=until)
