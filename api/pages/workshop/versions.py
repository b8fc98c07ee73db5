"""The versions of a pipe: who published what and when, each to look at; retiring the pipe."""

import json
from dataclasses import dataclass
from itertools import pairwise

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from api.pages.flashes import flash
from api.pages.reader import zone_of
from api.pages.rendering import render
from api.pages.words import ago, now
from api.pages.workshop.authors import Author
from api.pages.workshop.drafts import as_file
from api.pages.workshop.flow import Flow, lay_out
from api.pages.workshop.overview import AutomationTold, PhaseTold, tell_automations, tell_flow
from api.pages.workshop.texts import text_of
from api.problems import not_found
from api.services import Has, Services
from engine.store import people, registry
from engine.store.registry import PipeVersion
from pipes.building import definition_from_document
from pipes.definition import Definition
from pipes.difference import differences

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
    """Every version of a pipe, the newest first."""

    pipe: str
    name: str
    is_retired: bool
    versions: tuple[VersionShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """One version, whole."""

    pipe: str
    name: str
    version: VersionShown
    flow: Flow
    phases: tuple[PhaseTold, ...]
    automations: tuple[AutomationTold, ...]
    text: str


@router.get("/versions")
async def show_versions(pipe: str, request: Request, services: Has, author: Author) -> HTMLResponse:
    """The list."""
    found = await _versions(services, pipe)
    async with services.database.reading() as connection:
        is_retired = await registry.is_retired(connection, pipe)
    page = VersionsPage(
        pipe=pipe,
        name=_definition(found[0]).name,
        is_retired=is_retired,
        versions=await _shown(services, request, found),
    )
    return render(request, "pages/versions.html", page, person=author, section="pipes")


@router.get("/versions/{number}")
async def show_version(
    pipe: str, number: int, request: Request, services: Has, author: Author
) -> HTMLResponse:
    """One version: what it changed, its flow, its text."""
    found = await _versions(services, pipe)
    version = _numbered(found, number)
    shown = await _shown(services, request, found)
    definition = _definition(version)
    page = VersionPage(
        pipe=pipe,
        name=definition.name,
        version=next(each for each in shown if each.number == number),
        flow=lay_out(definition),
        phases=tell_flow(definition),
        automations=tell_automations(definition),
        text=text_of(version.document),
    )
    return render(request, "pages/version.html", page, person=author, section="pipes")


@router.get("/versions/{number}/file")
async def export_version(pipe: str, number: int, services: Has, _author: Author) -> Response:
    """A version as a file."""
    version = _numbered(await _versions(services, pipe), number)
    return as_file(text_of(version.document), f"{pipe}.json")


@router.post("/retire")
async def retire(pipe: str, services: Has, _author: Author) -> Response:
    """Lets no new cards start."""
    await _versions(services, pipe)
    async with services.database.writing() as connection:
        await registry.set_retired(connection, pipe, retired=True)
    response = RedirectResponse(f"/pipes/{pipe}/versions", _SEE_OTHER)
    flash(response, "The pipe is retired: no new cards start. Those that run go on.")
    return response


@router.post("/restore")
async def restore(pipe: str, services: Has, _author: Author) -> Response:
    """Lets new cards start again."""
    await _versions(services, pipe)
    async with services.database.writing() as connection:
        await registry.set_retired(connection, pipe, retired=False)
    response = RedirectResponse(f"/pipes/{pipe}/versions", _SEE_OTHER)
    flash(response, "The pipe is back: new cards may start.")
    return response


async def _versions(services: Services, pipe: str) -> tuple[PipeVersion, ...]:
    async with services.database.reading() as connection:
        found = await registry.list_versions(connection, pipe)
    if not found:
        raise not_found("pipe")
    return found


def _numbered(versions: tuple[PipeVersion, ...], number: int) -> PipeVersion:
    found = next((each for each in versions if each.version == number), None)
    if found is None:
        raise not_found("version")
    return found


async def _shown(
    services: Services, request: Request, versions: tuple[PipeVersion, ...]
) -> tuple[VersionShown, ...]:
    """The versions as pages show them; the newest is the one on which new cards start."""
    async with services.database.reading() as connection:
        names = await people.names(connection, {each.published_by for each in versions})
    definitions = [_definition(each) for each in versions]
    changes = [differences(before, after) for after, before in pairwise(definitions)]
    zone, moment = zone_of(request), now()
    return tuple(
        VersionShown(
            number=version.version,
            published_by=names.get(version.published_by, version.published_by),
            published=ago(version.published_at, now=moment, zone=zone),
            hash=version.hash[:12],
            changes=told,
            is_current=version is versions[0],
        )
        for version, told in zip(versions, [*changes, ()], strict=True)
    )


def _definition(version: PipeVersion) -> Definition:
    return definition_from_document(json.loads(version.document))
