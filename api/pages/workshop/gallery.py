"""The workshop's front: drafts to go on with, pipes to change, templates to begin with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.words import ago, now
from api.pages.workshop.authors import Author
from api.pages.workshop.drafts import to_draft
from api.pages.workshop.keeping import begin
from api.pages.workshop.templates import Template, documents, templates
from api.pages.workshop.texts import text_of, text_of_copy
from api.problems import not_found
from api.services import Has, Services
from api.signin.people import SignedIn
from engine.store import drafts, registry
from engine.store.registry import PipeListing
from pipes.identifiers import JsonValue

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftShown:
    """A draft in the list."""

    id: str
    name: str
    origin: str | None
    saved: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPage:
    """Everything there is to go on with."""

    drafts: tuple[DraftShown, ...]
    pipes: tuple[PipeListing, ...]
    templates: tuple[Template, ...]


@router.get("/workshop")
async def show_gallery(request: Request, services: Has, author: Author) -> HTMLResponse:
    """The workshop's front."""
    async with services.database.reading() as connection:
        kept = await drafts.list_drafts(connection, author.id)
        pipes = await registry.list_pipes(connection, now())
    locale = locale_of(request)
    page = GalleryPage(
        drafts=tuple(
            DraftShown(
                id=draft.id,
                name=draft.name,
                origin=draft.origin,
                saved=ago(draft.saved_at, now=now(), locale=locale),
            )
            for draft in kept
        ),
        pipes=pipes,
        templates=templates(),
    )
    return render(request, "pages/workshop.html", page, person=author, section="pipes")


@router.post("/workshop/templates/{template}/drafts")
async def begin_with_template(template: str, services: Has, author: Author) -> Response:
    """Begins a draft with a template, under an id that no pipe has yet."""
    document = documents().get(template)
    if document is None:
        raise not_found("template")
    return to_draft(await _begin_copy(services, author, document))


@router.post("/pipes/{pipe}/versions/{number}/drafts")
async def begin_with_version(pipe: str, number: int, services: Has, author: Author) -> Response:
    """Goes on with a version: in the draft that the author has of the pipe, or in a new one."""
    found = await _version(services, pipe, number)
    async with services.database.reading() as connection:
        kept = await drafts.list_drafts(connection, author.id)
    for draft in kept:
        if (draft.origin, draft.origin_version) == (pipe, number):
            return to_draft(draft)
    draft = await begin(
        services, author, text_of(found.document), origin=pipe, origin_version=number
    )
    return to_draft(draft)


@router.post("/pipes/{pipe}/versions/{number}/copies")
async def duplicate(pipe: str, number: int, services: Has, author: Author) -> Response:
    """Begins another pipe with a version of this one."""
    found = await _version(services, pipe, number)
    return to_draft(await _begin_copy(services, author, json.loads(found.document)))


async def _begin_copy(
    services: Services, author: SignedIn, document: Mapping[str, JsonValue]
) -> drafts.Draft:
    async with services.database.reading() as connection:
        pipes = {pipe.id for pipe in await registry.list_pipes(connection, now())}
        current = [await registry.current_version(connection, pipe) for pipe in pipes]
    keys = {_key_of(json.loads(version.document)) for version in current if version is not None}
    return await begin(services, author, text_of_copy(document, pipes=pipes, keys=keys))


def _key_of(document: Mapping[str, JsonValue]) -> str:
    card = document.get("card")
    return str(card.get("key", "")) if isinstance(card, Mapping) else ""


async def _version(services: Services, pipe: str, number: int) -> registry.PipeVersion:
    async with services.database.reading() as connection:
        found = (
            await registry.read_version(connection, pipe, number) if 0 < number < 2**31 else None
        )
    if found is None:
        raise not_found("version")
    return found
