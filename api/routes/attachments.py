"""Files of a card: listed, uploaded, downloaded and taken away; and uploads for a start form."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from api.administering import require_token
from api.attachments import CardFile, files_of, send_file, take_in, uploads_in
from api.cards import LONGEST_KEY, published_pipe, seen_card, standing_in
from api.problems import Problem, not_found
from api.routes.answers import IdempotencyKey, problems
from api.routes.cards import Sender
from api.routes.models import Shown
from api.routes.schemas import CardShown
from api.services import Has
from api.signin.people import Member
from engine.core.actors import user
from engine.core.commands import AttachFiles, DetachFile, EditCard
from engine.core.rights import reasons_against_creating
from pipes.files import FileReference, file_references
from pipes.identifiers import FieldId, JsonValue, PipeId, UserId

router = APIRouter(tags=["cards"])

_PROBLEMS = problems(404, 409)
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "description": "The files.",
                            "items": {"type": "string", "contentMediaType": "*/*"},
                        }
                    },
                    "examples": [{"file": ["…"]}],
                }
            }
        },
    }
}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What is in the file.",
        "content": {"*/*": {"schema": {"type": "string", "contentMediaType": "*/*"}}},
    }
}


class FileShown(Shown):
    """A file, as the values of fields name it."""

    id: str
    name: str
    bytes: int
    type: str


class AttachmentShown(FileShown):
    """A file of a card: in a field, or attached by somebody."""

    field: str | None
    by: str | None
    at: datetime | None


class AttachmentsShown(Shown):
    """The files of a card that the caller may see."""

    items: list[AttachmentShown]
    next_cursor: None = None


class UploadsShown(Shown):
    """Files that are kept and can be named in the values of fields by whoever uploaded them."""

    items: list[FileShown]


@router.get("/cards/{card}/attachments", summary="Files of a card", responses=problems(404))
async def read_attachments(card: str, services: Has, person: Member) -> AttachmentsShown:
    """The files in the card's fields and those that were attached to it."""
    seen = await seen_card(services, person, card)
    return AttachmentsShown(items=[_shown(each) for each in files_of(seen)])


@router.post(
    "/cards/{card}/attachments",
    summary="Attach files",
    responses=_PROBLEMS,
    openapi_extra=_FORM,
)
async def attach(
    card: str,
    request: Request,
    services: Has,
    person: Member,
    sender: Sender,
    field: Annotated[
        str | None, Query(max_length=100, description="The field that they go into.")
    ] = None,
    idempotency_key: IdempotencyKey = None,
) -> CardShown:
    """Attaches files to the card, or adds them to one of its fields."""
    seen = await seen_card(services, person, card, to="attach" if field is None else "edit")
    name = FieldId(field) if field is not None else None
    there: tuple[FileReference, ...] = ()
    if name is not None:
        known = seen.published.pipe.definition.fields.get(name)
        if known is None or known.kind != "attachment" or name in seen.hidden:
            raise not_found("field")
        there = file_references(seen.card.values.get(name))
    form = await _form(request)
    key = idempotency_key[:LONGEST_KEY] if idempotency_key else None
    files = await take_in(services, person.id, uploads_in(form, "file"), key=key)
    if name is None:
        return await sender.send(AttachFiles(files=files))
    value: JsonValue = [file.as_value() for file in dict.fromkeys((*there, *files))]
    return await sender.send(EditCard(values={name: value}))


@router.get(
    "/cards/{card}/attachments/{file}",
    summary="Download a file",
    responses={**problems(404), **_CONTENT},
    response_class=Response,
)
async def download(
    card: str, file: str, request: Request, services: Has, person: Member
) -> Response:
    """What is in a file of the card."""
    seen = await seen_card(services, person, card)
    return await send_file(services, seen, file, request)


@router.delete("/cards/{card}/attachments/{file}", summary="Take a file away", responses=_PROBLEMS)
async def detach(file: str, sender: Sender) -> CardShown:
    """Takes an attached file away; those in fields go by writing the field."""
    return await sender.send(DetachFile(file=file))


@router.post(
    "/pipes/{pipe}/attachments",
    status_code=201,
    summary="Upload files for a start form",
    responses=problems(404),
    openapi_extra=_FORM,
)
async def upload(
    pipe: str,
    request: Request,
    services: Has,
    person: Member,
    idempotency_key: IdempotencyKey = None,
) -> UploadsShown:
    """Keeps files, so that a new card's fields can name them; unused ones are forgotten."""
    require_token(person, "create")
    published = await published_pipe(services, pipe)
    standing = await standing_in(services, person, PipeId(pipe))
    actor = user(UserId(person.id))
    against = reasons_against_creating(published.pipe.definition, actor, standing)
    if against:
        raise Problem(403, "not_allowed", against[0].message)
    form = await _form(request)
    key = idempotency_key[:LONGEST_KEY] if idempotency_key else None
    files = await take_in(services, person.id, uploads_in(form, "file"), key=key)
    return UploadsShown(items=[FileShown(**file.as_value()) for file in files])  # type: ignore[arg-type]  # its own parts


async def _form(request: Request) -> FormData:
    """The form that the request brings.

    Raises:
        Problem: It brings none, or one without files.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem(415, "not_a_form", "Send the files as `multipart/form-data`, named `file`.")
    form = await request.form()
    if not uploads_in(form, "file"):
        raise Problem(422, "no_file", "There is no file in the request: name it `file`.")
    return form


def _shown(file: CardFile) -> AttachmentShown:
    return AttachmentShown(
        id=file.file.id,
        name=file.file.name,
        bytes=file.file.bytes,
        type=file.file.type,
        field=file.field,
        by=file.by.id if file.by is not None else None,
        at=file.at,
    )
