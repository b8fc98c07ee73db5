"""Bringing running cards onto another version: the plan as a form, and where it leads.

What is obvious is proposed: a part that has the same id stays what it is. Only what has no
counterpart is asked about.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from api import migrating
from api.automating import administered_pipe
from api.cards import standing_in
from api.migrating import MigrationWish
from api.pages.controls import Control, Typed
from api.pages.flashes import flash
from api.pages.places import places_of
from api.pages.reader import everybody
from api.pages.rendering import Tab, render
from api.pages.words import Person
from api.pages.workshop.migrating_values import given_fields, typed_values, value_controls
from api.pages.workshop.migration_report import ListedMigration, listed
from api.problems import Problem
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.clock_names import HANDOFF_CLOCK, PIPE_CLOCK, phase_clock, stage_clock
from engine.core.commands import ALL_OTHERS, MigrationPlan
from engine.core.migrating_clocks import timer_name
from engine.store import card_migrations as store, registry
from engine.store.database import AsyncConnection
from engine.store.queries.filters import CardFilter
from pipes.definition import Definition
from pipes.fields.field import Field
from pipes.identifiers import FieldId, PhaseId, PipeId

router = APIRouter(prefix="/pipes/{pipe}")

_SEE_OTHER = 303
_EARLIER = 10
_ASIDE, _DROPPED, _LIKE_OTHERS = "", "-", ""
TREATMENTS: Mapping[str, str] = {
    "kept": "go on as they are",
    "recomputed": "keep their beginning, with the version's target and calendar",
    "restarted": "start again",
    "dropped": "are not measured any more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that a list offers."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A part that has no counterpart, or a clock, and what it may become."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInUse:
    """A version that open cards run, and how many do."""

    number: int
    cards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MigratePage:
    """The plan as it is written.

    Attributes:
        changes: What the version changes against the one that most of the cards run.
        where: The phases to which the cards may be narrowed down.
        elsewhere: Whether any open card is on another version, so that there is something to plan.
        values: What cards are given for what the version asks for and none before it did.
        cards: Keys of single cards, as typed.
    """

    pipe: str
    name: str
    places: tuple[Tab, ...]
    to_version: int
    versions: tuple[Choice, ...]
    in_use: tuple[VersionInUse, ...]
    elsewhere: bool
    phases: tuple[Asked, ...]
    fields: tuple[Asked, ...]
    values: tuple[Control, ...]
    clocks: tuple[Asked, ...]
    every_clock: tuple[Choice, ...]
    requests_void: bool
    where: tuple[Choice, ...]
    cards: str
    earlier: tuple[ListedMigration, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    """What was chosen and typed: a plan, and for which cards."""

    plan: MigrationPlan = field(default_factory=MigrationPlan)
    wanted: CardFilter = field(default_factory=CardFilter)
    cards: str = ""
    values: Typed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Versions:
    """The version that cards are to run, if there is one, and those that open cards run now."""

    target: Definition | None
    sources: tuple[Definition, ...]
    cards: Mapping[int, int]

    @property
    def given(self) -> tuple[Field, ...]:
        """The fields that a plan may fill in."""
        if self.target is None or not self.sources:
            return ()
        return given_fields(self.sources, self.target)


@router.get("/migrate")
async def show_plan(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    to: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    like: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """The plan, empty or like that of a migration that was tried."""
    published = await administered_pipe(services, person, pipe, to="migrate")
    version, typed = to or published.pinned.version, _Typed()
    if like:
        found = await migrating.followed(services, pipe, like, outcome=None, after=0, limit=1)
        tried = migrating.wish_of(found.migration, dry_run=True)
        version = to or tried.to_version
        typed = _Typed(plan=tried.plan, wanted=tried.wanted, cards=", ".join(tried.cards or ()))
    return await _draw(services, request, person, pipe, version, typed)


@router.post("/migrate")
async def try_plan(pipe: str, request: Request, services: Has, person: Member) -> Response:
    """Has a dry run of the plan made; where it is refused, the plan stays as it was typed."""
    await administered_pipe(services, person, pipe, to="migrate")
    form = await request.form()
    version = _number(form)
    async with services.database.reading() as connection:
        versions = await _versions(services, connection, pipe, version)
        people = await everybody(connection)
    typed = _typed(form, versions.given, people)
    if typed.values is not None and typed.values.complaints:
        said = tuple(typed.values.complaints.values())
        return await _draw(services, request, person, pipe, version, typed, said)
    named = tuple(typed.cards.replace(",", " ").split())
    wish = MigrationWish(
        pipe=pipe,
        to_version=version,
        plan=typed.plan,
        wanted=typed.wanted,
        cards=named or None,
        dry_run=True,
    )
    try:
        begun = await migrating.begin(services, person, wish, None)
    except Problem as problem:
        if problem.status != 422:
            raise
        said = tuple(reason.message for reason in problem.reasons) or (problem.detail,)
        return await _draw(services, request, person, pipe, version, typed, said)
    return RedirectResponse(f"/pipes/{pipe}/migrations/{begun.id}", _SEE_OTHER)


@router.post("/migrations/{migration}/start")
async def start(pipe: str, migration: str, services: Has, person: Member) -> Response:
    """Begins what a dry run has told; twice begins it once."""
    await administered_pipe(services, person, pipe, to="migrate")
    found = await migrating.followed(services, pipe, migration, outcome=None, after=0, limit=1)
    wish = migrating.wish_of(found.migration, dry_run=False)
    begun = await migrating.begin(services, person, wish, f"start:{migration}")
    response = RedirectResponse(f"/pipes/{pipe}/migrations/{begun.id}", _SEE_OTHER)
    flash(response, "The migration has begun. It goes on also when this page is closed.")
    return response


@router.post("/migrations/{migration}/stop")
async def stop(pipe: str, migration: str, services: Has, person: Member) -> Response:
    """Stops a migration before its next card."""
    await administered_pipe(services, person, pipe, to="migrate")
    response = RedirectResponse(f"/pipes/{pipe}/migrations/{migration}", _SEE_OTHER)
    try:
        await migrating.stop(services, pipe, migration)
    except Problem as problem:
        if problem.code != "over_already":
            raise
        flash(response, "It was over already.")
    else:
        flash(response, "It stops before the next card.")
    return response


# --- what was typed -------------------------------------------------------------------------------


def _number(form: FormData) -> int:
    typed = str(form.get("to", ""))
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _typed(form: FormData, given: Sequence[Field], people: Sequence[Person]) -> _Typed:
    chosen = {
        name: str(value).replace("\x00", "")[:200]
        for name, value in form.multi_items()
        if isinstance(value, str)
    }
    clocks = {name: how for name, how in _named(chosen, "clock:") if how in TREATMENTS}
    values = typed_values(given, form, people)
    return _Typed(
        plan=MigrationPlan(
            phases={
                PhaseId(old): PhaseId(new) for old, new in _named(chosen, "phase:") if new.strip()
            },
            fields={
                FieldId(old): None if new == _DROPPED else FieldId(new)
                for old, new in _named(chosen, "field:")
                if new != _ASIDE
            },
            clocks={name: how for name, how in clocks.items() if how in TREATMENTS},  # type: ignore[misc]  # one of the table
            requests={ALL_OTHERS: "void"} if chosen.get("requests") == "void" else {},
            values=values.values,
        ),
        wanted=CardFilter(phase=chosen.get("where") or None),
        cards=str(form.get("cards", "")).replace("\x00", "")[:20_000],
        values=values,
    )


def _named(chosen: Mapping[str, str], prefix: str) -> Iterator[tuple[str, str]]:
    return (
        (name.removeprefix(prefix), value)
        for name, value in chosen.items()
        if name.startswith(prefix)
    )


# --- what is asked --------------------------------------------------------------------------------


async def _draw(
    services: Services,
    request: Request,
    person: SignedIn,
    pipe: str,
    version: int,
    typed: _Typed,
    problems: tuple[str, ...] = (),
) -> HTMLResponse:
    standing = await standing_in(services, person, PipeId(pipe))
    async with services.database.reading() as connection:
        versions = await registry.list_versions(connection, pipe)
        used = await _versions(services, connection, pipe, version)
        earlier = await listed(connection, request, pipe, limit=_EARLIER)
        somebody = await everybody(connection)
    target, sources = used.target, used.sources
    page = MigratePage(
        pipe=pipe,
        name=versions[0].pipe if target is None else target.name,
        places=places_of(person, standing, pipe, "/migrate"),
        to_version=version,
        versions=tuple(
            Choice(
                value=str(each.version),
                label=f"Version {each.version}",
                chosen=each.version == version,
            )
            for each in versions
        ),
        in_use=tuple(
            VersionInUse(number=number, cards=cards)
            for number, cards in sorted(used.cards.items(), reverse=True)
        ),
        elsewhere=any(number != version for number in used.cards),
        phases=() if target is None else tuple(_phases(sources, target, typed.plan)),
        fields=() if target is None else tuple(_fields(sources, target, typed.plan)),
        values=tuple(
            value_controls(
                used.given,
                typed.plan.values,
                typed=typed.values,
                people=somebody,
                teams={} if target is None else target.teams,
            )
        ),
        clocks=() if target is None else tuple(_clocks([*sources, target], typed.plan)),
        every_clock=_treatments(typed.plan.clocks.get(ALL_OTHERS, "kept")),
        requests_void=typed.plan.requests.get(ALL_OTHERS) == "void",
        where=tuple(_where(sources, typed.wanted)),
        cards=typed.cards,
        earlier=earlier,
        problems=problems,
    )
    status = 422 if problems else 200
    return render(
        request, "pages/migrate.html", page, person=person, section="pipes", status=status
    )


async def _versions(
    services: Services, connection: AsyncConnection, pipe: str, version: int
) -> _Versions:
    numbers = await store.numbers_in_use(connection, pipe)
    used = {
        number: found.pipe.definition
        for number in {*numbers, version}
        if (found := await services.definitions.version(connection, PipeId(pipe), number))
    }
    return _Versions(
        target=used.get(version),
        sources=tuple(
            used[number] for number in sorted(numbers, reverse=True) if number != version
        ),
        cards=numbers,
    )


def _phases(
    sources: Iterable[Definition], target: Definition, plan: MigrationPlan
) -> Iterator[Asked]:
    """The phases that the version does not have, and those that it has to choose from."""
    gone = {
        phase.id: phase.name
        for each in sources
        for phase in each.phases
        if phase.id not in target.phases_by_id and phase.final is None
    }
    for name, label in gone.items():
        chosen = plan.phases.get(name, "")
        yield Asked(
            name=f"phase:{name}",
            label=label,
            choices=(
                Choice(value="", label="Nothing: its cards are refused"),
                *(
                    Choice(value=phase.id, label=phase.name, chosen=phase.id == chosen)
                    for phase in target.phases
                    if phase.final is None
                ),
            ),
        )


def _fields(
    sources: Iterable[Definition], target: Definition, plan: MigrationPlan
) -> Iterator[Asked]:
    """The fields that the version does not have, and those that their values would fit."""
    known: dict[FieldId, Field] = {}
    for version in sources:
        known = {**version.fields, **known}
    for name, each in known.items():
        if name in target.fields or each.kind in ("formula", "statement"):
            continue
        planned = plan.fields.get(name, FieldId(_ASIDE))
        chosen = _DROPPED if planned is None else planned
        offered = {
            _ASIDE: "Keep its values aside",
            _DROPPED: "Drop its values: the history has them",
        } | {
            other.id: f"Becomes {other.label}"
            for other in target.fields.values()
            if other.kind == each.kind
        }
        yield Asked(
            name=f"field:{name}",
            label=each.label,
            choices=tuple(
                Choice(value=value, label=label, chosen=value == chosen)
                for value, label in offered.items()
            ),
        )


def _clocks(versions: Iterable[Definition], plan: MigrationPlan) -> Iterator[Asked]:
    """The clocks and timers that any of the versions may have running."""
    named: dict[str, str] = {}
    for each in versions:
        named = {**dict(_clocks_of(each)), **named}
    for name, label in named.items():
        yield Asked(
            name=f"clock:{name}",
            label=label,
            choices=(
                Choice(value=_LIKE_OTHERS, label="Like all others"),
                *(
                    Choice(value=value, label=_capital(said), chosen=plan.clocks.get(name) == value)
                    for value, said in TREATMENTS.items()
                ),
            ),
        )


def _clocks_of(definition: Definition) -> Iterator[tuple[str, str]]:
    if definition.sla is not None:
        yield PIPE_CLOCK, f"The time for the whole {definition.card.noun}"
    for phase in definition.phases:
        if phase.sla is not None:
            yield phase_clock(phase.id), f"The time for {phase.name}"
        if phase.handoff is not None and phase.handoff.accept_within is not None:
            yield HANDOFF_CLOCK, "The time to accept a card"
    for way in definition.transitions:
        if way.after is not None:
            yield timer_name(way.id), f"The time before “{way.label}”"
        for stage in way.approval.stages if way.approval is not None else ():
            if stage.deadline is not None:
                yield stage_clock(stage.id), f"The time for “{stage.name}”"


def _treatments(chosen: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=value, label=_capital(said), chosen=value == chosen)
        for value, said in TREATMENTS.items()
    )


def _where(sources: Iterable[Definition], wanted: CardFilter) -> Iterator[Choice]:
    names: dict[PhaseId, str] = {}
    for each in sources:
        names |= {phase.id: phase.name for phase in each.phases if phase.final is None}
    yield Choice(value="", label="In any phase", chosen=wanted.phase is None)
    for name, label in names.items():
        yield Choice(value=name, label=f"In {label}", chosen=name == wanted.phase)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
