"""What a card asks of the outside, as typed activities; `workers` implements them."""

from temporalio import activity

from engine.core.facts import Facts
from engine.workflows.messages import GatherRequest, Mark, RecordedCard, RecordRequest


class Recorder:
    """Writes what happened into the database, and reads a card back from it."""

    @activity.defn
    async def record(self, request: RecordRequest) -> Mark:
        """Records the events; a repeat changes nothing. Answers what is recorded at their end."""
        raise NotImplementedError

    @activity.defn
    async def load_card(self, card: str) -> RecordedCard:
        """The card as it is recorded."""
        raise NotImplementedError


class Gatherer:
    """Finds out what the core has to be told."""

    @activity.defn
    async def gather(self, request: GatherRequest) -> Facts:
        """The facts that the core asks for, for this command of this card."""
        raise NotImplementedError
