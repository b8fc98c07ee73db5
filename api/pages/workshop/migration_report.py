"""What comes of a migration: how far it is, and every card's line; it draws itself anew."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api import migrating
from api.automating import administered_pipe
from api.migrating import Followed
from api.pages.reader import locale_of
from api.pages.rendering import is_part, render, render_part
from api.pages.words import ago, moment, now
from api.services import Has
from api.signin.people import Member
from engine.store import card_migrations as store, people
from engine.store.card_migrations import CardOutcome, Line, Migration
from engine.store.database import AsyncConnection

router = APIRouter(prefix="/pipes/{pipe}")

_LINES = 50
type Tone = Literal["", "good", "bad", "warn"]
_OUTCOMES: dict[CardOutcome, tuple[str, Tone]] = {
    "refused": ("Refused", "bad"),
    "failed": ("Failed", "bad"),
    "migrates": ("Goes over", "good"),
    "migrated": ("Gone over", "good"),
    "unchanged": ("Nothing to do", ""),
    "waiting": ("Waits", ""),
}
_STATES = {
    "waiting": "Begins in a moment",
    "running": "Under way",
    "stopping": "Stops before the next card",
    "stopped": "Stopped",
    "done": "Done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedMigration:
    """A migration in a list."""

    id: str
    what: str
    state: str
    by: str
    when: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many cards have come to what; `address` shows only those."""

    said: str
    tone: Tone
    cards: int
    address: str
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """What becomes of a card; until when, or when."""

    message: str
    until: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A card's line of the report."""

    key: str
    from_version: int
    said: str
    tone: Tone
    changes: tuple[ShownChange, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPage:
    """A migration and its report.

    Attributes:
        done: Of how many cards something has come.
        goes: How many cards go over, or would.
        here: The address of what is shown, at which it can be asked for anew.
        more: Where the report goes on.
    """

    pipe: str
    name: str
    id: str
    to_version: int
    dry_run: bool
    state: str
    is_over: bool
    is_stopping: bool
    by: str
    when: Markup
    cards: int
    done: int
    goes: int
    counted: tuple[Counted, ...]
    lines: tuple[ShownLine, ...]
    here: str
    more: str | None


@router.get("/migrations/{migration}")
async def show_migration(
    pipe: str,
    migration: str,
    request: Request,
    services: Has,
    person: Member,
    outcome: CardOutcome | None = None,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> HTMLResponse:
    """How far it is, and what came of each card, or would."""
    published = await administered_pipe(services, person, pipe, to="see_migrations")
    found = await migrating.followed(
        services, pipe, migration, outcome=outcome, after=after, limit=_LINES + 1
    )
    async with services.database.reading() as connection:
        names = await people.names(connection, {found.migration.begun_by})
    page = _page(
        request, published.pipe.definition.name, found, names, _Place(outcome=outcome, after=after)
    )
    if is_part(request):
        return render_part(request, "parts/_migration.html", page=page)
    return render(request, "pages/migration.html", page, person=person, section="pipes")


async def listed(
    connection: AsyncConnection, request: Request, pipe: str, *, limit: int
) -> tuple[ListedMigration, ...]:
    """The latest migrations of a pipe's cards."""
    found = await store.of_pipe(connection, pipe, limit=limit)
    names = await people.names(connection, {each.begun_by for each in found})
    locale, today = locale_of(request), now()
    return tuple(
        ListedMigration(
            id=each.id,
            what=f"{'Dry run' if each.dry_run else 'Migration'} onto version {each.to_version}",
            state=_STATES[each.state],
            by=names.get(each.begun_by, each.begun_by),
            when=ago(each.created_at, now=today, locale=locale),
        )
        for each in found
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What of the report is shown."""

    outcome: CardOutcome | None
    after: int

    def address(self, migration: Migration) -> str:
        asked = [f"outcome={self.outcome}"] if self.outcome else []
        asked += [f"after={self.after}"] if self.after else []
        return f"/pipes/{migration.pipe}/migrations/{migration.id}?{'&'.join(asked)}".rstrip("?")


def _page(
    request: Request, name: str, found: Followed, names: dict[str, str], place: _Place
) -> MigrationPage:
    migration, locale = found.migration, locale_of(request)
    shown = found.lines[:_LINES]
    more = None
    if len(found.lines) > _LINES:
        more = _Place(outcome=place.outcome, after=shown[-1].position).address(migration)
    return MigrationPage(
        pipe=migration.pipe,
        name=name,
        id=migration.id,
        to_version=migration.to_version,
        dry_run=migration.dry_run,
        state=_STATES[migration.state],
        is_over=migration.is_over,
        is_stopping=migration.state == "stopping",
        by=names.get(migration.begun_by, migration.begun_by),
        when=ago(migration.created_at, now=now(), locale=locale),
        cards=found.cards,
        done=found.cards - found.progress["waiting"],
        goes=found.progress["migrates"] + found.progress["migrated"],
        counted=tuple(
            Counted(
                said=said,
                tone=tone,
                cards=found.progress[outcome],
                address=_Place(outcome=outcome, after=0).address(migration),
                is_shown=outcome == place.outcome,
            )
            for outcome, (said, tone) in _OUTCOMES.items()
            if found.progress[outcome]
        ),
        lines=tuple(_line(request, line) for line in shown),
        here=place.address(migration),
        more=more,
    )


def _line(request: Request, line: Line) -> ShownLine:
    said, tone = _OUTCOMES[line.outcome]
    return ShownLine(
        key=line.key,
        from_version=line.version,
        said=said,
        tone=tone,
        changes=tuple(
            ShownChange(
                message=change.message,
                until=None if change.at is None else moment(change.at, locale_of(request)),
            )
            for change in line.changes
        ),
        reasons=tuple(reason.message for reason in line.reasons),
    )
