"""A form that came without a valid session is not lost: it is kept through the sign-in, and sent.

It is sent again only when its sender says so, who sees it before. Its files are kept for an hour,
under a secret that only the page of the sign-in has: who signs in with it has uploaded them.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeGuard

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from api.attachments import UPLOADS_OF_STRANGERS
from api.pages.rendering import render
from api.problems import Problem
from api.services import Services
from api.signin.limits import seconds_to_wait
from api.signin.people import SignedIn, now, refuse_foreign_origin, safe_next
from engine.attaching import FileRefused
from engine.store import files

_PREFIX = "kept:"
_ACTION = "kept-action"
_HOLDER = "kept-holder"
_FILE = "kept-file"
_HELD_FOR = timedelta(hours=1)
_HELD = re.compile(rf"{files.HELD}[A-Za-z0-9_-]{{32}}")
_MOST_FILES = 20
_NEVER_KEPT = frozenset(("csrf_token", "password", "new", "again", "current", "code", "second"))
# What boxes hold; a box is sent with what stands for it when it is not ticked before it.
_BOXES = {"true": "Yes", "false": "No"}
_LABELS = {"text": "Comment", "reason": "Reason", "move-comment": "Comment", "comment": "Comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A form on its way: where it was going, and what is in it.

    Attributes:
        fields: With the ids of files that are kept, as forms name those that were sent before.
        holder: Who has uploaded them until their sender has signed in.
        files: What they are called; those that were not taken have no id.
    """

    action: str
    fields: tuple[tuple[str, str], ...]
    holder: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """The form as hidden inputs of another."""
        fields = ((_PREFIX + name, text) for name, text in self.fields)
        return ((_ACTION, self.action), *fields, *self.about_files)

    @property
    def again(self) -> tuple[tuple[str, str], ...]:
        """The form as hidden inputs, to be sent as it came."""
        return (*self.fields, *self.about_files)

    @property
    def about_files(self) -> tuple[tuple[str, str], ...]:
        """The files as hidden inputs."""
        held = ((_HOLDER, self.holder),) if self.holder else ()
        return (*held, *((_FILE, f"{number} {name}") for number, name in self.files))

    @property
    def page(self) -> str:
        """The page that the form was on, as far as the address tells."""
        return page_of(self.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePage:
    """What was typed, to be sent now; `lost` are files that could not be kept."""

    kept: Kept
    shown: tuple[tuple[str, str], ...]
    files: tuple[str, ...]
    lost: tuple[str, ...]


async def form_of(request: Request, services: Services, person: SignedIn | None) -> Kept | None:
    """The form that the request brought, if it comes from a page of ours and is worth keeping."""
    if request.method != "POST" or "form" not in request.headers.get("content-type", ""):
        return None
    try:
        refuse_foreign_origin(request)
    except Problem:
        return None
    form = await request.form()
    fields = tuple(pair for pair in _texts(form) if pair[0] not in _NEVER_KEPT)
    kept = _with_files(Kept(action=request.url.path, fields=fields), form)
    uploads = [(name, each) for name, each in form.multi_items() if _is_file(each)]
    if uploads:
        if person is None and not kept.holder:
            kept = replace(kept, holder=files.HELD + secrets.token_urlsafe(24))
        by = kept.holder or (person.id if person else "")
        kept = await _holding(request, services, kept, uploads, by)
    return kept if kept.fields or kept.files else None


def page_of(action: str) -> str:
    """The page that a form of this address is on, as far as it tells."""
    parts = action.split("/")
    match parts[1:2]:
        case ["cards"] | ["people"]:
            return "/".join(parts[:3])
        case ["profile"]:
            return "/profile"
        case _:
            return action


def carried_by(form: FormData) -> Kept | None:
    """The form that a sign-in carries."""
    action = form.get(_ACTION)
    if not isinstance(action, str) or safe_next(action) != action:
        return None
    fields = tuple(
        (name.removeprefix(_PREFIX), text)
        for name, text in _texts(form)
        if name.startswith(_PREFIX)
    )
    return _with_files(Kept(action=action, fields=fields), form)


async def claimed(services: Services, kept: Kept, user: str) -> Kept:
    """The form with its files, which are from now on those of whoever has signed in."""
    if _HELD.fullmatch(kept.holder):
        async with services.database.writing() as connection:
            await files.hand_over(connection, kept.holder, user, since=now() - _HELD_FOR)
    return replace(kept, holder="")


async def _holding(
    request: Request,
    services: Services,
    kept: Kept,
    uploads: Sequence[tuple[str, UploadFile]],
    uploader: str,
) -> Kept:
    """The form with its files kept, as far as they are taken from somebody without an account."""
    fields, named = list(kept.fields), list(kept.files)
    who = f"signed out|{request.client.host if request.client else ''}"
    for name, upload in uploads[:_MOST_FILES]:
        shown = upload.filename or ""
        if await seconds_to_wait(services.database, [(UPLOADS_OF_STRANGERS, who)], now()):
            named.append(("", shown))
            continue
        try:
            file = await services.public_attaching().take_in(upload, uploader=uploader)
        except FileRefused:
            named.append(("", shown))
        else:
            fields.append((name.removesuffix(".new"), file.id))
            named.append((file.id, file.name))
    named += [("", upload.filename or "") for _, upload in uploads[_MOST_FILES:]]
    return replace(kept, fields=tuple(fields), files=tuple(named))


def _is_file(value: object) -> TypeGuard[UploadFile]:
    return isinstance(value, UploadFile) and bool(value.filename)


def _with_files(kept: Kept, form: FormData) -> Kept:
    """The form with what it says of files that are kept for it."""
    holder = form.get(_HOLDER)
    held = holder if isinstance(holder, str) and _HELD.fullmatch(holder) else ""
    pairs = [text.partition(" ") for text in form.getlist(_FILE) if isinstance(text, str)]
    named = tuple((number, name) for number, _, name in pairs)
    return replace(kept, holder=held, files=named)


def draw_resume(
    request: Request, person: SignedIn | None, kept: Kept, *, status: int = 200
) -> HTMLResponse:
    """The page that shows what was typed and sends it."""
    page = ResumePage(
        kept=kept,
        shown=_shown(kept),
        files=tuple(name for number, name in kept.files if number),
        lost=tuple(name for number, name in kept.files if not number),
    )
    return render(request, "pages/resume.html", page, person=person, status=status)


def resumed_with(
    session: Response, request: Request, person: SignedIn | None, kept: Kept
) -> HTMLResponse:
    """The same page in the place of an answer that begins a session, with that session's cookie."""
    page = draw_resume(request, person, kept)
    page.raw_headers += [each for each in session.raw_headers if each[0] == b"set-cookie"]
    return page


def _texts(form: FormData) -> Sequence[tuple[str, str]]:
    return [
        (name, text)
        for name, text in form.multi_items()
        if isinstance(text, str) and name not in (_HOLDER, _FILE)
    ]


def _shown(kept: Kept) -> tuple[tuple[str, str], ...]:
    """What people have typed, without what pages send along."""
    numbers = {number for number, _ in kept.files}
    return tuple(
        (_LABELS.get(name, name.replace("_", " ").capitalize()), _BOXES.get(text, text))
        for name, text in kept.fields
        if text.strip() and text not in numbers and _is_typed(name)
        if text != "false" or (name, "true") not in kept.fields
    )


def _is_typed(name: str) -> bool:
    return (name in _LABELS or "-" not in name) and name != "decision"
