"""What a worker runs: every workflow, and its answers to what those ask of the outside."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.gateway import Definitions
from engine.store.database import Database
from engine.workflows.card import CardWorkflow
from engine.workflows.effects import EffectWorkflow
from engine.workflows.ports import Gatherer, Messenger, Recorder
from workers.gathering import DatabaseGatherer
from workers.recording import DatabaseRecorder
from workers.telling import DatabaseMessenger

WORKFLOWS: tuple[type, ...] = (CardWorkflow, EffectWorkflow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What workflows ask of the outside, as this process answers it."""

    recorder: Recorder
    gatherer: Gatherer
    messenger: Messenger

    def activities(self) -> tuple[Callable[..., object], ...]:
        """All of it, for a worker."""
        recorder, gatherer, messenger = self.recorder, self.gatherer, self.messenger
        return (recorder.record, recorder.load_card, gatherer.gather, messenger.tell)


def database_ports(database: Database, definitions: Definitions, poke: Callable[[], None]) -> Ports:
    """The ports over the installation's database; `poke` is called when something follows."""
    return Ports(
        recorder=DatabaseRecorder(database, definitions, poke),
        gatherer=DatabaseGatherer(database, definitions),
        messenger=DatabaseMessenger(database, definitions),
    )
