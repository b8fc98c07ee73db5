"""What workflows ask of the outside, as typed activities; `workers` implements them."""

from abc import ABC, abstractmethod

from temporalio import activity

from engine.core.facts import Facts
from engine.workflows.messages import (
    GatherRequest,
    Mark,
    RecordedCard,
    RecordRequest,
    TellRequest,
)


class Recorder(ABC):
    """Writes what happened into the database, and reads a card back from it."""

    @activity.defn
    @abstractmethod
    async def record(self, request: RecordRequest) -> Mark:
        """Records the events; a repeat changes nothing. Answers what is recorded at their end."""

    @activity.defn
    @abstractmethod
    async def load_card(self, card: str) -> RecordedCard:
        """The card as it is recorded."""


class Gatherer(ABC):
    """Finds out what the core has to be told."""

    @activity.defn
    @abstractmethod
    async def gather(self, request: GatherRequest) -> Facts:
        """The facts that the core asks for, for this command of this card."""


class Messenger(ABC):
    """Tells people what happened."""

    @activity.defn
    @abstractmethod
    async def tell(self, request: TellRequest) -> None:
        """Tells everybody whom the notices address; a repeat tells nobody twice."""
