"""Adds the sample: a company, and its cards in every phase of the shipped pipes.

What happened to the cards is done again, as the people would do it, through the gateway: what the
rules refuse cannot be sampled, and nobody goes on before what a card does by itself is done. A
sample that was interrupted goes on where it was; one that is whole stays as it is.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from api.sample.company import hire, works_here
from api.sample.stories import Known, Story, beginning, chapters, wish_of
from engine.core.actors import Actor, user
from engine.core.card import Card
from engine.core.commands import Command, CommandKey
from engine.gateway import Accepted, EngineUnavailable, Gateway, Outcome, utc_now
from engine.gateway.settling import Settling
from engine.store import intents, registry
from engine.store.database import Database
from engine.store.queries.cards import any_card
from pipes.building import definition_from_document
from pipes.definition import Definition
from pipes.identifiers import PipeId

SAMPLE_PIPE = PipeId("product-lifecycle")

_BEGUN_AT_ONCE = 6
_PATIENCE = 4


class SampleRefused(Exception):
    """A part of the sample was turned away; the message says which and why."""


async def has_cards(database: Database) -> bool:
    """Whether there is any card at all."""
    async with database.reading() as connection:
        return await any_card(connection)


async def seed(database: Database, gateway: Gateway, settling: Settling) -> int:
    """Adds the sample's people and cards, as far as they are not there; how many cards it has.

    Raises:
        SampleRefused: The rules turned something away: a pipe was changed, perhaps.
    """
    day = await _day_of_the_beginning(database)
    if day is None and await works_here(database):
        return 0  # It was added long ago, and has been worked with since.
    await hire(database)
    teller = _Teller(
        gateway=gateway,
        settling=settling,
        pipes=await _definitions(database),
        day=day or utc_now().date(),
    )
    stories = [story for chapter in chapters() for story in chapter.stories]
    await _each(teller.begin, stories, at_once=_BEGUN_AT_ONCE)
    for chapter in chapters():
        await _each(teller.tell, chapter.stories, at_once=chapter.at_once)
    return len(stories)


async def _day_of_the_beginning(database: Database) -> date | None:
    """The day on which the sample was begun; None if that is not remembered, or never was."""
    first = chapters()[0].stories[0]
    async with database.reading() as connection:
        begun = await intents.read(connection, _key(first, 0))
    return None if begun is None else begun.created_at.date()


async def _definitions(database: Database) -> Mapping[PipeId, Definition]:
    pipes = {story.pipe for chapter in chapters() for story in chapter.stories}
    found: dict[PipeId, Definition] = {}
    async with database.reading() as connection:
        for pipe in pipes:
            current = await registry.current_version(connection, pipe)
            if current is None:
                raise SampleRefused(f"There is no pipe “{pipe}”: publish the shipped ones first.")
            found[pipe] = definition_from_document(json.loads(current.document))
    return found


async def _each[T](
    work: Callable[[T], Awaitable[None]], items: Iterable[T], *, at_once: int
) -> None:
    turns = asyncio.Semaphore(at_once)

    async def in_turn(item: T) -> None:
        async with turns:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(in_turn(item))


@dataclass(slots=True, kw_only=True)
class _Teller:
    """Does what the stories tell.

    Attributes:
        cards: The card of each story that has begun.
    """

    gateway: Gateway
    settling: Settling
    pipes: Mapping[PipeId, Definition]
    day: date
    cards: dict[str, Card] = field(default_factory=dict)

    async def begin(self, story: Story) -> None:
        """Creates the story's card."""
        outcome = await _patiently(
            partial(
                self.gateway.create,
                story.pipe,
                key=_key(story, 0),
                actor=_actor(story.who),
                values=beginning(story, self._known()),
            )
        )
        card = _accepted(outcome, f"“{story.id}” cannot begin")
        self.cards[story.id] = await self.settling.settled(card, None)

    async def tell(self, story: Story) -> None:
        """Does what happened to the card, in order."""
        card = self.cards[story.id]
        for number, step in enumerate(story.steps, start=1):
            handoff = self.pipes[story.pipe].phase(card.stay.phase).handoff
            wish = wish_of(step, self._known(), () if handoff is None else handoff.checklist)
            command = Command(key=_key(story, number), actor=_actor(step.who), wish=wish)
            outcome = await _patiently(partial(self.gateway.send, card.identity.id, command))
            done = _accepted(outcome, f"“{story.id}”, step {number} ({wish.kind})")
            card = await self.settling.settled(done, card)

    def _known(self) -> Known:
        keys = {story: card.identity.key for story, card in self.cards.items()}
        return Known(keys=keys, day=self.day)


async def _patiently(send: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Sends the same again, a few times, where the engine is too busy with what came before."""
    for _ in range(_PATIENCE):
        with suppress(EngineUnavailable):
            return await send()
    return await send()


def _actor(who: str) -> Actor:
    return Actor(kind="public", id="") if who == "public" else user(who)


def _key(story: Story, step: int) -> CommandKey:
    """The same for the same step, so that nothing is done twice."""
    return CommandKey(f"sample/{story.id}/{step}")


def _accepted(outcome: Outcome, what: str) -> Card:
    if isinstance(outcome, Accepted):
        return outcome.card
    reasons = " ".join(reason.message for reason in outcome.reasons)
    raise SampleRefused(f"{what}: {reasons}")
