"""The engine as it runs: a database, a worker and a gateway over a real Temporal server."""

import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from engine.core.actors import InstallationRole, user
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, Wish
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.gateway import Accepted, Cards, Definitions, Gateway, Outcome, utc_now
from engine.gateway.sweeping import Sweeper
from engine.store import log, people, registry
from engine.store.database import Database
from engine.store.people import User
from engine.workflows.card import CardWorkflow
from engine.workflows.messages import CardReport, Limits
from pipes.identifiers import Instant
from tests.engine.workflows.errands import DOCUMENT, ERRANDS, HASH
from workers.gathering import DatabaseGatherer
from workers.recording import DatabaseRecorder


@dataclass(slots=True, kw_only=True)
class Engine:
    """One installation. Keys of commands are made up unless a test cares for them."""

    client: Client
    database: Database
    task_queue: str
    clock: Callable[[], Instant]
    limits: Limits
    gateway: Gateway = field(init=False)
    cards: Cards = field(init=False)

    def __post_init__(self) -> None:
        self.cards = Cards(self.client, self.task_queue, self.limits)
        self.gateway = self.a_gateway()

    def a_gateway(self, database: Database | None = None) -> Gateway:
        """Another process's gateway, perhaps with a database of its own."""
        return Gateway(database or self.database, self.cards, Definitions(), clock=self.clock)

    @property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.database, self.cards, clock=self.clock)

    def worker(self) -> Worker:
        """A worker as in production, but inside the sandbox."""
        definitions = Definitions()
        recorder = DatabaseRecorder(self.database, definitions)
        gatherer = DatabaseGatherer(self.database, definitions)
        return Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=[CardWorkflow],
            activities=[recorder.record, recorder.load_card, gatherer.gather],
            workflow_runner=SandboxedWorkflowRunner(),
            sticky_queue_schedule_to_start_timeout=timedelta(milliseconds=500),
        )

    async def create(self, what: str = "Buy milk", *, key: str | None = None) -> Card:
        outcome = await self.gateway.create(
            ERRANDS, key=a_key(key), actor=user("ana"), values={"what": what}
        )
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    async def send(
        self, card: Card, wish: Wish, *, key: str | None = None, seen: int | None = None
    ) -> Outcome:
        command = Command(key=a_key(key), actor=user("ana"), wish=wish, seen_version=seen)
        return await self.gateway.send(card.identity.id, command)

    async def does(self, card: Card, wish: Wish, *, key: str | None = None) -> Accepted:
        outcome = await self.send(card, wish, key=key)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    async def report(self, card: Card) -> CardReport:
        return await self.cards.report(card.identity.id)

    async def stored(self, card: Card) -> Card:
        async with self.database.reading() as connection:
            stored = await log.load_card(connection, card.identity.id)
        assert stored is not None
        return stored.card

    async def history(self, card: Card) -> tuple[Event, ...]:
        """The recorded events; they are without gaps, and make the recorded card."""
        async with self.database.reading() as connection:
            events = await log.read_events(connection, card.identity.id)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        made: Card | None = None
        for event in events:
            made = evolve(made, event)
        assert made == await self.stored(card)
        return events

    async def replay(self, card: Card) -> None:
        """Replays every run of the card; fails if one comes out differently."""
        replayer = Replayer(
            workflows=[CardWorkflow],
            data_converter=pydantic_data_converter,
            workflow_runner=SandboxedWorkflowRunner(),
        )
        runs = self.client.list_workflows(f'WorkflowId = "card/{card.identity.id}"')
        await replayer.replay_workflows(runs.map_histories(), raise_on_replay_failure=True)


def a_key(key: str | None) -> CommandKey:
    return CommandKey(key or str(uuid.uuid4()))


@asynccontextmanager
async def an_engine(
    client: Client,
    folder: Path,
    *,
    clock: Callable[[], Instant] = utc_now,
    limits: Limits | None = None,
) -> AsyncIterator[Engine]:
    """An installation with a pipe of errands, and Ana, to whom it belongs. No worker runs yet."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'phaseline.db'}")
    await database.migrate()
    async with database.writing() as connection:
        await people.add_user(connection, a_user("ana", "owner"))
        await people.add_user(connection, a_user("bo", "member"))
        await registry.publish(
            connection,
            pipe=ERRANDS,
            name="Errands",
            digest=HASH,
            document=json.dumps(DOCUMENT),
            holidays="{}",
            by="ana",
            at=utc_now(),
        )
    try:
        yield Engine(
            client=client,
            database=database,
            task_queue=f"errands-{uuid.uuid4()}",
            clock=clock,
            limits=limits or Limits(),
        )
    finally:
        await database.close()


def a_user(name: str, role: InstallationRole) -> User:
    return User(
        id=name,
        name=name.capitalize(),
        email=None,
        password_hash=None,
        must_change_password=False,
        installation_role=role,
        disabled=False,
        created_at=utc_now(),
    )
