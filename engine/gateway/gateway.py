"""Sending commands: note the intent, find out, ask the card, record, answer.

The order makes every failure harmless. Before the intent nothing has happened; after it the sweeper
knows what to ask for; what a card has answered is durable, whether the database took it or not.
"""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import assert_never

from structlog.contextvars import bound_contextvars

from engine.core.actors import Actor
from engine.core.card import Card
from engine.core.commands import Cause, Command, CommandKey, CreateCard, MigrateCard, Values
from engine.core.facts import Question
from engine.core.reasons import Reason, ReasonCode, Rejection
from engine.encoding import encoded_command
from engine.gateway.asking import Asking
from engine.gateway.cards import Asleep, Cards, Reply
from engine.gateway.definitions import Definitions, Published
from engine.gateway.gathering import decide_gathering, gather_reserving
from engine.gateway.outcomes import (
    Accepted,
    EngineFault,
    EngineUnavailable,
    KeyReused,
    NoSuchCard,
    NoSuchPipe,
    Outcome,
    Rejected,
)
from engine.gateway.recording import Recording, noted_deed, recall, recorded_deed
from engine.gateway.timekeeping import Timekeeper, utc_now
from engine.runtime.metrics import command_measured
from engine.short_ids import short_id
from engine.store import intents, log, registry, reservations
from engine.store.database import UNAVAILABLE, AsyncConnection, Database, DBAPIError
from engine.workflows.messages import (
    Answer,
    CommandMessage,
    Creation,
    Mark,
    RejectionDetails,
)
from pipes.identifiers import Instant, PipeId

_ATTEMPTS = 3
# Hexadecimal digits of what a key stands for.
_FINGERPRINT = 32
RETIRED = Reason(
    code=ReasonCode.PIPE_RETIRED,
    message="The pipe is retired: its cards go on, but no new ones begin.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewCard:
    """What somebody wants created."""

    pipe: PipeId
    key: CommandKey
    actor: Actor
    values: Values
    chain: tuple[Cause, ...]

    def command(self, *, card: str, number: int, version: int, digest: str) -> Command:
        wish = CreateCard(
            card=card,
            number=number,
            definition_version=version,
            definition_hash=digest,
            values=self.values,
        )
        return Command(key=self.key, actor=self.actor, wish=wish, chain=self.chain)

    @property
    def fingerprint(self) -> str:
        """What the key stands for; not what is worked out anew at each attempt."""
        return _fingerprint(self.pipe, self.command(card="", number=0, version=0, digest=""))


class _TurnedAway(Exception):
    """Nothing of the transaction is to remain: the core says no before a card exists."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__()
        self.rejection = rejection


class Gateway:
    """The way in for commands; one for each process."""

    def __init__(
        self,
        database: Database,
        cards: Cards,
        definitions: Definitions,
        *,
        patience: timedelta = timedelta(seconds=8),
        recorded_within: timedelta = timedelta(seconds=3),
        clock: Callable[[], Instant] = utc_now,
        pages: str = "",
        on_recorded: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._cards = cards
        self._definitions = definitions
        self._recording = Recording(database, definitions, recorded_within, on_recorded)
        self._patience = patience
        self._clock = clock
        self._pages = pages
        self._time = Timekeeper(clock)
        self._asking = Asking(cards, self._recording, self._time)

    async def create(
        self,
        pipe: PipeId,
        *,
        key: CommandKey,
        actor: Actor,
        values: Values,
        chain: tuple[Cause, ...] = (),
    ) -> Outcome:
        """Creates a card in a pipe, from the values of its start form.

        Args:
            chain: What led to it by itself.

        Raises:
            NoSuchPipe: The pipe was never published.
            KeyReused: The key belongs to another command.
            EngineUnavailable: It took too long; the same may be sent again.
        """
        new = _NewCard(pipe=pipe, key=key, actor=actor, values=values, chain=chain)
        with command_measured("create_card") as measured, bound_contextvars(pipe=pipe):
            outcome = await self._created(new)
            measured.outcome = _word_for(outcome)
        return outcome

    async def send(self, card: str, command: Command) -> Outcome:
        """Sends a command to a card.

        Raises:
            NoSuchCard: There is none of that id.
            KeyReused: The key belongs to another command.
            EngineUnavailable: It took too long; the same may be sent again.
        """
        with command_measured(command.wish.kind) as measured, bound_contextvars(card=card):
            async with _in_time(self._patience):
                reply = await self._ask(card, command)
            outcome = await self._outcome(command.key, reply)
            measured.outcome = _word_for(outcome)
        return outcome

    async def _created(self, new: _NewCard) -> Outcome:
        try:
            async with _in_time(self._patience):
                reply = await self._ask_new(new)
        except _TurnedAway as turned:
            return Rejected(reasons=turned.rejection.reasons, card=None)
        return await self._outcome(new.key, reply)

    async def _ask_new(self, new: _NewCard) -> Reply | Accepted:
        noted = await self._writing(partial(self._note_creation, new=new))
        if isinstance(noted, Accepted):
            return noted
        card, creation = noted
        try:
            return await self._cards.create(card, creation)
        except Asleep:  # It was created before, and has finished since.
            async with self._database.reading() as connection:
                deed = await recorded_deed(connection, card, new.key)
                answered = None if deed is None else await recall(connection, card, deed)
            if answered is None:
                raise EngineFault(f"Card {card!r} has ended without being recorded.") from None
            return answered

    async def _ask(self, card: str, command: Command) -> Reply | Accepted:
        async def compose(besides: tuple[Question, ...]) -> CommandMessage | Accepted:
            note = partial(self._note_command, card=card, command=command, besides=besides)
            return await self._writing(note)

        return await self._asking.ask(card, compose)

    # --- before the card is asked ----------------------------------------------------------------

    async def _note_creation(
        self, connection: AsyncConnection, new: _NewCard
    ) -> tuple[str, Creation] | Accepted:
        published = await self._definitions.current(connection, new.pipe)
        if published is None:
            raise NoSuchPipe(f"There is no pipe “{new.pipe}”.")
        if await registry.is_retired(connection, new.pipe):
            raise _TurnedAway(Rejection(reasons=(RETIRED,)))
        noted = await self._note(connection, new.key, short_id(), new.fingerprint)
        if isinstance(noted, Accepted):
            return noted
        number = await reservations.next_number(connection, new.pipe)
        if number is None:
            raise NoSuchPipe(f"There is no pipe “{new.pipe}”.")
        command = new.command(
            card=noted,
            number=number,
            version=published.pinned.version,
            digest=published.pinned.hash,
        )
        facts, outcome = await decide_gathering(
            published,
            None,
            command,
            lambda besides: gather_reserving(
                connection, published, None, command, self._time.now(), besides=besides
            ),
        )
        if isinstance(outcome, Rejection):
            raise _TurnedAway(outcome)
        return noted, Creation(command=command, facts=facts, definition=published.pinned)

    async def _note_command(
        self,
        connection: AsyncConnection,
        card: str,
        command: Command,
        besides: tuple[Question, ...],
    ) -> CommandMessage | Accepted:
        stored = await log.load_card(connection, card)
        if stored is None:
            raise NoSuchCard(f"There is no card {card!r}.")
        noted = await self._note(connection, command.key, card, _fingerprint(card, command))
        if isinstance(noted, Accepted):
            return noted
        published = await self._definitions.of_card(connection, stored.card)
        target = await self._target(connection, stored.card, command)
        facts = await gather_reserving(
            connection,
            published,
            stored.card,
            command,
            self._time.now(),
            pages=self._pages,
            besides=besides,
            target=target,
        )
        return CommandMessage(
            command=command,
            facts=facts,
            recorded=Mark(sequence=stored.card.version, digest=stored.digest),
            definition=None if target is None else target.pinned,
        )

    async def _target(
        self, connection: AsyncConnection, card: Card, command: Command
    ) -> Published | None:
        """The version onto which the card is to be brought; without it the card says no."""
        if not isinstance(command.wish, MigrateCard):
            return None
        number = command.wish.definition_version
        return await self._definitions.version(connection, card.identity.pipe, number)

    async def _note(
        self, connection: AsyncConnection, key: CommandKey, card: str, fingerprint: str
    ) -> str | Accepted:
        """Notes the intent; the id of the card it is about, or what was answered before."""
        known = await intents.begin(
            connection, key=key, card=card, body_hash=fingerprint, now=self._clock()
        )
        if known is None:
            return card
        if known.body_hash != fingerprint:
            raise KeyReused(f"The idempotency key {key!r} was used for another command.")
        if known.answer is not None:
            answered = await recall(connection, known.card, noted_deed(key, known.answer))
            if answered is not None:
                return answered
        if known.state != "open":
            await intents.finish(connection, key, "open", None)
        return known.card

    # --- after it has answered -------------------------------------------------------------------

    async def _outcome(self, key: CommandKey, reply: Reply | Accepted) -> Outcome:
        match reply:
            case Accepted():
                return reply
            case RejectionDetails(reasons=reasons, card=card):
                await self._give_back(key)
                return Rejected(reasons=reasons, card=card)
            case Answer():
                recorded = await self._recording.record(reply)
                return await self._told(reply, recorded=recorded)
            case _ as unknown:
                assert_never(unknown)

    async def _told(self, answer: Answer, *, recorded: bool) -> Accepted:
        """What the sender is told: the card as this command left it, and its events."""
        deed = answer.deed
        is_repeat = answer.card.version != deed.last or answer.confirmed.sequence >= deed.first
        if recorded and is_repeat:  # The card may have gone on since; what it was is in the log.
            async with self._database.reading() as connection:
                earlier = await recall(connection, answer.card.identity.id, deed)
            if earlier is not None:
                return earlier
        own = tuple(
            event for event in answer.unrecorded if deed.first <= event.sequence <= deed.last
        )
        return Accepted(card=answer.card, events=own, recorded=recorded)

    async def _give_back(self, key: CommandKey) -> None:
        """Notes that the card said no; what was reserved is free again."""

        async def note(connection: AsyncConnection) -> None:
            await intents.finish(connection, key, "rejected", None)
            await reservations.release(connection, key)

        await self._writing(note)

    async def _writing[T](self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Does the work in a transaction, again if another one was in its way."""
        for attempt in itertools.count(1):
            try:
                async with self._database.writing() as connection:
                    return await work(connection)
            except UNAVAILABLE as error:
                raise EngineUnavailable("The database does not answer.") from error
            except DBAPIError as error:
                if attempt == _ATTEMPTS:
                    raise EngineUnavailable("The database is too busy.") from error
        raise AssertionError("An endless loop has ended.")


@asynccontextmanager
async def _in_time(patience: timedelta) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except TimeoutError as error:
        raise EngineUnavailable("The card did not answer in time.") from error


def _word_for(outcome: Outcome) -> str:
    """The outcome as it is counted."""
    return "accepted" if isinstance(outcome, Accepted) else "rejected"


def _fingerprint(target: str, command: Command) -> str:
    """What a key stands for: who wants what of which card or pipe."""
    meaning = encoded_command(replace(command, key=CommandKey("")))
    return hashlib.sha256(target.encode() + b"\0" + meaning).hexdigest()[:_FINGERPRINT]
