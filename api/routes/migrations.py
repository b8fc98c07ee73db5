"""Migrations: how running cards get onto another version of their pipe, dry run first."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import ConfigDict, Field

from api import migrating
from api.automating import administered_pipe
from api.migrating import Followed, MigrationWish
from api.routes.answers import Cursor, Limit, decode_cursor, encode_cursor, problems
from api.routes.models import Body, FieldValues, Shown, Text
from api.routes.schemas import ReasonShown, shown_reason
from api.services import Has
from api.signin.people import Member
from engine.core.commands import MigrationPlan
from engine.store import card_migrations as store
from engine.store.card_migrations import Line, Migration
from engine.store.queries.filters import CardFilter
from pipes.identifiers import FieldId, PhaseId

router = APIRouter(tags=["migrations"])

_MOST = 200
_MOST_CARDS = 1_000
type Name = Annotated[Text, Field(min_length=1, max_length=200)]
type Outcome = Literal["waiting", "migrates", "migrated", "unchanged", "refused", "failed"]

_EXAMPLE: dict[str, Any] = {
    "to_version": 5,
    "phases": {"concept": "idea"},
    "fields": {"problem": "pain", "sketch": None},
    "values": {"tier": "silver"},
    "clocks": {"pipe": "kept", "*": "recomputed"},
    "requests": {"to-design": "void"},
    "filter": {"phase": "concept"},
    "dry_run": True,
}


class CardsWanted(Body):
    """Which cards go over: as the filters of the card list. Without a status only open ones."""

    phase: Name | None = None
    status: Literal["open", "done", "cancelled"] | None = None
    assignee: Name | None = None
    label: Name | None = None
    late: bool | None = None
    q: Annotated[Text, Field(max_length=200)] | None = None
    fields: dict[Name, Name] = Field(default_factory=dict, max_length=20)


class MigrationBody(Body):
    """A plan, and the cards that it is for; what the plan does not name stays as it is.

    `phases` names the version's phase for a phase that is gone or becomes another; a card whose
    phase has none is refused. `fields` renames a field, or drops its value with null; a value
    whose field is gone and that is not named is kept aside. `values` are given to cards that have
    none. `clocks` says of a clock (`pipe`, `phase:…`, `stage:…`, `handoff`), a timed transition
    (`timer:…`) or all others (`*`) whether it is kept, starts again, is recomputed (same
    beginning, new target and calendar) or dropped. `requests` says of a pending request, by its
    transition or `*`, whether it is kept or void.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})
    to_version: Annotated[int, Field(ge=1, lt=2**31)]
    phases: dict[Name, Name] = Field(default_factory=dict, max_length=_MOST)
    fields: dict[Name, Name | None] = Field(default_factory=dict, max_length=_MOST)
    values: FieldValues = Field(default_factory=dict, max_length=_MOST)
    clocks: dict[Name, Literal["kept", "restarted", "recomputed", "dropped"]] = Field(
        default_factory=dict, max_length=_MOST
    )
    requests: dict[Name, Literal["kept", "void"]] = Field(default_factory=dict, max_length=_MOST)
    filter: CardsWanted = Field(default_factory=CardsWanted)
    cards: Annotated[list[Name], Field(min_length=1, max_length=_MOST_CARDS)] | None = None
    dry_run: bool = True

    def wish(self, pipe: str) -> MigrationWish:
        """The wish that it is."""
        wanted = self.filter
        return MigrationWish(
            pipe=pipe,
            to_version=self.to_version,
            plan=MigrationPlan(
                phases={PhaseId(old): PhaseId(new) for old, new in self.phases.items()},
                fields={
                    FieldId(old): None if new is None else FieldId(new)
                    for old, new in self.fields.items()
                },
                values={FieldId(name): value for name, value in self.values.items()},
                clocks=dict(self.clocks),
                requests=dict(self.requests),
            ),
            wanted=CardFilter(
                phase=wanted.phase,
                status=wanted.status,
                assignee=wanted.assignee,
                label=wanted.label,
                late=wanted.late,
                text=wanted.q,
                values=wanted.fields,
            ),
            cards=None if self.cards is None else tuple(self.cards),
            dry_run=self.dry_run,
        )


class ChangeShown(Shown):
    """One thing that becomes of a card; `at` is the deadline or instant that it is about."""

    code: str
    message: str
    at: datetime | None


class CardMigrationShown(Shown):
    """What came of a card, or would; `from_version` is the one that it ran before."""

    key: str
    from_version: int
    outcome: Outcome
    changes: list[ChangeShown]
    reasons: list[ReasonShown]


class ProgressShown(Shown):
    """How many cards have come to what."""

    cards: int
    waiting: int
    migrates: int
    migrated: int
    unchanged: int
    refused: int
    failed: int


class MigrationListed(Shown):
    """A migration: what was asked for, and whether it goes on."""

    id: str
    to_version: int
    dry_run: bool
    state: Literal["waiting", "running", "stopping", "stopped", "done"]
    begun_by: str
    created_at: datetime
    ended_at: datetime | None


class MigrationShown(MigrationListed):
    """A migration with its progress and a page of its report."""

    progress: ProgressShown
    items: list[CardMigrationShown]
    next_cursor: str | None


class DryRunShown(Shown):
    """What a migration would do with each card, at this moment."""

    to_version: int
    progress: ProgressShown
    items: list[CardMigrationShown]


class MigrationList(Shown):
    """Migrations of a pipe's cards, the newest first."""

    items: list[MigrationListed]
    next_cursor: None = None


@router.post(
    "/pipes/{pipe}/migrations",
    summary="Migrate cards",
    status_code=202,
    responses={
        **problems(404, 409),
        200: {
            "description": f"The report of a dry run of at most {migrating.TOLD_AT_ONCE} cards.",
            "model": DryRunShown,
        },
    },
    response_model=MigrationShown,
)
async def migrate_cards(
    pipe: str,
    body: MigrationBody,
    services: Has,
    person: Member,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> MigrationShown | Response:
    """Brings cards onto another version of their pipe, as a job; or tells what that would do.

    A dry run answers with its report, or is a job of its own where there are many cards.
    """
    await administered_pipe(services, person, pipe, to="migrate")
    wish = body.wish(pipe)
    if wish.dry_run:
        told = await migrating.told_at_once(services, person, wish)
        if told is not None:
            report = DryRunShown(
                to_version=wish.to_version,
                progress=_progress(told),
                items=[_line(line) for line in told.lines],
            )
            return Response(report.model_dump_json(), media_type="application/json")
    begun = await migrating.begin(services, person, wish, idempotency_key)
    return await _shown_from(services, pipe, begun.id, None, 0, 50)


@router.get("/pipes/{pipe}/migrations", summary="Migrations", responses=problems(404))
async def list_migrations(
    pipe: str, services: Has, person: Member, limit: Limit = 50
) -> MigrationList:
    """The latest migrations of the pipe's cards, for its admins."""
    await administered_pipe(services, person, pipe, to="see_migrations")
    async with services.database.reading() as connection:
        found = await store.of_pipe(connection, pipe, limit=limit)
    return MigrationList(items=[_listed(each) for each in found])


MigrationPath = Annotated[str, Path(max_length=40)]


@router.get("/pipes/{pipe}/migrations/{migration}", summary="A migration", responses=problems(404))
async def read_migration(
    pipe: str,
    migration: MigrationPath,
    services: Has,
    person: Member,
    outcome: Annotated[Outcome | None, Query(description="Only cards that came to this.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MigrationShown:
    """How far it is, and what came of each card."""
    await administered_pipe(services, person, pipe, to="see_migrations")
    after = 0 if cursor is None else decode_cursor(cursor, (int,))[0]
    return await _shown_from(services, pipe, migration, outcome, after, limit)


@router.post(
    "/pipes/{pipe}/migrations/{migration}/stop",
    summary="Stop a migration",
    responses=problems(404, 409),
)
async def stop_migration(
    pipe: str, migration: MigrationPath, services: Has, person: Member
) -> MigrationShown:
    """Stops it before its next card; the cards that have gone over stay on the version."""
    await administered_pipe(services, person, pipe, to="migrate")
    await migrating.stop(services, pipe, migration)
    return await _shown_from(services, pipe, migration, None, 0, 50)


async def _shown_from(
    services: Has, pipe: str, migration: str, outcome: Outcome | None, after: int, limit: int
) -> MigrationShown:
    found = await migrating.followed(
        services, pipe, migration, outcome=outcome, after=after, limit=limit + 1
    )
    items = found.lines[:limit]
    more = encode_cursor(items[-1].position) if len(found.lines) > limit else None
    return MigrationShown(
        **_listed(found.migration).model_dump(),
        progress=_progress(found),
        items=[_line(line) for line in items],
        next_cursor=more,
    )


def _listed(migration: Migration) -> MigrationListed:
    return MigrationListed.model_validate(migration, from_attributes=True)


def _progress(found: Followed) -> ProgressShown:
    return ProgressShown.model_validate({"cards": found.cards, **found.progress})


def _line(line: Line) -> CardMigrationShown:
    return CardMigrationShown(
        key=line.key,
        from_version=line.version,
        outcome=line.outcome,
        changes=[
            ChangeShown(code=each.code, message=each.message, at=each.at) for each in line.changes
        ],
        reasons=[shown_reason(each) for each in line.reasons],
    )
