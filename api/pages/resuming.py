"""A form that came without a valid session is not lost: it is kept through the sign-in, and sent.

It is sent again only when its sender says so, who sees it before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from api.pages.rendering import render
from api.problems import Problem
from api.signin.people import SignedIn, refuse_foreign_origin, safe_next

_PREFIX = "kept:"
_ACTION = "kept-action"
_NEVER_KEPT = frozenset(("csrf_token", "password", "new", "again", "current", "code"))
_LABELS = {"text": "Comment", "reason": "Reason", "move-comment": "Comment", "comment": "Comment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A form on its way: where it was going, and what is in it."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """The form as hidden inputs of another."""
        return ((_ACTION, self.action), *((_PREFIX + name, text) for name, text in self.fields))

    @property
    def page(self) -> str:
        """The page that the form was on, as far as the address tells."""
        return page_of(self.action)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePage:
    """What was typed, to be sent now."""

    kept: Kept
    shown: tuple[tuple[str, str], ...]


async def form_of(request: Request) -> Kept | None:
    """The form that the request brought, if it comes from a page of ours and is worth keeping."""
    if request.method != "POST" or "form" not in request.headers.get("content-type", ""):
        return None
    try:
        refuse_foreign_origin(request)
    except Problem:
        return None
    fields = _texts(await request.form())
    kept = tuple((name, text) for name, text in fields if name not in _NEVER_KEPT)
    return Kept(action=request.url.path, fields=kept) if kept else None


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
    return Kept(action=action, fields=fields)


def draw_resume(
    request: Request, person: SignedIn | None, kept: Kept, *, status: int = 200
) -> HTMLResponse:
    """The page that shows what was typed and sends it."""
    page = ResumePage(kept=kept, shown=_shown(kept.fields))
    return render(request, "pages/resume.html", page, person=person, status=status)


def _texts(form: FormData) -> Sequence[tuple[str, str]]:
    return [(name, text) for name, text in form.multi_items() if isinstance(text, str)]


def _shown(fields: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What people have typed, without what pages send along."""
    return tuple(
        (_LABELS.get(name, name.replace("_", " ").capitalize()), text)
        for name, text in fields
        if text.strip() and (name in _LABELS or "-" not in name) and name != "decision"
    )
