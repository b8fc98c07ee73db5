"""Carrying migrations out, some cards at a time, behind what people do."""

import asyncio
from typing import override

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from engine.gateway import Definitions, Gateway, utc_now
from engine.gateway.migrating import Course, Migrations, carried_out, course_of, foretold
from engine.store import card_migrations as store
from engine.store.card_migrations import Line
from engine.store.database import UNAVAILABLE, Database, DBAPIError
from engine.workflows.ports import Migrator

# Cards of one turn, and how many of them at once: people's commands come in between.
_TURN = 100
_AT_ONCE = 4
_EVERY_SECONDS = 5.0

log = structlog.get_logger(__name__)


class CardMigrator(Migrator):
    """The migrator over the installation's database."""

    def __init__(self, database: Database, definitions: Definitions, gateway: Gateway) -> None:
        self._database = database
        self._definitions = definitions
        self._gateway = gateway

    @override
    @activity.defn
    async def migrate_some(self, migration: str) -> bool:
        async with self._database.writing() as connection:
            await store.take_up(connection, migration)
            found = await store.read(connection, migration)
            if found is None:
                raise ApplicationError(f"There is no migration {migration!r}.", non_retryable=True)
            course = await course_of(connection, self._definitions, found)
            waiting = await store.lines(connection, migration, outcome="waiting", limit=_TURN)
        for begin in range(0, len(waiting), _AT_ONCE):
            activity.heartbeat()
            if await self._is_stopped(migration):
                break
            async with asyncio.TaskGroup() as tasks:
                for line in waiting[begin : begin + _AT_ONCE]:
                    tasks.create_task(self._bring(course, line))
        return await self._goes_on(migration)

    async def _bring(self, course: Course, line: Line) -> None:
        """Does one card, and notes what came of it."""
        if course.migration.dry_run:
            async with self._database.reading() as connection:
                done = await foretold(connection, self._definitions, course, line, utc_now())
        else:
            done = await carried_out(self._database, self._definitions, self._gateway, course, line)
        async with self._database.writing() as connection:
            await store.note(connection, course.migration.id, done)

    async def _is_stopped(self, migration: str) -> bool:
        async with self._database.reading() as connection:
            found = await store.read(connection, migration)
        return found is None or found.state == "stopping"

    async def _goes_on(self, migration: str) -> bool:
        async with self._database.writing() as connection:
            found = await store.read(connection, migration)
            waits = await store.lines(connection, migration, outcome="waiting", limit=1)
            if found is not None and waits and found.state != "stopping":
                return True
            await store.end(connection, migration, utc_now())
            return False


async def keep_beginning(database: Database, client: Client, task_queue: str) -> None:
    """Begins migrations whose sender died before they could, again and again."""
    migrations = Migrations(database, client, task_queue)
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        try:
            await migrations.begin_left_behind()
        except (*UNAVAILABLE, DBAPIError, RPCError) as error:
            log.warning("cannot begin a migration yet", error=str(error))
