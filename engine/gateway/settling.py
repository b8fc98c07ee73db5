"""Waiting for what a card does by itself: until the automations that its events set off have run.

People see what happens by itself before they go on; a program that does what people did waits here.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import takewhile

from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from engine.core.card import Card
from engine.core.effects import EffectOrder, RunAutomations, effects
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.gateway.definitions import Definitions
from engine.gateway.outcomes import EngineFault
from engine.store import log, outbox
from engine.store.database import Database
from engine.workflows.effects import effect_workflow_id

_LOOK_AGAIN_SECONDS = 0.03


class Settling:
    """Waits for cards. Any number of processes may have one."""

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        client: Client,
        *,
        patience: timedelta = timedelta(seconds=60),
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._client = client
        self._patience = patience

    async def settled(self, card: Card, before: Card | None) -> Card:
        """The card as it is once its automations have run, and those that these set off in it.

        What people did after that, if they did, is not looked at. An automation that does not come
        to its end is not waited for longer than the patience.

        Args:
            card: The card as somebody's command left it.
            before: The card before that command; None if it created the card.
        """
        reached = before
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.total_seconds()):
                while happened := await self._happened(card, reached):
                    reached = await self._followed(card, reached, happened)
        return card if reached is None or reached.version < card.version else reached

    async def _happened(self, card: Card, reached: Card | None) -> tuple[Event, ...]:
        """What is recorded beyond what has been followed: as much as the card has told, or more."""
        version = 0 if reached is None else reached.version
        while True:
            async with self._database.reading() as connection:
                happened = await log.read_events(connection, card.identity.id, after=version)
            if (happened[-1].sequence if happened else version) >= card.version:
                return tuple(takewhile(partial(_follows, card), happened))
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _followed(
        self, card: Card, reached: Card | None, happened: Iterable[Event]
    ) -> Card | None:
        """The card after these events, when their automations have run."""
        async with self._database.reading() as connection:
            versions = await self._definitions.of_events(connection, card, happened)
        for event in happened:
            after = evolve(reached, event)
            for order in effects(versions[after.pin.version], reached, event, after):
                if isinstance(order.effect, RunAutomations):
                    await self._until_done(order)
            reached = after
        return reached

    async def _until_done(self, order: EffectOrder) -> None:
        await self._until_taken_over(order)
        handle = self._client.get_workflow_handle(effect_workflow_id(order))
        try:
            await handle.result()
        except WorkflowFailureError:
            return  # Somebody has ended it; the card does not wait for it any more.
        except RPCError as error:
            # It was done so long ago that Temporal has forgotten it.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise EngineFault(f"Temporal does not tell how {order.id} ended.") from error

    async def _until_taken_over(self, order: EffectOrder) -> None:
        while True:
            async with self._database.reading() as connection:
                if not await outbox.has(connection, order):
                    return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _follows(card: Card, event: Event) -> bool:
    """Whether an event is of the command that left the card so, or happened by itself after it."""
    return event.sequence <= card.version or event.actor.kind in ("automation", "engine")
