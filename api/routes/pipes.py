"""Pipes: listed, read in every version, checked and published; their forms and their changes."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from api.administering import require
from api.cards import published_pipe, standing_in
from api.live import LiveChanges
from api.problems import Problem, ProblemReason, not_found
from api.routes.answers import problems
from api.services import Has, Services
from api.signin.people import Member, SignedIn, now
from engine.core.rights import hidden_fields
from engine.publishing import Refusal, check_here, history, publish, set_retired
from engine.store import registry
from engine.store.standings import viewer_everywhere
from pipes.findings import Finding
from pipes.form_schemas import form_schema
from pipes.forms import START
from pipes.identifiers import PhaseId, PipeId

router = APIRouter(tags=["pipes"])


class PipeShown(BaseModel):
    """A pipe in a list."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "product-lifecycle",
                    "name": "Product lifecycle",
                    "version": 1,
                    "retired": False,
                    "open_cards": 24,
                    "late_cards": 2,
                }
            ]
        }
    )
    id: str
    name: str
    version: int
    retired: bool
    open_cards: int
    late_cards: int


class PipeList(BaseModel):
    """The pipes of the installation."""

    items: list[PipeShown]
    next_cursor: str | None


class VersionShown(BaseModel):
    """A published version, whole."""

    pipe: str
    version: int
    hash: str
    published_by: str
    published_at: datetime
    definition: dict[str, Any]


class VersionListed(BaseModel):
    """A published version in a list: who published it, and what it changed."""

    version: int
    hash: str
    published_by: str
    published_at: datetime
    changes: list[str]


class VersionList(BaseModel):
    """Every version of a pipe, the newest first."""

    items: list[VersionListed]
    next_cursor: str | None


class FindingShown(BaseModel):
    """Something that is said about a definition."""

    code: str
    severity: str
    pointer: str
    message: str
    fix: str | None = None


class CheckShown(BaseModel):
    """What checking a definition found."""

    ok: bool
    findings: list[FindingShown]


class PublishedShown(BaseModel):
    """A version that is published now; `changes` says in words what it does differently."""

    pipe: str
    version: int
    hash: str
    findings: list[FindingShown]
    changes: list[str]


@router.get("/pipes", summary="The pipes", responses=problems())
async def list_pipes(services: Has, person: Member) -> PipeList:
    """Every pipe, with how many cards that the caller may see in it are open and late."""
    require(person, "look")
    async with services.database.reading() as connection:
        viewer = await viewer_everywhere(connection, person.id, now())
        found = await registry.list_pipes(connection, now(), viewer)
    return PipeList(
        items=[
            PipeShown(
                id=pipe.id,
                name=pipe.name,
                version=pipe.version,
                retired=pipe.retired,
                open_cards=pipe.open_cards,
                late_cards=pipe.late_cards,
            )
            for pipe in found
        ],
        next_cursor=None,
    )


@router.get("/pipes/{pipe}", summary="A pipe", responses=problems(404))
async def read_pipe(pipe: str, services: Has, person: Member) -> VersionShown:
    """A pipe with its current definition."""
    require(person, "look")
    async with services.database.reading() as connection:
        found = await registry.current_version(connection, pipe)
    return _version(found)


@router.get("/pipes/{pipe}/versions", summary="The versions of a pipe", responses=problems(404))
async def list_versions(pipe: str, services: Has, person: Member) -> VersionList:
    """Who published what and when, and what each version changed, in words."""
    require(person, "look")
    found = await history(services.database, PipeId(pipe))
    if not found:
        raise not_found("pipe")
    return VersionList(
        items=[
            VersionListed(
                version=each.version.version,
                hash=each.version.hash,
                published_by=each.version.published_by,
                published_at=each.version.published_at,
                changes=list(each.changes),
            )
            for each in found
        ],
        next_cursor=None,
    )


@router.get("/pipes/{pipe}/versions/{number}", summary="A version", responses=problems(404))
async def read_version(pipe: str, number: int, services: Has, person: Member) -> VersionShown:
    """A version as it was published."""
    require(person, "look")
    if not 0 < number < 2**31:
        raise not_found("version")
    async with services.database.reading() as connection:
        found = await registry.read_version(connection, pipe, number)
    return _version(found)


_EXAMPLE = {
    "id": "ideas",
    "name": "Ideas",
    "card": {"noun": "idea", "key": "IDEA", "title": "name"},
    "fields": {"name": {"type": "short_text", "label": "Name"}},
    "start": {"phase": "new", "form": [{"field": "name", "required": True}]},
    "phases": [
        {"id": "new", "name": "New", "form": ["name"]},
        {"id": "decided", "name": "Decided", "final": "done"},
    ],
    "transitions": [{"id": "decide", "from": "new", "to": "decided", "label": "Decide"}],
}
# The bytes are read as they came, by the reader that knows what may be wrong with them.
_DEFINITION = {
    "requestBody": {
        "required": True,
        "description": "A definition, as `/schemas/pipe.json` describes it.",
        "content": {"application/json": {"schema": {"type": "object", "examples": [_EXAMPLE]}}},
    }
}


@router.post(
    "/pipes/check",
    summary="Check a definition",
    responses=problems(),
    openapi_extra=_DEFINITION,
)
async def check_pipe(request: Request, services: Has, person: Member) -> CheckShown:
    """What publishing would find; nothing is stored."""
    require(person, "look")
    reading = await check_here(services.database, await request.body(), now())
    shown = [_finding(finding) for finding in reading.findings]
    return CheckShown(ok=all(each.severity != "error" for each in shown), findings=shown)


@router.post(
    "/pipes",
    status_code=201,
    summary="Publish a definition",
    responses={
        **problems(409),
        200: {"description": "This content is the current version.", "model": PublishedShown},
    },
    openapi_extra=_DEFINITION,
)
async def publish_pipe(
    request: Request, services: Has, person: Member, response: Response
) -> PublishedShown:
    """Publishes; 200 when this exact content is the current version already."""
    require(person, "publish")
    outcome = await publish(
        services.database, await request.body(), by=person.id, at=now(), way="api"
    )
    if isinstance(outcome, Refusal):
        reasons = [
            ProblemReason(code=each.code, message=each.message, pointer=each.pointer)
            for each in outcome.findings
        ]
        findings = [_finding(each).model_dump() for each in outcome.findings]
        raise Problem(
            422,
            "definition_refused",
            "The definition has errors.",
            reasons=reasons,
            more={"findings": findings},
        )
    if not outcome.is_new:
        response.status_code = 200
    return PublishedShown(
        pipe=outcome.pipe,
        version=outcome.version,
        hash=outcome.hash,
        findings=[_finding(each) for each in outcome.findings],
        changes=list(outcome.changes),
    )


@router.post("/pipes/{pipe}/retire", status_code=204, summary="Retire", responses=problems(404))
async def retire_pipe(pipe: str, services: Has, person: Member) -> None:
    """No new cards begin in the pipe; those that it has go on."""
    require(person, "publish")
    await _set_retired(services, pipe, person, retired=True)


@router.post("/pipes/{pipe}/restore", status_code=204, summary="Restore", responses=problems(404))
async def restore_pipe(pipe: str, services: Has, person: Member) -> None:
    """New cards begin in the pipe again."""
    require(person, "publish")
    await _set_retired(services, pipe, person, retired=False)


async def _set_retired(services: Services, pipe: str, person: SignedIn, *, retired: bool) -> None:
    async with services.database.writing() as connection:
        if not await set_retired(
            connection, pipe, retired=retired, by=person.id, way="api", at=now()
        ):
            raise not_found("pipe")


@router.get("/pipes/{pipe}/forms/{form}", summary="A form", responses=problems(404))
async def read_form(pipe: str, form: str, services: Has, person: Member) -> dict[str, Any]:
    """The JSON Schema of the start form or of a phase's, with hints for drawing it."""
    require(person, "look")
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    if form != START and form not in published.pipe.definition.phases_by_id:
        raise not_found("form")
    hidden = hidden_fields(published.pipe.definition, standing, None)
    return form_schema(published.pipe, PhaseId(form), hidden)


@router.get(
    "/pipes/{pipe}/events",
    summary="What changes on a board",
    responses={
        **problems(404),
        200: {
            "description": "Server-sent events named `card`, with its key and version.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
    response_class=StreamingResponse,
)
async def follow_board(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> StreamingResponse:
    """Goes on until the caller leaves; `Last-Event-ID` or `after` says from where."""
    require(person, "look")
    await published_pipe(services, pipe)
    await standing_in(services, person, PipeId(pipe))
    live: LiveChanges = request.app.state.live
    begin = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    return StreamingResponse(
        live.stream(pipe, begin),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _version(found: registry.PipeVersion | None) -> VersionShown:
    if found is None:
        raise not_found("pipe")
    return VersionShown(
        pipe=found.pipe,
        version=found.version,
        hash=found.hash,
        published_by=found.published_by,
        published_at=found.published_at,
        definition=json.loads(found.document),
    )


def _finding(finding: Finding) -> FindingShown:
    return FindingShown(
        code=finding.code,
        severity=finding.severity,
        pointer=finding.pointer,
        message=finding.message,
        fix=finding.fix,
    )
