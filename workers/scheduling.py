"""Keeping Temporal's schedules as the published definitions say, in their own time zones.

Temporal knows the zones and their clock changes; here it is only told which automation has which
times. Every worker looks after that; doing it twice changes nothing.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from engine.core.automations import only_creates
from engine.gateway import Definitions
from engine.store import registry
from engine.store.database import UNAVAILABLE, Database, DBAPIError
from engine.workflows.errands import TimetableEntry
from engine.workflows.scheduled import ScheduledWorkflow
from pipes.definition import Automation
from pipes.identifiers import PipeId

_EVERY_SECONDS = 2.0
# What came due while nothing ran is made up for, unless it is older than this.
_CATCH_UP = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When an automation is set off."""

    entry: TimetableEntry
    cron: str
    timezone: str


class Schedules:
    """The schedules of one installation."""

    def __init__(
        self, database: Database, definitions: Definitions, client: Client, task_queue: str
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._client = client
        self._task_queue = task_queue
        self._known: tuple[tuple[str, int, bool], ...] | None = None

    async def keep(self) -> None:
        """Brings Temporal's schedules up to date whenever something was published or retired."""
        while True:
            try:
                await self.look()
            except (*UNAVAILABLE, DBAPIError, RPCError) as error:
                log.warning("cannot keep the schedules", error=str(error))
            await asyncio.sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        """Brings them up to date if anything was published or retired since the last look."""
        async with self._database.reading() as connection:
            published = await registry.pipe_versions_in_use(connection)
            if published == self._known:
                return
            wanted: dict[str, Times] = {}
            for pipe, _, retired in published:
                current = await self._definitions.current(connection, PipeId(pipe))
                if current is not None:
                    automations = current.pipe.definition.automations
                    kept = [each for each in automations if not (retired and only_creates(each))]
                    wanted |= self._times(PipeId(pipe), kept)
        await self._bring_up_to_date(wanted)
        self._known = published

    def _times(self, pipe: PipeId, automations: Iterable[Automation]) -> dict[str, Times]:
        return {
            f"{self._prefix}{pipe}/{each.id}": Times(
                entry=TimetableEntry(pipe=pipe, automation=each.id),
                cron=each.on.cron,
                timezone=each.on.timezone or "UTC",
            )
            for each in automations
            if each.on.event == "schedule" and each.on.cron is not None
        }

    @property
    def _prefix(self) -> str:
        return f"{self._task_queue}/"

    async def _bring_up_to_date(self, wanted: Mapping[str, Times]) -> None:
        for name, times in wanted.items():
            try:
                await self._create_or_replace(name, self._schedule(name, times))
            except RPCError as error:
                if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                    raise
                log.exception("a schedule cannot be kept", schedule=name)
        async for listed in await self._client.list_schedules():
            if listed.id.startswith(self._prefix) and listed.id not in wanted:
                await self._delete(listed.id)

    async def _create_or_replace(self, name: str, schedule: Schedule) -> None:
        def as_it_is_now(_: ScheduleUpdateInput) -> ScheduleUpdate:
            return ScheduleUpdate(schedule=schedule)

        try:
            await self._client.create_schedule(name, schedule)
        except ScheduleAlreadyRunningError:
            await self._client.get_schedule_handle(name).update(as_it_is_now)

    async def _delete(self, name: str) -> None:
        try:
            await self._client.get_schedule_handle(name).delete()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise  # Another worker was faster.

    def _schedule(self, name: str, times: Times) -> Schedule:
        return Schedule(
            action=ScheduleActionStartWorkflow(
                ScheduledWorkflow.run,
                times.entry,
                id=f"scheduled/{name}",
                task_queue=self._task_queue,
            ),
            spec=ScheduleSpec(cron_expressions=[times.cron], time_zone_name=times.timezone),
            policy=SchedulePolicy(catchup_window=_CATCH_UP),
        )
