"""What of a card's history is not yet known to be recorded, and the digests that prove the rest.

Temporal replays decisions. Should changed code decide an old command differently, the card's past
would be rewritten in silence; so whoever has recorded something brings back the digest of it, and
the card compares.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from engine.core.card import Card
from engine.core.events import Event
from engine.encoding import next_digest
from engine.workflows.messages import Mark, RecordRequest
from engine.workflows.ports import Recorder

# For ever, and soon after the database is back.
PATIENCE = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5)
)
ATTEMPT = timedelta(seconds=10)
# Who waits for the outside and has not been heard of for so long is gone: another one takes over.
HEARD_OF = timedelta(seconds=10)
ONCE, AT_ONCE = RetryPolicy(maximum_attempts=1), timedelta(seconds=3)
DIVERGED = "diverged"


class CannotGoOn(Exception):
    """It fails the workflow task, so that the card waits for people instead of lying to them."""


class Diverged(CannotGoOn):
    """The database holds another history than the card decided."""


class Outbox:
    """The end of a card's history, from the last place known to be recorded."""

    def __init__(self, confirmed: Mark, events: tuple[Event, ...] = ()) -> None:
        self._confirmed = confirmed
        self._events: list[Event] = []
        self._digests: list[str] = []
        self.add(events)

    @property
    def confirmed(self) -> Mark:
        """Up to where the history is known to be recorded."""
        return self._confirmed

    @property
    def unrecorded(self) -> tuple[Event, ...]:
        """What comes after that."""
        return tuple(self._events)

    def add(self, events: tuple[Event, ...]) -> None:
        """Appends what has just happened."""
        digest = self._digests[-1] if self._digests else self._confirmed.digest
        for event in events:
            digest = next_digest(digest, event)
            self._events.append(event)
            self._digests.append(digest)

    def compare(self, recorded: Mark) -> None:
        """Takes note that so much is recorded.

        Raises:
            Diverged: Something else is recorded than has been decided here.
        """
        passed = recorded.sequence - self._confirmed.sequence
        if passed < 0:
            return  # News that is older than what is known.
        if passed > len(self._events):
            raise Diverged(
                f"Up to {recorded.sequence} is recorded, but the card has only"
                f" {self._confirmed.sequence + len(self._events)} events."
            )
        decided = self._digests[passed - 1] if passed else self._confirmed.digest
        if decided != recorded.digest:
            raise Diverged(
                f"Recorded up to {recorded.sequence} is {recorded.digest}, now decided {decided}."
            )
        self._confirmed = recorded
        del self._events[:passed], self._digests[:passed]

    async def pump(self, card: Card) -> None:
        """Records everything, however long it takes, and compares the receipt.

        Raises:
            Diverged: Something else is recorded than has been decided here.
        """
        if not self._events:
            return
        try:
            receipt = await workflow.execute_activity_method(
                Recorder.record,
                RecordRequest(card=card, after=self._confirmed, events=self.unrecorded),
                start_to_close_timeout=ATTEMPT,
                retry_policy=PATIENCE,
                summary=f"up to {card.version}",
            )
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == DIVERGED:
                raise Diverged(error.cause.message) from error
            raise CannotGoOn("The recording of events was given up.") from error
        self.compare(receipt)
