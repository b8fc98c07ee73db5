"""Bringing cards onto another version of their pipe: told beforehand, begun, and carried out.

One command for each card, by a key made of the migration and the card: whoever dies in between,
the next one sends the same again, and each card goes over once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from engine.core.actors import user
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, MigrateCard
from engine.core.decide import decide
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.core.facts import Facts
from engine.core.migration_words import changes_told
from engine.core.moving import questions_children
from engine.core.reasons import Reason, ReasonCode, Rejection
from engine.gateway.definitions import Definitions, Published
from engine.gateway.gateway import Gateway
from engine.gateway.gathering import gather_looking, look
from engine.gateway.outcomes import Accepted, EngineFault, NoSuchCard, Rejected
from engine.gateway.timekeeping import utc_now
from engine.store import card_migrations as store, log
from engine.store.card_migrations import Line, Migration, Selection
from engine.store.database import AsyncConnection, Database
from engine.workflows.migration import MigrationWorkflow, migration_workflow_id
from pipes.identifiers import Instant, PipeId, UserId

# A migration that was noted so long ago has lost whoever was to begin it.
_LEFT_BEHIND = timedelta(seconds=10)


class Migrations:
    """The migrations of an installation. Any number of processes may have one."""

    def __init__(self, database: Database, client: Client, task_queue: str) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue

    async def begin(self, migration: Migration, selection: Selection) -> Migration:
        """Begins a migration; a repeat gives the one that was begun."""
        async with self._database.writing() as connection:
            known = await store.begin(connection, migration, selection)
        await self._start(migration.id)
        return known or migration

    async def stop(self, migration: str) -> bool:
        """Stops it before its next card; false if it is over already."""
        async with self._database.writing() as connection:
            return await store.stop(connection, migration)

    async def begin_left_behind(self) -> None:
        """Begins what was noted by somebody who could not begin it any more."""
        async with self._database.reading() as connection:
            found = await store.left_behind(connection, before=utc_now() - _LEFT_BEHIND)
        for migration in found:
            await self._start(migration)

    async def _start(self, migration: str) -> None:
        await self._client.start_workflow(
            MigrationWorkflow.run,
            migration,
            id=migration_workflow_id(migration),
            task_queue=self._task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a migration does with each card: by whose command, and to which version."""

    migration: Migration
    target: Published

    def command(self, card: str) -> Command:
        """The command for a card, by a key of its own."""
        wish = MigrateCard(
            definition_version=self.target.pinned.version,
            definition_hash=self.target.pinned.hash,
            plan=self.migration.plan,
        )
        return Command(
            key=CommandKey(f"migration:{self.migration.id}:{card}"),
            actor=user(UserId(self.migration.begun_by)),
            wish=wish,
        )


async def course_of(
    connection: AsyncConnection, definitions: Definitions, migration: Migration
) -> Course:
    """What the migration does.

    Raises:
        EngineFault: The registry does not have the version.
    """
    pipe, number = PipeId(migration.pipe), migration.to_version
    target = await definitions.version(connection, pipe, number)
    if target is None:
        raise EngineFault(f"There is no version {number} of the pipe {pipe!r}.")
    return Course(migration=migration, target=target)


async def foretold(
    connection: AsyncConnection, definitions: Definitions, course: Course, line: Line, at: Instant
) -> Line:
    """What would come of a card at this moment: decided as always, and nothing is done."""
    stored = await log.load_card(connection, line.card)
    if stored is None:
        return _gone(line)
    card, target = stored.card, course.target
    running = await definitions.of_card(connection, card)
    command = course.command(line.card)
    facts = await gather_looking(connection, running, card, command, at, target=target)
    outcome = decide(running.pipe, card, command, facts, target.pipe)
    if isinstance(outcome, Rejection):
        return replace(line, outcome="refused", reasons=outcome.reasons)
    return _told(line, running, target, (card, outcome, facts), "migrates")


async def carried_out(
    database: Database, definitions: Definitions, gateway: Gateway, course: Course, line: Line
) -> Line:
    """Brings a card over; what came of it.

    Raises:
        EngineUnavailable: It took too long; the same may be asked for again.
    """
    try:
        outcome = await gateway.send(line.card, course.command(line.card))
    except NoSuchCard:
        return _gone(line)
    except EngineFault as fault:
        reason = Reason(code=ReasonCode.NOT_THERE, message=f"The engine has failed: {fault}")
        return replace(line, outcome="failed", reasons=(reason,))
    match outcome:
        case Rejected(reasons=reasons):
            return replace(line, outcome="refused", reasons=reasons)
        case Accepted(events=events) if not events:
            return replace(line, outcome="unchanged")
        case Accepted(events=events):
            async with database.reading() as connection:
                before = await _before(connection, line.card, events[0])
                running = await definitions.of_card(connection, before)
                facts = await look(
                    connection,
                    course.target,
                    card=line.card,
                    actor=user(UserId(course.migration.begun_by)),
                    at=events[0].at,
                    asked=questions_children(course.target.pipe, outcome.card),
                )
            return _told(line, running, course.target, (before, events, facts), "migrated")


async def _before(connection: AsyncConnection, card: str, event: Event) -> Card:
    """The card as it was before the event."""
    before: Card | None = None
    for each in await log.read_events(connection, card, limit=event.sequence - 1):
        before = evolve(before, each)
    if before is None or before.version != event.sequence - 1:
        raise EngineFault(f"What came before event {event.sequence} is not recorded yet.")
    return before


def _told(
    line: Line,
    running: Published,
    target: Published,
    decided: tuple[Card, Iterable[Event], Facts],
    outcome: store.CardOutcome,
) -> Line:
    card, events, facts = decided
    changes = changes_told(running.pipe, target.pipe, card, events, facts)
    if not tuple(events):
        return replace(line, outcome="unchanged")
    return replace(line, outcome=outcome, changes=changes)


def _gone(line: Line) -> Line:
    reason = Reason(code=ReasonCode.UNKNOWN_CARD, message="There is no such card any more.")
    return replace(line, outcome="failed", reasons=(reason,))
