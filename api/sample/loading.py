"""Adds the sample while people look around already: begun once in a process, and followed."""

import asyncio
from dataclasses import dataclass, field

import structlog

from api.sample.seeding import SampleRefused, seed
from engine.gateway import Gateway, GatewayError
from engine.gateway.settling import Settling
from engine.store.database import Database

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class SampleLoading:
    """The sample on its way. What was interrupted is begun again by whoever asks for it."""

    problem: str = ""
    _task: asyncio.Task[None] | None = field(default=None)

    @property
    def is_running(self) -> bool:
        """Whether it is being added now."""
        return self._task is not None and not self._task.done()

    def begin(self, database: Database, gateway: Gateway, settling: Settling) -> None:
        """Begins to add the sample, unless that is under way."""
        if not self.is_running:
            self.problem = ""
            loading = self._load(database, gateway, settling)
            self._task = asyncio.create_task(loading, name="add the sample")

    async def _load(self, database: Database, gateway: Gateway, settling: Settling) -> None:
        try:
            await seed(database, gateway, settling)
        except* (SampleRefused, GatewayError) as failed:
            self.problem = str(failed.exceptions[0])
            log.warning("the sample was not added as a whole", why=self.problem)
