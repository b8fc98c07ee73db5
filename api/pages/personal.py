"""The forms for leaves and tokens, which stand on the profile and on the page of an account."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.administering import require
from api.pages.account import draw_account
from api.pages.administering import led_back, secret_page, typed, why_not
from api.pages.flashes import Undoable
from api.pages.person import draw_person
from api.pages.reader import locale_of
from api.pages.refusals import Complaint, Refusal, in_a_line, refusal
from api.pages.words import now
from api.services import Has
from api.signin.people import Member
from api.signin.tokens import LONGEST_TOKEN_DAYS, new_token
from engine.core.administration import EndLeave, EndToken, SetLeave
from engine.core.scopes import SCOPES
from engine.store import leaves
from engine.store.leaves import Leave
from pipes.identifiers import Instant, UserId

router = APIRouter()


@router.post("/people/{user}/leaves")
async def set_leave(user: str, request: Request, services: Has, person: Member) -> Response:
    """Keeps a leave, typed in the reader's time."""
    form = await request.form()
    delegate = typed(form, "delegate")
    begins = _typed_moment(request, typed(form, "begins"))
    ends = _typed_moment(request, typed(form, "ends"))
    if begins is None or ends is None:
        missing = [name for name, at in (("begins_at", begins), ("ends_at", ends)) if at is None]
        needed = [Complaint(message="A day and a time are needed.", field=name) for name in missing]
        return await _again(request, services, person, user, refusal("leave", needed, form))
    act = SetLeave(
        person=UserId(user),
        begins_at=begins,
        ends_at=ends,
        delegate=UserId(delegate) if delegate else None,
    )
    reasons = await why_not(services, person, [act])
    if reasons:
        return await _again(request, services, person, user, refusal("leave", reasons, form))
    return led_back(typed(form, "next"), "The leave is saved.")


@router.post("/people/{user}/leaves/end")
async def end_leave(user: str, request: Request, services: Has, person: Member) -> Response:
    """Takes a leave away."""
    form = await request.form()
    begins, back = _typed_moment(request, typed(form, "leave")) or now(), typed(form, "next")
    async with services.database.reading() as connection:
        found = await leaves.list_leaves(connection, user)
    act = EndLeave(person=UserId(user), begins_at=begins)
    reasons = await why_not(services, person, [act])
    if reasons:
        return led_back(back, in_a_line(reasons))
    ended = next((each for each in found if each.begins_at == begins), None)
    undoable = None if ended is None else _undoable(person, ended, back)
    return led_back(back, "The leave is taken away.", undoable)


@router.post("/people/{user}/tokens")
async def make_token(user: str, request: Request, services: Has, person: Member) -> Response:
    """Makes a token; its secret is shown this once."""
    form = await request.form()
    days = typed(form, "days")
    length = int(days) if days.isdecimal() and len(days) <= len(str(LONGEST_TOKEN_DAYS)) else 0
    if not 1 <= length <= LONGEST_TOKEN_DAYS:
        message = f"A token is good for 1 to {LONGEST_TOKEN_DAYS} days."
        wrong = [Complaint(message=message, field="expires_at")]
        return await _again(request, services, person, user, refusal("token", wrong, form))
    wanted = [scope for scope in SCOPES if scope in form.getlist("scope")]
    act, secret = new_token(user, name=typed(form, "name"), scopes=wanted, days=length)
    reasons = await why_not(services, person, [act])
    if reasons:
        return await _again(request, services, person, user, refusal("token", reasons, form))
    return secret_page(
        request,
        person,
        title=f"The token {act.name}",
        about="A program sends it as “Authorization: Bearer …”. It is shown only now.",
        secret=secret,
        back=typed(form, "next"),
    )


@router.post("/people/{user}/tokens/{token}/end")
async def end_token(
    user: str, token: str, request: Request, services: Has, person: Member
) -> Response:
    """Ends a token."""
    form = await request.form()
    act = EndToken(person=UserId(user), token=token)
    reasons = await why_not(services, person, [act])
    return led_back(typed(form, "next"), in_a_line(reasons) or "The token is ended.")


async def _again(
    request: Request, services: Has, person: Member, user: str, refused: Refusal
) -> HTMLResponse:
    """The page on which the form stands, with what was typed and what is wrong with it."""
    if typed(await request.form(), "next").startswith("/profile"):
        return await draw_account(request, services, person, refused=refused)
    require(person, "see_people")
    return await draw_person(request, services, person, user, refused=refused)


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
