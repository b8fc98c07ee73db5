"""The screen of notices: what the reader was told, and has not read yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from api.pages.reader import locale_of
from api.pages.rendering import render
from api.pages.words import ago, now
from api.services import Has
from api.signin.people import Member
from engine.core.channels import SHORT_WORDS
from engine.store import notices
from engine.store.notices import StoredNotice
from engine.store.standings import viewer_everywhere

router = APIRouter()

_AT_A_TIME = 50
_SEE_OTHER = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNotice:
    """Something that the reader was told."""

    id: str
    key: str
    kind: str
    text: str
    when: Markup
    unread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """What the reader was told; `older` is where the next page begins."""

    notices: tuple[ShownNotice, ...]
    only_unread: bool
    unread: int
    older: str | None


@router.get("/notices")
async def show_notices(
    request: Request,
    services: Has,
    person: Member,
    unread: Annotated[str, Query(max_length=5)] = "",
    before: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """The newest notices first."""
    async with services.database.reading() as connection:
        found = await notices.list_notices(
            connection,
            await viewer_everywhere(connection, person.id, now()),
            limit=_AT_A_TIME + 1,
            before=_place(before),
            only_unread=bool(unread),
        )
        count = await notices.count_unread(connection, person.id, now=now())
    more = len(found) > _AT_A_TIME
    last = found[_AT_A_TIME - 1] if more else None
    page = NoticesPage(
        notices=tuple(_shown(each, request) for each in found[:_AT_A_TIME]),
        only_unread=bool(unread),
        unread=count,
        older=f"{last.at.isoformat()}~{last.id}" if last else None,
    )
    return render(request, "pages/notices.html", page, person=person, section="notices")


@router.get("/notices/{notice}")
async def open_notice(notice: str, services: Has, person: Member) -> Response:
    """Leads to the card that a notice is about; all that was told of it counts as read then."""
    async with services.database.writing() as connection:
        viewer = await viewer_everywhere(connection, person.id, now())
        key = await notices.open_card(connection, viewer, notice, at=now())
    return RedirectResponse("/notices" if key is None else f"/cards/{key}", _SEE_OTHER)


@router.post("/notices/read")
async def read_notices(request: Request, services: Has, person: Member) -> Response:
    """Notes that the reader has read a notice, or all of them."""
    form = await request.form()
    named = form.get("notice")
    async with services.database.writing() as connection:
        ids = [named] if isinstance(named, str) and named else None
        await notices.mark_read(connection, person.id, at=now(), ids=ids)
    return RedirectResponse("/notices", _SEE_OTHER)


def _shown(notice: StoredNotice, request: Request) -> ShownNotice:
    return ShownNotice(
        id=notice.id,
        key=notice.key,
        kind=SHORT_WORDS[notice.kind],
        text=notice.text,
        when=ago(notice.at, now=now(), locale=locale_of(request)),
        unread=notice.read_at is None,
    )


def _place(text: str) -> tuple[datetime, str] | None:
    """Where a page begins, as its address says; the beginning if that says nothing."""
    moment, _, number = text.partition("~")
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
    except ValueError:
        return None
    return (at, number.replace("\x00", "")) if at.tzinfo is not None else None
