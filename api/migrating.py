"""Migrations of cards for whoever asks: told beforehand, begun, followed and stopped.

What the JSON routes and the pages have in common.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from api.cards import command_key
from api.problems import Problem, not_found, rejected
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.commands import MigrationPlan
from engine.core.migrating import reasons_against_names, reasons_against_plan
from engine.core.reasons import Reason, ReasonCode
from engine.encoding import encoded_plan
from engine.gateway.migrating import course_of, foretold
from engine.store import card_migrations as store
from engine.store.card_migrations import CardOutcome, Line, Migration, Selection
from engine.store.database import AsyncConnection
from engine.store.queries.filters import CardFilter
from pipes.identifiers import JsonValue, PipeId

# A dry run of so many cards is answered at once; more are a job.
TOLD_AT_ONCE = 200
_KEYS = uuid.UUID("6c1f7b5e-52b1-4c6b-9a8f-0d2f5c0f4e11")


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationWish:
    """What somebody wants: which cards of a pipe go over to which version, by which plan."""

    pipe: str
    to_version: int
    plan: MigrationPlan
    wanted: CardFilter
    cards: tuple[str, ...] | None
    dry_run: bool

    @property
    def selection(self) -> Selection:
        """Which cards are meant."""
        return Selection(wanted=self.wanted, named=self.cards)

    def told(self) -> dict[str, JsonValue]:
        """Which cards are meant, for people who read it again later."""
        if self.cards is not None:
            return {"cards": list(self.cards)}
        asked = self.wanted
        parts = {
            "phase": asked.phase,
            "status": asked.status,
            "assignee": asked.assignee,
            "label": asked.label,
            "late": asked.late,
            "q": asked.text,
            "fields": dict(asked.values) or None,
        }
        return {name: part for name, part in parts.items() if part is not None}

    def fingerprint(self) -> str:
        """What an idempotency key stands for."""
        whole = f"{self.pipe}\0{self.to_version}\0{encoded_plan(self.plan)}\0{self.selection!r}"
        return hashlib.sha256(f"{whole}\0{self.dry_run}".encode()).hexdigest()


def wish_of(migration: Migration, *, dry_run: bool) -> MigrationWish:
    """What was wanted of a migration, wanted again."""
    told = dict(migration.wanted)
    named, fields = told.get("cards"), told.get("fields")
    return MigrationWish(
        pipe=migration.pipe,
        to_version=migration.to_version,
        plan=migration.plan,
        wanted=CardFilter(
            phase=_text(told.get("phase")),
            status=_text(told.get("status")),
            assignee=_text(told.get("assignee")),
            label=_text(told.get("label")),
            late=None if told.get("late") is None else bool(told["late"]),
            text=_text(told.get("q")),
            values={name: str(value) for name, value in fields.items()}
            if isinstance(fields, Mapping)
            else {},
        ),
        cards=tuple(map(str, named)) if isinstance(named, list | tuple) else None,
        dry_run=dry_run,
    )


def _text(told: JsonValue) -> str | None:
    return None if told is None else str(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A migration, how far it is, and a part of what came of its cards."""

    migration: Migration
    progress: Mapping[CardOutcome, int]
    lines: tuple[Line, ...]

    @property
    def cards(self) -> int:
        """How many cards it is about."""
        return sum(self.progress.values())


async def told_at_once(
    services: Services, person: SignedIn, wish: MigrationWish
) -> Followed | None:
    """The report of a dry run, unless it is about too many cards for that.

    Raises:
        Problem: The plan cannot be carried out as it is.
    """
    async with services.database.reading() as connection:
        numbers = await _sound(services, connection, wish)
        if sum(numbers.values()) > TOLD_AT_ONCE:
            return None
        migration = _migration(person, wish, "")
        course = await course_of(connection, services.definitions, migration)
        chosen = await store.select_lines(
            connection, wish.selection, wish.pipe, wish.to_version, migration.created_at
        )
        lines = [
            await foretold(connection, services.definitions, course, line, migration.created_at)
            for line in chosen
        ]
    counted = {
        outcome: sum(line.outcome == outcome for line in lines) for outcome in store.OUTCOMES
    }
    return Followed(migration=migration, progress=counted, lines=tuple(lines))


async def begin(
    services: Services, person: SignedIn, wish: MigrationWish, given_key: str | None
) -> Migration:
    """Begins a migration, or its dry run, as a job; the same key again gives the same job.

    Raises:
        Problem: The plan cannot be carried out as it is, or the key belongs to another request.
    """
    async with services.database.reading() as connection:
        await _sound(services, connection, wish)
    key = command_key(person, given_key)
    migration = _migration(person, wish, str(uuid.uuid5(_KEYS, key)))
    begun = await services.migrations.begin(migration, wish.selection)
    if (begun.body_hash, begun.begun_by) != (migration.body_hash, migration.begun_by):
        message = f"The idempotency key {given_key!r} was used for another request."
        raise Problem(409, "key_reused", message)
    return begun


async def followed(
    services: Services,
    pipe: str,
    migration: str,
    *,
    outcome: CardOutcome | None,
    after: int,
    limit: int,
) -> Followed:
    """How far a migration is, and what came of its cards after a place.

    Raises:
        Problem: There is none of that id in the pipe.
    """
    async with services.database.reading() as connection:
        found = await store.read(connection, migration)
        if found is None or found.pipe != pipe:
            raise not_found("migration")
        counted = await store.progress(connection, migration)
        lines = await store.lines(connection, migration, outcome=outcome, after=after, limit=limit)
    return Followed(migration=found, progress=counted, lines=lines)


async def stop(services: Services, pipe: str, migration: str) -> None:
    """Stops a migration before its next card.

    Raises:
        Problem: There is none of that id in the pipe, or it is over.
    """
    await followed(services, pipe, migration, outcome=None, after=0, limit=1)
    if not await services.migrations.stop(migration):
        raise Problem(409, "over_already", "It is over already: nothing is left to be stopped.")


def _migration(person: SignedIn, wish: MigrationWish, name: str) -> Migration:
    return Migration(
        id=name,
        pipe=wish.pipe,
        to_version=wish.to_version,
        plan=wish.plan,
        wanted=wish.told(),
        dry_run=wish.dry_run,
        body_hash=wish.fingerprint(),
        begun_by=person.id,
        state="waiting",
        created_at=now(),
    )


async def _sound(
    services: Services, connection: AsyncConnection, wish: MigrationWish
) -> Mapping[int, int]:
    """How many cards are meant, by their versions, if the plan can be carried out as it is."""
    pipe = PipeId(wish.pipe)
    target = await services.definitions.version(connection, pipe, wish.to_version)
    if target is None:
        message = f"The pipe has no version {wish.to_version}."
        raise rejected((Reason(code=ReasonCode.UNKNOWN_VERSION, message=message),))
    reasons = list(reasons_against_plan(target.pipe, wish.plan))
    if wish.cards is not None:
        unknown = await store.unknown_cards(connection, pipe, wish.cards)
        reasons += [
            Reason(code=ReasonCode.UNKNOWN_CARD, message=f"The pipe has no card “{name[:60]}”.")
            for name in unknown
        ]
    numbers = await store.count(connection, wish.selection, pipe, wish.to_version, now())
    versions = [
        found.pipe.definition
        for number in numbers
        if (found := await services.definitions.version(connection, pipe, number)) is not None
    ]
    reasons += reasons_against_names([*versions, target.pipe.definition], wish.plan)
    if reasons:
        raise rejected(tuple(reasons))
    return numbers
