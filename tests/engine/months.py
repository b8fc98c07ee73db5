"""The engine on a server whose clock skips ahead: months pass in a second."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from engine.core.actors import Actor, user
from engine.core.card import Card
from engine.core.commands import Command, Wish
from engine.gateway import Accepted, Gateway, Outcome, utc_now
from engine.publishing import Publication, publish
from engine.runtime.converting import data_converter
from engine.workflows.messages import Limits
from pipes.identifiers import FieldId, Instant, JsonValue, PipeId
from tests.engine.running import Engine, a_key, an_engine, eventually_so

# Between a timer's instant and what comes of it lies real time.
_A_MOMENT = timedelta(seconds=10)


@dataclass(slots=True)
class VirtualTime:
    """The time of a server that skips."""

    environment: WorkflowEnvironment
    ahead: timedelta = timedelta(0)

    def now(self) -> Instant:
        return utc_now() + self.ahead

    async def passes(self, length: timedelta) -> None:
        await self.environment.sleep(length)
        self.ahead = await self.environment.get_current_time() - utc_now()


@dataclass(slots=True, kw_only=True)
class Months:
    """An engine, and the time that passes in it."""

    engine: Engine
    time: VirtualTime

    @property
    def now(self) -> Instant:
        return self.time.now()

    async def publish(self, document: Mapping[str, Any]) -> PipeId:
        made = await publish(self.engine.database, json.dumps(document), by="ana", at=self.now)
        assert isinstance(made, Publication), made.findings
        return made.pipe

    async def create(
        self,
        pipe: PipeId,
        who: str = "ana",
        *,
        gateway: Gateway | None = None,
        **values: JsonValue,
    ) -> Card:
        given = {FieldId(name): value for name, value in values.items()}
        outcome = await (gateway or self.engine.gateway).create(
            pipe, key=a_key(None), actor=user(who), values=given
        )
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    async def does(self, card: Card, who: str | Actor, wish: Wish) -> Card:
        outcome = await self.sends(card, who, wish)
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    async def sends(
        self,
        card: Card,
        who: str | Actor,
        wish: Wish,
        *,
        key: str | None = None,
        seen: int | None = None,
        gateway: Gateway | None = None,
    ) -> Outcome:
        actor = user(who) if isinstance(who, str) else who
        command = Command(key=a_key(key), actor=actor, wish=wish, seen_version=seen)
        return await (gateway or self.engine.gateway).send(card.identity.id, command)

    async def passes(self, card: Card, length: timedelta) -> None:
        """Time passes; what the card does by itself meanwhile is done and recorded afterwards."""
        await self.time.passes(length)
        await self.settles(card)

    async def settles(self, card: Card) -> None:
        """Waits until the card has done what is due."""

        async def nothing_is_due() -> bool:
            report = await self.engine.report(card)
            return report.due is None or report.due > self.now

        await eventually_so(nothing_is_due)


@asynccontextmanager
async def months(
    environment: WorkflowEnvironment, folder: Path, *, limits: Limits | None = None
) -> AsyncIterator[Months]:
    """An engine on the server that skips; its worker is the test's."""
    config = environment.client.config()
    config["data_converter"] = data_converter
    time = VirtualTime(environment)
    async with an_engine(Client(**config), folder, clock=time.now, limits=limits) as engine:
        yield Months(engine=engine, time=time)
