"""The engine as it runs: a database, a worker and a gateway over a real Temporal server."""

import asyncio
import json
import sqlite3
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import override

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from engine.core.actors import InstallationRole, user
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, Wish
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.gateway import Accepted, Cards, Definitions, Gateway, Outcome, utc_now
from engine.gateway.cards import Reply, workflow_id
from engine.gateway.delivering import Deliveries
from engine.gateway.migrating import Migrations
from engine.gateway.relaying import Relay
from engine.gateway.sweeping import Sweeper
from engine.runtime.settings import Settings
from engine.store import log, people, registry
from engine.store.database import Database
from engine.store.people import User
from engine.workflows.messages import CardReport, CommandMessage, Creation, Limits
from pipes.identifiers import FieldId, Instant
from tests.engine.replaying import replay
from tests.engine.workflows.errands import DOCUMENT, ERRANDS, HASH
from workers.deliveries import Outgoing, outgoing_of
from workers.persistence import Persistence
from workers.ports import WORKFLOWS, database_ports


def at_once(_card: str) -> timedelta:
    """Of the patience of cards: no worker brings to them here what is due."""
    return timedelta(0)


# Nobody waits minutes for an automation that fails in a test.
BRIEFLY = Persistence(tries=3, first_pause=timedelta(milliseconds=50))


# Once in thousands of tests a worker of the SDK does not come to its end. In production whoever
# started it kills it then (engine/runtime/children.py); here the end of the process does.
_ENDS_WITHIN = 60.0


class PatientWorker(Worker):
    """A worker that says what is left when it does not end, and is left alone then."""

    @override
    async def __aexit__(self, exc_type: type[BaseException] | None, *args: object) -> None:
        patience = asyncio.timeout(_ENDS_WITHIN)
        try:
            async with patience:
                await super().__aexit__(exc_type, *args)
        except TimeoutError:
            if not patience.expired():
                raise
            for task in asyncio.all_tasks():
                task.print_stack(file=sys.stderr)


@dataclass(slots=True, kw_only=True)
class Engine:
    """One installation. Keys of commands are made up unless a test cares for them."""

    client: Client
    database: Database
    database_file: Path
    task_queue: str
    clock: Callable[[], Instant]
    limits: Limits
    configured: Mapping[str, object] = field(default_factory=dict)
    gateway: Gateway = field(init=False)
    cards: Cards = field(init=False)

    def __post_init__(self) -> None:
        self.cards = Cards(self.client, self.task_queue, self.limits, at_once)
        self.gateway = self.a_gateway()

    def a_gateway(
        self,
        *,
        cards: Cards | None = None,
        clock: Callable[[], Instant] | None = None,
        patience: timedelta = timedelta(seconds=8),
    ) -> Gateway:
        """Another process's gateway."""
        return Gateway(
            self.database,
            cards or self.cards,
            Definitions(),
            patience=patience,
            clock=clock or self.clock,
        )

    @contextmanager
    def held_database(self) -> Iterator[Gateway]:
        """A gateway that cannot write what its card answers, as somebody holds the database."""
        holder = sqlite3.connect(self.database_file, isolation_level=None)
        cards = HoldingCards(self.client, self.task_queue, self.limits, at_once)
        cards.holder = holder
        try:
            yield Gateway(
                self.database,
                cards,
                Definitions(),
                clock=self.clock,
                recorded_within=timedelta(milliseconds=100),
            )
        finally:
            holder.close()

    def dying_gateway(self) -> Gateway:
        """The gateway of a process that dies as soon as a card has answered."""
        return self.a_gateway(cards=DyingCards(self.client, self.task_queue, self.limits, at_once))

    @property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.database, self.cards, Definitions(), clock=self.clock)

    @property
    def settings(self) -> Settings:
        """What its processes are configured with: tests receive what it sends on this machine."""
        settings = Settings(
            data=self.database_file.parent,
            task_queue=self.task_queue,
            allowed_networks=(IPv4Network("127.0.0.0/8"),),
        )
        return settings.model_copy(update=self.configured)

    @property
    def outgoing(self) -> Outgoing:
        return outgoing_of(self.database, Definitions(), self.gateway, self.client, self.settings)

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.database, self.client, self.task_queue)

    @property
    def migrations(self) -> Migrations:
        return Migrations(self.database, self.client, self.task_queue)

    @property
    def relay(self) -> Relay:
        return Relay(self.database, self.client, self.task_queue)

    def worker(self) -> Worker:
        """A worker as in production, but inside the sandbox."""
        return self._a_worker(SandboxedWorkflowRunner(), cached_cards=1000)

    def quick_worker(self) -> Worker:
        """A worker as in production, outside the sandbox: for many cards at once."""
        return self._a_worker(UnsandboxedWorkflowRunner(), cached_cards=1000)

    def forgetful_worker(self) -> Worker:
        """A worker that keeps no card in memory: each task replays all of the card's run.

        It works outside the sandbox, which would have to be made anew each time.
        """
        return self._a_worker(UnsandboxedWorkflowRunner(), cached_cards=0)

    def _a_worker(self, runner: WorkflowRunner, *, cached_cards: int) -> Worker:
        ports = database_ports(
            self.database,
            Definitions(),
            self.gateway,
            self.outgoing,
            lambda: None,
            persistence=BRIEFLY,
        )
        return PatientWorker(
            self.client,
            task_queue=self.task_queue,
            workflows=WORKFLOWS,
            activities=ports.activities(),
            workflow_runner=runner,
            max_cached_workflows=cached_cards,
            sticky_queue_schedule_to_start_timeout=timedelta(milliseconds=500),
            # Of a busy machine nobody shall think that its workflows do not yield.
            debug_mode=True,
        )

    async def create(self, what: str = "Buy milk", *, key: str | None = None) -> Card:
        outcome = await self.gateway.create(
            ERRANDS, key=a_key(key), actor=user("ana"), values={FieldId("what"): what}
        )
        assert isinstance(outcome, Accepted), outcome
        return outcome.card

    async def send(
        self, card: Card, wish: Wish, *, key: str | None = None, seen: int | None = None
    ) -> Outcome:
        return await self.gateway.send(card.identity.id, a_command(wish, key=key, seen=seen))

    async def does(self, card: Card, wish: Wish, *, key: str | None = None) -> Accepted:
        outcome = await self.send(card, wish, key=key)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    async def report(self, card: Card) -> CardReport:
        return await self.cards.report(card.identity.id)

    async def length(self, card: Card) -> int:
        """How many events the card's history in Temporal has."""
        handle = self.client.get_workflow_handle(workflow_id(card.identity.id))
        return len((await handle.fetch_history()).events)

    async def until_ended(self, card: Card) -> None:
        """Waits until the workflow of a finished card has ended."""
        await self.client.get_workflow_handle(workflow_id(card.identity.id)).result()

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
        await replay(self.client, card.identity.id)


class HoldingCards(Cards):
    """Cards that answer, but by then the database is somebody else's."""

    holder: sqlite3.Connection

    @override
    async def command(self, card: str, message: CommandMessage) -> Reply:
        reply = await super().command(card, message)
        self.holder.execute("BEGIN IMMEDIATE")
        return reply


class Died(BaseException):
    """The process is gone: nothing after this is done."""


class DyingCards(Cards):
    """Cards that answer a process that dies."""

    @override
    async def command(self, card: str, message: CommandMessage) -> Reply:
        await super().command(card, message)
        raise Died

    @override
    async def create(self, card: str, creation: Creation) -> Reply:
        await super().create(card, creation)
        raise Died


async def eventually_so(condition: Callable[[], Awaitable[bool]], *, within: float = 60) -> None:
    """As `eventually`, for conditions that have to be asked for."""
    async with asyncio.timeout(within):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


def a_command(wish: Wish, *, key: str | None = None, seen: int | None = None) -> Command:
    return Command(key=a_key(key), actor=user("ana"), wish=wish, seen_version=seen)


def a_key(key: str | None) -> CommandKey:
    return CommandKey(key or str(uuid.uuid4()))


@asynccontextmanager
async def an_engine(
    client: Client,
    folder: Path,
    *,
    clock: Callable[[], Instant] = utc_now,
    limits: Limits | None = None,
    configured: Mapping[str, object] | None = None,
    address: str | None = None,
) -> AsyncIterator[Engine]:
    """An installation with a pipe of errands, and Ana, to whom it belongs. No worker runs yet.

    Its database is in the folder, unless another one's address is given.
    """
    database = Database(address or f"sqlite:///{folder / 'phaseline.db'}")
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
            database_file=folder / "phaseline.db",
            task_queue=f"errands-{uuid.uuid4()}",
            clock=clock,
            limits=limits or Limits(),
            configured=configured or {},
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
