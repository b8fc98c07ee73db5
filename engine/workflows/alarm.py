"""The one timer of a card: for the earliest instant at which something happens by itself."""

import asyncio
from datetime import timedelta

from temporalio import workflow

from pipes.identifiers import Instant

_LEAST = timedelta(milliseconds=1)


class Alarm:
    """A timer that moves only when its instant changes: each move costs two events of history."""

    def __init__(self) -> None:
        self._at: Instant | None = None
        self._sleep: asyncio.Task[None] | None = None

    @property
    def is_ringing(self) -> bool:
        """Whether the instant it was set to has come."""
        return self._sleep is not None and self._sleep.done()

    def set(self, at: Instant, summary: str) -> None:
        """Sets it to this instant; `summary` tells operators what for."""
        if at == self._at:
            return
        self.stop()
        length = max(at - workflow.now(), _LEAST)
        self._at = at
        self._sleep = asyncio.create_task(workflow.sleep(length, summary=summary))

    def stop(self) -> None:
        """Takes the timer away, also one that rings."""
        if self._sleep is not None:
            self._sleep.cancel()
        self._at = self._sleep = None
