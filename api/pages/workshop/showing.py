"""A draft drawn: its text, and beside it everything that follows from the text."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup
from starlette.datastructures import FormData

from api.middleware import POLICY_HEADER, policy_with_styles
from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.words import ago, now
from api.pages.workshop.flow import Flow, lay_out
from api.pages.workshop.overview import AutomationTold, PhaseTold, tell_automations, tell_flow
from api.pages.workshop.previews import Preview, preview
from api.pages.workshop.stories import Story, tell_stories
from api.pages.workshop.study import Study, study
from api.services import Services
from api.signin.people import SignedIn
from engine.publishing import check_here
from engine.store import people, registry
from engine.store.drafts import Draft
from engine.store.registry import PipeVersion
from pipes.building import definition_from_document
from pipes.definition import Definition
from pipes.difference import differences
from pipes.identifiers import PipeId
from pipes.json_text import read_json

NOTHING_TYPED = FormData()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What publishing would do.

    Attributes:
        pipe: The pipe that the text is; empty as long as it says none.
        current: The version that is published now; 0 if there is none.
        published: By whom and when that was.
        overtaken: The draft began from an older version than that.
        changes: What would be different, in words; None as long as the text cannot be read.
    """

    pipe: str
    current: int
    published: Markup
    overtaken: bool
    changes: tuple[str, ...] | None

    @property
    def is_same(self) -> bool:
        """Whether the text says what is published already."""
        return self.current > 0 and self.changes == ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a pipe looks like: its flow drawn and in words, and its scenarios as they came out."""

    flow: Flow
    phases: tuple[PhaseTold, ...]
    automations: tuple[AutomationTold, ...]
    stories: tuple[Story, ...]

    @property
    def failed_stories(self) -> int:
        """How many scenarios did not come out as told."""
        return sum(story.state == "failed" for story in self.stories)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Everything that follows from a text; a text that is no pipe has no picture and no forms."""

    draft: Draft
    study: Study
    picture: Picture | None
    preview: Preview | None
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """The page of a draft; `refusal` says why what was asked for was not done."""

    panels: Panels
    style_nonce: str
    saved: Markup
    refusal: str


async def panels_of(
    services: Services,
    request: Request,
    draft: Draft,
    *,
    form: str = "",
    through: str = "",
    typed: FormData = NOTHING_TYPED,
) -> Panels:
    """What follows from the draft's text; the form that is asked for is shown."""
    reading = await check_here(services.database, draft.text, now())
    studied = await asyncio.to_thread(study, reading)
    definition, pipe = studied.definition, studied.pipe
    picture = None
    if definition is not None:
        async with services.database.reading() as connection:
            others = await services.definitions.next_to(connection, definition)
        picture = _picture(definition, studied, others)
    return Panels(
        draft=draft,
        study=studied,
        picture=picture,
        preview=preview(pipe, form, through, typed, now()) if pipe is not None else None,
        release=await _release(services, request, draft, studied),
    )


def _picture(
    definition: Definition, studied: Study, others: Mapping[PipeId, Definition]
) -> Picture:
    return Picture(
        flow=lay_out(definition),
        phases=tell_flow(definition),
        automations=tell_automations(definition, others),
        stories=tell_stories(definition, studied.failures, played=studied.played),
    )


async def draw(
    request: Request, person: SignedIn, panels: Panels, *, refusal: str = "", status: int = 200
) -> HTMLResponse:
    """The whole page of a draft. The editor adds styles of its own, which carry a nonce."""
    nonce = secrets.token_urlsafe(18)
    page = DraftPage(
        panels=panels,
        style_nonce=nonce,
        saved=ago(panels.draft.saved_at, now=now(), locale=locale_of(request)),
        refusal=refusal,
    )
    response = render(
        request, "pages/workshop_draft.html", page, person=person, section="pipes", status=status
    )
    response.headers[POLICY_HEADER] = policy_with_styles(nonce)
    return response


async def _release(services: Services, request: Request, draft: Draft, studied: Study) -> Release:
    pipe = _pipe_of(draft, studied)
    async with services.database.reading() as connection:
        current = await registry.current_version(connection, pipe) if pipe else None
        names = await people.names(connection, [current.published_by]) if current else {}
    if current is None:
        return Release(
            pipe=pipe,
            current=0,
            published=Markup(),
            overtaken=False,
            changes=() if studied.definition is not None else None,
        )
    when = ago(current.published_at, now=now(), locale=locale_of(request))
    return Release(
        pipe=pipe,
        current=current.version,
        published=Markup("{} {}").format(
            names.get(current.published_by, current.published_by), when
        ),
        overtaken=draft.origin == pipe and (draft.origin_version or 0) < current.version,
        changes=_changes(current, studied),
    )


def _pipe_of(draft: Draft, studied: Study) -> str:
    """The pipe that a text is: what it says itself, else where it comes from."""
    if studied.definition is not None:
        return studied.definition.id
    value = read_json(draft.text).value
    named = value.get("id") if isinstance(value, dict) else None
    return named if isinstance(named, str) else draft.origin or ""


def _changes(current: PipeVersion, studied: Study) -> tuple[str, ...] | None:
    if studied.definition is None:
        return None
    published = definition_from_document(json.loads(current.document))
    return differences(published, studied.definition)
