"""The one timer of a card: for the earliest instant at which something happens by itself."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from pipes.identifiers import Instant

_LEAST = timedelta(milliseconds=1)


class Alarm:
    """A timer that is moved as seldom as can be: each move costs two events of history.

    When it is set to a later instant, the timer that runs already is left to run: it comes too
    early, and only then is a new one started. Most cards are moved on long before.
    """

    def __init__(self) -> None:
        self._at: Instant | None = None
        self._runs_until: Instant | None = None
        self._sleep: asyncio.Task[None] | None = None

    @property
    def has_come(self) -> bool:
        """Whether its timer has run out, be it too early."""
        return self._sleep is not None and self._sleep.done()

    @property
    def is_ringing(self) -> bool:
        """Whether the instant it was set to has come."""
        return self.has_come and self._runs_until == self._at

    def set(self, at: Instant, summary: str) -> None:
        """Sets it to this instant; `summary` tells operators what for."""
        if self._will_come_by(at) or (self.is_ringing and at == self._at):
            self._at = at
            return
        self.stop()
        length = max(at - workflow.now(), _LEAST)
        self._at = self._runs_until = at
        self._sleep = asyncio.create_task(workflow.sleep(length, summary=summary))

    def _will_come_by(self, at: Instant) -> bool:
        running = self._sleep is not None and not self._sleep.done()
        return running and self._runs_until is not None and self._runs_until <= at

    def stop(self) -> None:
        """Takes the timer away, also one that rings."""
        if self._sleep is not None:
            self._sleep.cancel()
        self._at = self._runs_until = self._sleep = None
