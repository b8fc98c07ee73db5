"""What a worker runs: every workflow, and its answers to what those ask of the outside."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.gateway import Definitions, Gateway
from engine.store.database import Database
from engine.workflows.card import CardWorkflow
from engine.workflows.deliveries import DeliveryWorkflow, LaneWorkflow
from engine.workflows.effects import EffectWorkflow
from engine.workflows.looking import LookingWorkflow
from engine.workflows.migration import MigrationWorkflow
from engine.workflows.ports import (
    Automator,
    Courier,
    Deliverer,
    Gatherer,
    Messenger,
    Migrator,
    Onlooker,
    Postman,
    Recorder,
    Timetable,
)
from engine.workflows.post import PostWorkflow
from engine.workflows.scheduled import ScheduledWorkflow
from workers.automating import CardAutomator
from workers.deliveries import Outgoing
from workers.gathering import DatabaseGatherer
from workers.looking import CardOnlooker
from workers.migrating import CardMigrator
from workers.persistence import Persistence
from workers.recording import DatabaseRecorder
from workers.telling import DatabaseMessenger
from workers.timetable import CardTimetable

WORKFLOWS: tuple[type, ...] = (
    CardWorkflow,
    DeliveryWorkflow,
    EffectWorkflow,
    LaneWorkflow,
    LookingWorkflow,
    MigrationWorkflow,
    PostWorkflow,
    ScheduledWorkflow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What workflows ask of the outside, as this process answers it."""

    recorder: Recorder
    gatherer: Gatherer
    messenger: Messenger
    postman: Postman
    automator: Automator
    courier: Courier
    deliverer: Deliverer
    onlooker: Onlooker
    timetable: Timetable
    migrator: Migrator

    def activities(self) -> tuple[Callable[..., object], ...]:
        """All of it, for a worker."""
        automator = self.automator
        return (
            self.recorder.record,
            self.recorder.load_card,
            self.gatherer.gather,
            self.messenger.tell,
            self.messenger.tell_delegate,
            self.postman.mail_what_waits,
            automator.plan,
            automator.act,
            automator.work_out,
            automator.create,
            automator.write,
            automator.finish,
            self.courier.send_off,
            self.courier.ask,
            self.courier.hear,
            self.deliverer.next_in_lane,
            self.deliverer.send,
            self.deliverer.conclude,
            self.deliverer.hurry,
            self.onlooker.look_again,
            self.timetable.begin_scheduled,
            self.migrator.migrate_some,
        )


def database_ports(
    database: Database,
    definitions: Definitions,
    gateway: Gateway,
    outgoing: Outgoing,
    poke: Callable[[], None],
    *,
    persistence: Persistence | None = None,
    pages: str = "",
) -> Ports:
    """The ports over the installation's database; `poke` is called when something follows, and
    `pages` is where people reach the pages.
    """
    return Ports(
        recorder=DatabaseRecorder(database, definitions, poke),
        gatherer=DatabaseGatherer(database, definitions, pages),
        messenger=DatabaseMessenger(database, definitions, outgoing.post),
        postman=outgoing.postman,
        automator=CardAutomator(database, definitions, gateway, persistence or Persistence()),
        courier=outgoing.courier,
        deliverer=outgoing.deliverer,
        onlooker=CardOnlooker(database, definitions, gateway),
        timetable=CardTimetable(database, definitions, gateway, persistence or Persistence()),
        migrator=CardMigrator(database, definitions, gateway),
    )
