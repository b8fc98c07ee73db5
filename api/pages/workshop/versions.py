"""The versions of a pipe: who published what and when, each to look at; retiring the pipe."""

import json
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from api.cards import standing_in
from api.pages.flashes import Undoable, flash
from api.pages.places import places_of
from api.pages.reader import locale_of
from api.pages.rendering import Tab, render
from api.pages.words import ago, now
from api.pages.workshop.authors import Author
from api.pages.workshop.drafts import as_file
from api.pages.workshop.flow import Flow, lay_out
from api.pages.workshop.overview import AutomationTold, PhaseTold, tell_automations, tell_flow
from api.pages.workshop.texts import text_of
from api.problems import not_found
from api.services import Has, Services
from api.signin.people import SignedIn
from engine.core.actors import user
from engine.core.rights import may
from engine.publishing import Edition, history, set_retired
from engine.store import people, registry
from engine.store.card_migrations import numbers_in_use
from pipes.building import definition_from_document
from pipes.definition import Definition
from pipes.identifiers import PipeId, UserId

router = APIRouter(prefix="/pipes/{pipe}")

_SEE_OTHER = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionShown:
    """A version in the list; `changes` are those from the version before."""

    number: int
    published_by: str
    published: Markup
    hash: str
    changes: tuple[str, ...]
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsPage:
    """Every version of a pipe, the newest first; `cards_behind` open cards run an earlier one."""

    pipe: str
    name: str
    places: tuple[Tab, ...]
    is_retired: bool
    cards_behind: int
    may_migrate: bool
    versions: tuple[VersionShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """One version, whole."""

    pipe: str
    name: str
    places: tuple[Tab, ...]
    version: VersionShown
    flow: Flow
    phases: tuple[PhaseTold, ...]
    automations: tuple[AutomationTold, ...]
    text: str


@router.get("/versions")
async def show_versions(pipe: str, request: Request, services: Has, author: Author) -> HTMLResponse:
    """The list."""
    editions = await _editions(services, pipe)
    standing = await standing_in(services, author, PipeId(pipe))
    async with services.database.reading() as connection:
        is_retired = await registry.is_retired(connection, pipe)
        in_use = await numbers_in_use(connection, pipe)
    current = editions[0].version.version
    page = VersionsPage(
        pipe=pipe,
        name=_definition(editions[0]).name,
        places=places_of(author, standing, pipe, "/versions"),
        is_retired=is_retired,
        cards_behind=sum(cards for number, cards in in_use.items() if number != current),
        may_migrate=may("migrate", user(UserId(author.id)), standing, None),
        versions=await _shown(services, request, editions),
    )
    return render(request, "pages/versions.html", page, person=author, section="pipes")


@router.get("/versions/{number}")
async def show_version(
    pipe: str, number: int, request: Request, services: Has, author: Author
) -> HTMLResponse:
    """One version: what it changed, its flow, its text."""
    editions = await _editions(services, pipe)
    edition = _numbered(editions, number)
    standing = await standing_in(services, author, PipeId(pipe))
    shown = await _shown(services, request, editions)
    definition = _definition(edition)
    async with services.database.reading() as connection:
        others = await services.definitions.next_to(connection, definition)
    page = VersionPage(
        pipe=pipe,
        name=definition.name,
        places=places_of(author, standing, pipe, "/versions"),
        version=next(each for each in shown if each.number == number),
        flow=lay_out(definition),
        phases=tell_flow(definition),
        automations=tell_automations(definition, others),
        text=text_of(edition.version.document),
    )
    return render(request, "pages/version.html", page, person=author, section="pipes")


@router.get("/versions/{number}/file")
async def export_version(pipe: str, number: int, services: Has, _author: Author) -> Response:
    """A version as a file, as it was published."""
    edition = _numbered(await _editions(services, pipe), number)
    return as_file(edition.version.document, f"{pipe}.json")


@router.post("/retire")
async def retire(pipe: str, services: Has, author: Author) -> Response:
    """Lets no new cards start."""
    await _set_retired(services, pipe, author, retired=True)
    said = "The pipe is retired: no new cards start. Those that run go on."
    return _to_versions(pipe, said, Undoable(by=author, action=f"/pipes/{pipe}/restore"))


@router.post("/restore")
async def restore(pipe: str, services: Has, author: Author) -> Response:
    """Lets new cards start again."""
    await _set_retired(services, pipe, author, retired=False)
    return _to_versions(pipe, "The pipe is back: new cards may start.")


async def _set_retired(services: Services, pipe: str, author: SignedIn, *, retired: bool) -> None:
    async with services.database.writing() as connection:
        if not await set_retired(
            connection, pipe, retired=retired, by=author.id, way="page", at=now()
        ):
            raise not_found("pipe")


def _to_versions(pipe: str, said: str, undoable: Undoable | None = None) -> Response:
    response = RedirectResponse(f"/pipes/{pipe}/versions", _SEE_OTHER)
    flash(response, said, undoable=undoable)
    return response


async def _editions(services: Services, pipe: str) -> tuple[Edition, ...]:
    found = await history(services.database, PipeId(pipe))
    if not found:
        raise not_found("pipe")
    return found


def _numbered(editions: tuple[Edition, ...], number: int) -> Edition:
    found = next((each for each in editions if each.version.version == number), None)
    if found is None:
        raise not_found("version")
    return found


async def _shown(
    services: Services, request: Request, editions: tuple[Edition, ...]
) -> tuple[VersionShown, ...]:
    """The versions as pages show them; the newest is the one on which new cards start."""
    async with services.database.reading() as connection:
        names = await people.names(connection, {each.version.published_by for each in editions})
    locale, moment = locale_of(request), now()
    return tuple(
        VersionShown(
            number=version.version,
            published_by=names.get(version.published_by, version.published_by),
            published=ago(version.published_at, now=moment, locale=locale),
            hash=version.hash[:12],
            changes=edition.changes,
            is_current=edition is editions[0],
        )
        for edition in editions
        for version in (edition.version,)
    )


def _definition(edition: Edition) -> Definition:
    return definition_from_document(json.loads(edition.version.document))
