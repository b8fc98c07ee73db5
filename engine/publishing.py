"""Publishing a definition, in order: read, check, resolve holidays, hash, store as a version.

What is stored is never changed; the same content again makes no new version.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from engine.checking import completed
from engine.core.administration import WayIn
from engine.store import audit, registry
from engine.store.audit import Entry
from engine.store.database import AsyncConnection, Database
from engine.store.people import list_users
from engine.store.registry import PipeVersion
from engine.store.standings import people_in
from pipes.building import card_key, definition_from_document
from pipes.canonical import content_hash, format_document
from pipes.definition import Definition
from pipes.difference import differences
from pipes.findings import Finding
from pipes.holiday_dates import resolve_holidays
from pipes.identifiers import Instant, JsonValue, PipeId
from pipes.reading import Reading, read_definition
from pipes.surroundings import Surroundings

# Cards may outlive their version's publishing by this many years and still know its holidays.
_HOLIDAY_YEARS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A version in the registry; `findings` are warnings. `is_new` is false for known content.

    Attributes:
        changes: What is different from the version before, in words.
    """

    pipe: PipeId
    version: int
    hash: str
    is_new: bool
    findings: tuple[Finding, ...]
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The definition was not published: among the findings are errors."""

    findings: tuple[Finding, ...]


async def publish(
    database: Database,
    source: bytes | str | Mapping[str, JsonValue],
    *,
    by: str,
    at: Instant,
    way: WayIn = "command",
) -> Publication | Refusal:
    """Publishes a definition, if nothing is wrong with it; a new version stands in the audit log.

    Text is kept as it was written, so that it comes back byte for byte.
    """
    reading = await check_here(database, source, at)
    if reading.document is None or reading.definition is None:
        return Refusal(findings=reading.findings)
    definition, document = reading.definition, reading.document
    digest = content_hash(document)
    async with database.writing() as connection:
        current = await registry.current_version(connection, definition.id)
        version, is_new = await registry.publish(
            connection,
            pipe=definition.id,
            name=definition.name,
            digest=digest,
            document=(format_document(document) if reading.text is None else reading.text.text),
            holidays=json.dumps(_holidays(definition, at.date())),
            by=by,
            at=at,
        )
        if is_new:
            entry = _entry("publish_pipe", definition.id, by, way, at)
            await audit.note(connection, replace(entry, body={"version": version}))
    return Publication(
        pipe=definition.id,
        version=version,
        hash=digest,
        is_new=is_new,
        findings=reading.findings,
        changes=_changes(current, definition) if is_new else (),
    )


async def set_retired(
    connection: AsyncConnection, pipe: str, *, retired: bool, by: str, way: WayIn, at: Instant
) -> bool:
    """Lets no new cards begin in a pipe, or lets them again; false if there is no such pipe."""
    done = await registry.set_retired(connection, pipe, retired=retired)
    if done:
        kind = "retire_pipe" if retired else "restore_pipe"
        await audit.note(connection, _entry(kind, pipe, by, way, at))
    return done


def _entry(kind: str, pipe: str, by: str, way: WayIn, at: Instant) -> Entry:
    return Entry(at=at, by=by, way=way, kind=kind, subject=f"pipe:{pipe}", body={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A published version, and in words what it changed."""

    version: PipeVersion
    changes: tuple[str, ...]


async def history(database: Database, pipe: PipeId) -> tuple[Edition, ...]:
    """Every version of a pipe, the newest first."""
    async with database.reading() as connection:
        versions = await registry.list_versions(connection, pipe)
    former: tuple[PipeVersion | None, ...] = (*versions[1:], None)
    return tuple(
        Edition(
            version=version,
            changes=_changes(before, definition_from_document(json.loads(version.document))),
        )
        for version, before in zip(versions, former, strict=False)
    )


async def check_here(
    database: Database, source: bytes | str | Mapping[str, JsonValue], at: Instant
) -> Reading:
    """Checks a definition as publishing does, together with the pipes and people that are there."""
    reading = await asyncio.to_thread(read_definition, source)
    if reading.definition is None:
        return reading
    around = await _surroundings(database, reading.definition, at)
    return await asyncio.to_thread(completed, reading, around)


async def _surroundings(database: Database, definition: Definition, at: Instant) -> Surroundings:
    deciding = {
        str(principal)
        for way in definition.transitions
        if way.approval is not None
        for stage in way.approval.stages
        for principal in stage.by
        if principal.kind in ("team", "lead", "role")
    }
    async with database.reading() as connection:
        published = await registry.current_versions(connection)
        users = await list_users(connection)
        members = {
            each: frozenset(map(str, await people_in(connection, each, definition.id, at)))
            for each in sorted(deciding)
        }
    return Surroundings(
        pipes=frozenset(each.pipe for each in published),
        keys={_key_of(each): each.pipe for each in published},
        people=frozenset(user.id for user in users if not user.disabled),
        members=members,
    )


def _key_of(version: PipeVersion) -> str:
    naming = json.loads(version.document).get("card") or {}
    return card_key(version.pipe, naming.get("key"))


def _changes(current: PipeVersion | None, definition: Definition) -> tuple[str, ...]:
    if current is None:
        return ()
    return differences(definition_from_document(json.loads(current.document)), definition)


def _holidays(definition: Definition, today: date) -> dict[str, list[str]]:
    """For each calendar with a region the dates of its holidays, from last year on."""
    years = range(today.year - 1, today.year + _HOLIDAY_YEARS)
    return {
        name: sorted(day.isoformat() for day in resolve_holidays(calendar.holidays, years))
        for name, calendar in definition.calendars.items()
        if calendar.holidays is not None
    }
