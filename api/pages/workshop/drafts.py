"""The page on which a pipe is written: the text is kept as it is typed, studied and published."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Header, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from api.pages.flashes import Undoable, flash
from api.pages.rendering import is_part, render_part
from api.pages.words import now
from api.pages.workshop.authors import Author
from api.pages.workshop.keeping import Kept, begin, draft_of, keep
from api.pages.workshop.showing import Panels, draw, panels_of
from api.pages.workshop.texts import NoText, decoded, formatted, plain
from api.problems import Problem, not_found
from api.services import Has, Services
from api.signin.people import SignedIn
from engine.publishing import Publication, Refusal, publish
from engine.store import drafts, registry
from engine.store.drafts import Draft

router = APIRouter(prefix="/workshop/drafts")

_SEE_OTHER = 303
_MOST_REVISIONS = 2**31 - 1
_APART = (
    "This draft was changed in another window meanwhile."
    " What you typed here is kept as a draft of its own: this one."
)

type Deed = Literal["save", "format", "publish"]


@router.post("")
async def begin_draft(
    services: Has,
    author: Author,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Begins an empty draft, or one with the text of a file."""
    text = await _text_of_file(file) if file is not None and file.filename else ""
    return _to(await begin(services, author, text))


@router.get("/{draft}")
async def show_draft(draft: str, request: Request, services: Has, author: Author) -> HTMLResponse:
    """A draft in the editor."""
    found = await draft_of(services, author, draft)
    return await draw(request, author, await panels_of(services, request, found))


@router.post("/{draft}")
async def change_draft(
    draft: str,
    request: Request,
    services: Has,
    author: Author,
    text: Annotated[str, Form()] = "",
    revision: Annotated[int, Form(ge=0, le=_MOST_REVISIONS)] = 0,
    seen: Annotated[int, Form(ge=0, le=_MOST_REVISIONS)] = 0,
    do: Annotated[Deed, Form()] = "save",
) -> Response:
    """Keeps the text, and formats or publishes it if that is asked for."""
    text = formatted(plain(text)) if do == "format" else plain(text)
    kept = await keep(services, author, draft, text=text, revision=revision)
    if kept.is_apart:
        return _to(kept.draft, _APART)
    if do == "publish":
        return await _published(services, request, author, kept.draft, seen)
    return await draw(request, author, await panels_of(services, request, kept.draft))


@router.post("/{draft}/text")
async def keep_text(
    draft: str,
    request: Request,
    services: Has,
    author: Author,
    x_revision: Annotated[int, Header(ge=0, le=_MOST_REVISIONS)],
) -> Response:
    """Keeps what is being typed, and says what follows from it: for the editor."""
    text = _decoded(await request.body())
    kept = await keep(services, author, draft, text=text, revision=x_revision)
    if kept.is_apart:
        return _moved_apart(kept)
    panels = await panels_of(services, request, kept.draft)
    response = render_part(request, "parts/_workshop_panels.html", panels=panels)
    response.headers["X-Revision"] = str(kept.draft.revision)
    return response


@router.post("/{draft}/formatted")
async def format_text(draft: str, request: Request, services: Has, author: Author) -> Response:
    """The text that is sent, laid out: for the editor, which keeps it as a change of its own."""
    await draft_of(services, author, draft)
    return PlainTextResponse(formatted(_decoded(await request.body())))


@router.post("/{draft}/form")
async def show_form(draft: str, request: Request, services: Has, author: Author) -> HTMLResponse:
    """A form of the pipe, as somebody sees it when these values have been typed."""
    found = await draft_of(services, author, draft)
    given = await request.form()
    panels = await panels_of(
        services,
        request,
        found,
        form=str(given.get("preview-form", "")),
        through=str(given.get("preview-through", "")),
        typed=given,
    )
    if is_part(request):
        return render_part(request, "parts/_workshop_preview.html", panels=panels)
    return await draw(request, author, panels)


@router.get("/{draft}/file")
async def export_draft(draft: str, services: Has, author: Author) -> Response:
    """The text as a file, as it was typed."""
    found = await draft_of(services, author, draft)
    return as_file(found.text, f"{found.origin or 'draft'}.json")


@router.post("/{draft}/discard")
async def discard_draft(draft: str, services: Has, author: Author) -> Response:
    """Takes the draft away."""
    found = await draft_of(services, author, draft)
    async with services.database.writing() as connection:
        await drafts.discard_draft(connection, found.id, author.id, at=now())
    response = RedirectResponse("/workshop", _SEE_OTHER)
    flash(
        response,
        f"The draft of “{found.name}” is discarded.",
        draft=f"workshop:{found.id}",
        undoable=Undoable(by=author, action=f"/workshop/drafts/{found.id}/restore"),
    )
    return response


@router.post("/{draft}/restore")
async def restore_draft(draft: str, services: Has, author: Author) -> Response:
    """Puts a draft back that was taken away lately."""
    async with services.database.writing() as connection:
        found = await drafts.restore_draft(connection, draft, author.id)
    if found is None:
        raise not_found("draft")
    response = RedirectResponse(f"/workshop/drafts/{found.id}", _SEE_OTHER)
    flash(response, f"The draft of “{found.name}” is back.")
    return response


def as_file(text: str, name: str) -> Response:
    """A definition to be saved on one's own machine."""
    return Response(
        text,
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def to_draft(draft: Draft) -> Response:
    """Leads to the draft's page."""
    return _to(draft)


def _to(draft: Draft, said: str = "") -> Response:
    response = RedirectResponse(f"/workshop/drafts/{draft.id}", _SEE_OTHER)
    if said:
        flash(response, said)
    return response


def _moved_apart(kept: Kept) -> Response:
    response = Response(status_code=409, headers={"Location": f"/workshop/drafts/{kept.draft.id}"})
    flash(response, _APART)
    return response


async def _text_of_file(file: UploadFile) -> str:
    return _decoded(await file.read())


def _decoded(sent: bytes) -> str:
    try:
        return decoded(sent)
    except NoText as problem:
        raise Problem(422, "no_text", str(problem)) from None


# --- publishing -----------------------------------------------------------------------------------


async def _published(
    services: Services, request: Request, author: SignedIn, draft: Draft, seen: int
) -> Response:
    """Publishes the draft, or says on its page why not."""
    panels = await panels_of(services, request, draft)
    refusal = _against(panels, seen)
    if not refusal:
        outcome = await publish(services.database, draft.text, by=author.id, at=now(), way="page")
        if isinstance(outcome, Publication):
            async with services.database.writing() as connection:
                await drafts.remove_draft(connection, draft.id, author.id)
                retired = await registry.is_retired(connection, outcome.pipe)
            return _arrived(draft, outcome, retired=retired)
        refusal = _in_words(outcome)
    return await draw(request, author, panels, refusal=refusal, status=422)


def _against(panels: Panels, seen: int) -> str:
    """What speaks against publishing before it is tried; nothing, if it is empty."""
    release = panels.release
    if release.current == seen:
        return ""
    return (
        f"Not published: version {release.current} was published meanwhile. Look at what would"
        " change now, and publish again."
    )


def _in_words(refusal: Refusal) -> str:
    errors = sum(finding.severity == "error" for finding in refusal.findings)
    stand = "one error stands" if errors == 1 else f"{errors} errors stand"
    return f"Not published: {stand} against it."


def _arrived(draft: Draft, done: Publication, *, retired: bool) -> Response:
    address = f"/pipes/{done.pipe}/versions" if retired else f"/pipes/{done.pipe}"
    response = RedirectResponse(address, _SEE_OTHER)
    said = (
        f"“{draft.name}” is published as version {done.version}: new cards start on it."
        if done.is_new
        else f"Nothing is different from version {done.version}, so that one stays."
    )
    flash(response, said, draft=f"workshop:{draft.id}")
    return response
