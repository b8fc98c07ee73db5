"""What `phaseline doctor` looks at: how each thing is and, where it is not well, what to do."""

import hashlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from engine.gateway import utc_now
from engine.gateway.cards import cards_of
from engine.runtime.settings import Settings
from engine.runtime.temporal import TemporalUnreachable, connect
from engine.storage import ContentMissing, Storage, StorageUnavailable, storage_of
from engine.store import intents, outbox
from engine.store.database import UNAVAILABLE, Database, DBAPIError, Schema, TablesUnfit
from pipes.identifiers import Instant

type State = Literal["well", "warning", "fault"]

_TEMPORAL_WITHIN = timedelta(seconds=3)
_POLLS_WITHIN = timedelta(seconds=90)
_CLOCKS_DIFFER = timedelta(seconds=5)
_LEFT_BEHIND = timedelta(minutes=2)
_ENOUGH_BYTES, _FEW_BYTES = 1024**3, 100 * 1024**2
_STUCK = "TemporalReportedProblems IS NOT NULL"
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How one thing is. `advice` says what to do where it is not well."""

    subject: str
    state: State
    message: str
    advice: str = ""


async def examine(
    settings: Settings, *, clock: Callable[[], Instant] = utc_now
) -> AsyncIterator[Check]:
    """Looks at everything that an installation needs, one thing after the other."""
    yield _disk(settings.data)
    database = Database(settings.database)
    try:
        async for check in _database(database, clock):
            yield check
    finally:
        await database.close()
    yield await _storage(storage_of(settings))
    yield _secrets(settings)
    try:
        client = await connect(within=_TEMPORAL_WITHIN)
    except TemporalUnreachable as error:
        yield Check(subject="Temporal", state="fault", message=str(error))
        return
    yield Check(
        subject="Temporal", state="well", message=f"answers for namespace {client.namespace!r}"
    )
    async for check in _workers(client, settings.task_queue, clock()):
        yield check
    yield await _stuck_cards(client, settings.task_queue)


def _disk(folder: Path) -> Check:
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not os.access(there, os.W_OK):
        return Check(
            subject="disk",
            state="fault",
            message=f"{there} cannot be written",
            advice="Make it writable for this user, or choose another with PHASELINE_DATA.",
        )
    free = shutil.disk_usage(there).free
    message = f"{free // 1024**2:,} MiB free for {folder}"
    if free >= _ENOUGH_BYTES:
        return Check(subject="disk", state="well", message=message)
    state: State = "fault" if free < _FEW_BYTES else "warning"
    return Check(subject="disk", state=state, message=message, advice="Make room on this disk.")


def _secrets(settings: Settings) -> Check:
    if settings.secrets_key is None and settings.database_url is not None:
        return Check(
            subject="secrets",
            state="warning",
            message="nothing can be sealed: webhooks, second factors and replies do not work",
            advice="Set PHASELINE_SECRETS_KEY to what `phaseline secret key` makes.",
        )
    return Check(subject="secrets", state="well", message="there is a key to seal them with")


async def _storage(storage: Storage) -> Check:
    """Keeps a content for a moment, as uploads do."""
    said = f"Phaseline looks whether it can keep files: {uuid.uuid4()}".encode()
    name = hashlib.sha256(said).hexdigest()
    advice = "Look at PHASELINE_DATA, or at PHASELINE_S3_BUCKET and what signs in to it."
    try:
        with tempfile.NamedTemporaryFile() as source:
            source.write(said)
            source.flush()
            await storage.put(name, Path(source.name))
        kept = b"".join([piece async for piece in storage.read(name)])
        await storage.delete(name)
    except StorageUnavailable as error:
        return Check(subject="files", state="fault", message=str(error), advice=advice)
    except ContentMissing:
        kept = b""
    if kept != said:
        message = "what was kept did not come back as it was"
        return Check(subject="files", state="fault", message=message, advice=advice)
    return Check(subject="files", state="well", message="kept, read and deleted again")


async def _database(database: Database, clock: Callable[[], Instant]) -> AsyncIterator[Check]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        schema = await database.schema()
        here, there = clock(), await database.now()
        left = await _left_behind(database, clock()) if schema.is_usable else 0
        unknown = await _unknown_orders(database) if schema.is_usable else {}
    except (*UNAVAILABLE, DBAPIError) as error:
        said = str(getattr(error, "orig", error)).partition("\n")[0]
        advice = (
            "Look at PHASELINE_DATA: there is to be room, and a folder that can be written."
            if database.is_sqlite
            else "Start it, or set PHASELINE_DATABASE_URL to where it is."
        )
        yield Check(subject="database", state="fault", message=f"{kind}: {said}", advice=advice)
        return
    yield _tables(kind, schema)
    if not schema.is_usable:
        return
    yield _clocks("the database's clock", there - here)
    if left:
        yield Check(
            subject="commands",
            state="warning",
            message=f"{left} were noted more than {_minutes(_LEFT_BEHIND)} ago and never settled",
            advice="A worker settles them: see that one runs.",
        )
    if unknown:
        named = ", ".join(f"{number} × {kind}" for kind, number in sorted(unknown.items()))
        yield Check(
            subject="orders",
            state="warning",
            message=f"of kinds that this version cannot read, and that wait: {named}",
            advice="A worker of the version that wrote them takes them over: run one again.",
        )


def _tables(kind: str, schema: Schema) -> Check:
    if schema.is_current:
        return Check(subject="database", state="well", message=f"{kind}, tables at {schema.found}")
    if schema.is_usable:
        return Check(
            subject="database",
            state="warning",
            message=f"{kind}: a newer version has made its tables, {schema.found}",
            advice="Nothing, while both run side by side; at other times run the newer one.",
        )
    if schema.is_newer:
        message = f"{kind}: {TablesUnfit(schema)}"
        return Check(subject="database", state="fault", message=message)
    return Check(
        subject="database",
        state="fault",
        message=f"{kind}: its tables are at {schema.found or 'nothing'}, not {schema.wanted}",
        advice="Run `phaseline migrate`; `phaseline up` does it by itself.",
    )


async def _unknown_orders(database: Database) -> Mapping[str, int]:
    async with database.reading() as connection:
        return await outbox.count_unknown(connection)


async def _left_behind(database: Database, now: Instant) -> int:
    async with database.reading() as connection:
        left = await intents.unanswered(connection, before=now - _LEFT_BEHIND, limit=1_000)
    return len(left)


def _clocks(subject: str, ahead: timedelta) -> Check:
    seconds = ahead.total_seconds()
    if abs(ahead) <= _CLOCKS_DIFFER:
        return Check(subject="clock", state="well", message=f"{subject} agrees with this machine's")
    way = "ahead of" if seconds > 0 else "behind"
    return Check(
        subject="clock",
        state="fault",
        message=f"{subject} is {abs(seconds):.0f} s {way} this machine's",
        advice="Let both machines follow the same time server (NTP).",
    )


async def _workers(client: Client, task_queue: str, now: Instant) -> AsyncIterator[Check]:
    pollers: dict[str, PollerInfo] = {}
    for kind in (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    ):
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=kind,
        )
        answer = await client.workflow_service.describe_task_queue(request)
        found = {
            each.identity: each for each in answer.pollers if now - _polled(each) < _POLLS_WITHIN
        }
        pollers = found if not pollers else {name: found[name] for name in pollers if name in found}
    if not pollers:
        yield Check(
            subject="workers",
            state="fault",
            message=f"nobody works on the task queue {task_queue!r}",
            advice="Start `phaseline worker` with the same PHASELINE_TASK_QUEUE.",
        )
        return
    yield Check(subject="workers", state="well", message=f"{len(pollers)} at work")
    ahead = max(_polled(each) for each in pollers.values()) - now
    yield _clocks("Temporal's clock", max(ahead, timedelta(0)))


def _polled(poller: PollerInfo) -> Instant:
    return poller.last_access_time.ToDatetime(tzinfo=utc_now().tzinfo)


async def _stuck_cards(client: Client, task_queue: str) -> Check:
    query = f"{cards_of(task_queue)} AND {_STUCK}"
    try:
        stuck = [run.id.removeprefix("card/") async for run in client.list_workflows(query)]
    except RPCError as error:
        message = f"Temporal cannot be asked which are stuck: {error.message}"
        return Check(subject="cards", state="warning", message=message)
    if not stuck:
        return Check(subject="cards", state="well", message="none is stuck")
    named = ", ".join(stuck[:_NAMED]) + (", …" if len(stuck) > _NAMED else "")
    return Check(
        subject="cards",
        state="fault",
        message=f"{len(stuck)} cannot go on: {named}",
        advice="`phaseline reconcile` says why; `phaseline rebuild` begins them anew.",
    )


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.0f} minutes"
