"""Files of cards, for whoever asks: taken in, listed by the rights, and sent so that nothing runs.

What the JSON routes and the pages have in common.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import structlog
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.datastructures import FormData, UploadFile

from api.cards import SeenCard
from api.middleware import POLICY_HEADER
from api.problems import Problem, not_found
from api.services import Services
from api.signin.limits import seconds_to_wait
from api.signin.people import now
from engine.core.actors import Actor
from engine.storage import ContentMissing
from engine.store.attempts import Limit
from engine.store.files import StoredFile
from pipes.files import FileReference, file_references
from pipes.files.judging import SHOWN_INLINE, UNKNOWN
from pipes.identifiers import FieldId, Instant

# Nothing in it can run, ask or be shown in a frame, whatever the browser takes it for.
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# As these it would be a page of ours, if it ever were shown.
_ACTIVE = ("html", "xml", "javascript", "svg")

_MOST_IDS = 20
# Requests that bring files: of one person; and of everybody without an account, for one pipe.
_UPLOADS = Limit(name="uploads", attempts=200, within=timedelta(minutes=10))
UPLOADS_OF_STRANGERS = Limit(name="uploads of strangers", attempts=60, within=timedelta(hours=1))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A file of a card: attached by somebody, or in one of its fields."""

    file: FileReference
    field: FieldId | None
    by: Actor | None = None
    at: Instant | None = None


def files_of(seen: SeenCard) -> tuple[CardFile, ...]:
    """The files of a card that its reader may know of: those in fields, then those attached."""
    in_fields = [
        CardFile(file=file, field=name)
        for name, field in seen.published.pipe.definition.fields.items()
        if field.kind == "attachment" and name not in seen.hidden
        for file in file_references(seen.card.values.get(name))
    ]
    attached = [
        CardFile(file=each.file, field=None, by=each.by, at=each.at) for each in seen.card.files
    ]
    return (*in_fields, *attached)


def uploads_in(form: FormData, name: str) -> tuple[UploadFile, ...]:
    """The files that a form brings under a name; a browser sends one without a name for none."""
    return tuple(
        each for each in form.getlist(name) if isinstance(each, UploadFile) and each.filename
    )


def ids_in(form: FormData, name: str) -> list[str]:
    """The ids of files under a name that were sent before, with a form whose session had ended."""
    return [each for each in form.getlist(name) if isinstance(each, str) and each][:_MOST_IDS]


async def take_in(
    services: Services, person: str, uploads: Sequence[UploadFile], *, key: str | None = None
) -> tuple[FileReference, ...]:
    """Keeps what a signed-in person sends.

    Args:
        services: Of this process.
        person: The user's id.
        uploads: What was sent; all are kept, or the first that is refused is told.
        key: The request's idempotency key, if it has one.

    Raises:
        Problem: Too many requests with files have come.
        FileRefused: One of them is not taken.
    """
    await refuse_flood(services, person)
    taken = []
    for number, upload in enumerate(uploads):
        mark = f"{person}:{key}:{number}" if key else None
        taken.append(await services.attaching.take_in(upload, uploader=person, key=mark))
    return tuple(file.reference for file in taken)


async def refuse_flood(services: Services, person: str) -> None:
    """Counts a request with files.

    Raises:
        Problem: There have been too many.
    """
    seconds = await seconds_to_wait(services.database, [(_UPLOADS, person)], now())
    if seconds is not None:
        raise Problem(
            429,
            "too_many_uploads",
            f"Too many files have come from you: try again in {seconds} seconds.",
            headers={"Retry-After": str(seconds)},
        )


async def send_file(services: Services, seen: SeenCard, number: str, request: Request) -> Response:
    """A file of the card, as something to save; a harmless picture may also be shown.

    Raises:
        Problem: The card has no such file, or the reader may not know of it.
    """
    if all(each.file.id != number for each in files_of(seen)):
        raise not_found("file")
    opened = await services.attaching.open(number)
    if opened is None:
        raise not_found("file")
    file, pieces = opened
    headers = _headers(file)
    if request.method == "HEAD":
        return Response(headers=headers)
    try:
        first = await anext(pieces)
    except ContentMissing:
        log.exception("the storage has lost a file", content=file.hash)
        raise not_found("file") from None
    return StreamingResponse(_from(first, pieces), headers=headers)


def _headers(file: StoredFile) -> dict[str, str]:
    active = any(part in file.type for part in _ACTIVE)
    shown = "inline" if file.type in SHOWN_INLINE else "attachment"
    plain = "".join(
        letter if letter.isascii() and letter not in '"\\' else "_" for letter in file.name
    )
    encoded = f"filename*=UTF-8''{quote(file.name)}"
    return {
        "Content-Type": UNKNOWN if active else file.type,
        "Content-Length": str(file.bytes),
        "Content-Disposition": f'{shown}; filename="{plain}"; {encoded}',
        # Already as small as it gets, and a length is worth more to who waits.
        "Content-Encoding": "identity",
        "Cache-Control": "private, no-store",
        POLICY_HEADER: _POLICY,
    }


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
