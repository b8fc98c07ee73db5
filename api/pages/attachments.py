"""The files of a card: attached by a form, sent to whoever may see them, and taken away."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.attachments import ids_in, send_file, take_in, uploads_in
from api.cards import command_key, seen_card, send
from api.pages.card import carry_out, done, draw_refused, typed_text
from api.pages.card_context import Attempt
from api.pages.flashes import Undoable
from api.problems import not_found
from api.services import Has
from api.signin.people import Member
from engine.attaching import FileRefused
from engine.core.actors import user
from engine.core.commands import AttachFiles, DetachFile
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import reasons_against_deed
from engine.gateway import Rejected
from pipes.identifiers import UserId

router = APIRouter()


@router.get("/cards/{card}/attachments/{file}")
async def download(
    card: str, file: str, request: Request, services: Has, person: Member
) -> Response:
    """What is in a file of the card."""
    seen = await seen_card(services, person, card)
    return await send_file(services, seen, file, request)


@router.post("/cards/{card}/attachments")
async def attach(card: str, request: Request, services: Has, person: Member) -> Response:
    """Attaches files to the card."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    uploads = uploads_in(form, "files")
    sent = await services.attaching.find(ids_in(form, "files"), uploader=person.id)
    reasons: tuple[Reason, ...] = tuple(
        reasons_against_deed("attach", user(seen.standing.user), seen.standing, seen.card)
    )
    if not uploads and not sent:
        reasons = (Reason(code=ReasonCode.EMPTY_TEXT, message="Choose a file first."),)
    if not reasons:
        key = typed_text(form, "command-key") or None
        try:
            files = await take_in(services, person.id, uploads, key=key) if uploads else ()
        except FileRefused as refused:
            reasons = (Reason(code=ReasonCode.INVALID_VALUE, message=str(refused)),)
        else:
            outcome = await send(
                services,
                person,
                seen.card.identity.id,
                AttachFiles(files=(*(each.reference for each in sent), *files)),
                key=command_key(person, key),
            )
            reasons = outcome.reasons if isinstance(outcome, Rejected) else ()
    if reasons:
        return await draw_refused(services, request, person, seen, Attempt(reasons=reasons))
    number = len(uploads) + len(sent)
    said = "File attached." if number == 1 else f"{number} files attached."
    return await done(services, request, person, seen, said)


@router.post("/cards/{card}/attachments/{file}/remove")
async def detach(card: str, file: str, request: Request, services: Has, person: Member) -> Response:
    """Takes an attached file away."""
    seen = await seen_card(services, person, card)
    wish, said = DetachFile(file=file), "The file is taken away."
    found = next((each for each in seen.card.files if each.file.id == file), None)
    undoable = None
    if found is not None and found.by == user(UserId(person.id)):
        key = seen.card.identity.key
        undoable = Undoable(by=person, action=f"/cards/{key}/attachments/{file}/restore")
    return await carry_out(services, request, person, seen, wish, said, undoable=undoable)


@router.post("/cards/{card}/attachments/{file}/restore")
async def restore(
    card: str, file: str, request: Request, services: Has, person: Member
) -> Response:
    """Puts a file back that was taken away, if its reader uploaded it."""
    seen = await seen_card(services, person, card)
    kept = await services.attaching.find([file], uploader=person.id)
    if not kept:
        raise not_found("file")
    wish = AttachFiles(files=tuple(each.reference for each in kept))
    return await carry_out(services, request, person, seen, wish, "The file is back.")
