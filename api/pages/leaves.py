"""When somebody is away: shown on their screens, kept and ended by forms there."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.administering import led_back, typed, why_not
from api.pages.flashes import Undoable
from api.pages.reader import locale_of, names_of
from api.pages.words import Person, moment, now
from api.services import Has
from api.signin.people import Member
from engine.core.administration import EndLeave, SetLeave
from engine.store import leaves
from engine.store.database import AsyncConnection
from engine.store.leaves import Leave
from pipes.identifiers import Instant, UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLeave:
    """A leave as its person's screens show it; `key` is how forms name it."""

    key: str
    begins: str
    ends: str
    delegate: Person | None
    is_now: bool


async def shown_leaves(
    connection: AsyncConnection, request: Request, user: str
) -> tuple[ShownLeave, ...]:
    """Somebody's leaves that are not over, in the reader's time."""
    locale, at = locale_of(request), now()
    found = [each for each in await leaves.list_leaves(connection, user) if each.ends_at > at]
    names = await names_of(connection, [each.delegate for each in found if each.delegate])
    return tuple(
        ShownLeave(
            key=each.begins_at.isoformat(),
            begins=moment(each.begins_at, locale),
            ends=moment(each.ends_at, locale),
            delegate=names.person(each.delegate) if each.delegate else None,
            is_now=each.begins_at <= at,
        )
        for each in found
    )


@router.post("/people/{user}/leaves")
async def set_leave(user: str, request: Request, services: Has, person: Member) -> Response:
    """Keeps a leave, typed in the reader's time."""
    form = await request.form()
    delegate, back = typed(form, "delegate"), typed(form, "next")
    begins = _typed_moment(request, typed(form, "begins"))
    ends = _typed_moment(request, typed(form, "ends"))
    if begins is None or ends is None:
        return led_back(back, "Not saved: when the leave begins and ends are both needed.")
    act = SetLeave(
        person=UserId(user),
        begins_at=begins,
        ends_at=ends,
        delegate=UserId(delegate) if delegate else None,
    )
    problems = await why_not(services, person, [act])
    said = f"Not saved: {' '.join(problems)}" if problems else "The leave is saved."
    return led_back(back, said)


@router.post("/people/{user}/leaves/end")
async def end_leave(user: str, request: Request, services: Has, person: Member) -> Response:
    """Takes a leave away."""
    form = await request.form()
    begins, back = _typed_moment(request, typed(form, "leave")) or now(), typed(form, "next")
    async with services.database.reading() as connection:
        found = await leaves.list_leaves(connection, user)
    act = EndLeave(person=UserId(user), begins_at=begins)
    problems = await why_not(services, person, [act])
    if problems:
        return led_back(back, " ".join(problems))
    ended = next((each for each in found if each.begins_at == begins), None)
    undoable = None if ended is None else _undoable(person, ended, back)
    return led_back(back, "The leave is taken away.", undoable)


def _undoable(person: Member, leave: Leave, back: str) -> Undoable:
    return Undoable(
        by=person,
        action=f"/people/{leave.user}/leaves",
        fields={
            "begins": leave.begins_at.isoformat(),
            "ends": leave.ends_at.isoformat(),
            "delegate": leave.delegate or "",
            "next": back,
        },
    )


def _typed_moment(request: Request, text: str) -> Instant | None:
    """What was typed into a field for a time, in the reader's zone unless it names one."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=locale_of(request).zone)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None
