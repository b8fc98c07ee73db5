"""Tokens on their person's screens: shown, made and ended by forms there."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from api.pages.administering import led_back, secret_page, typed, why_not
from api.pages.reader import locale_of, names_of
from api.pages.words import Person, ago, day, now
from api.services import Has
from api.signin.people import Member
from api.signin.tokens import LONGEST_TOKEN_DAYS, new_token
from engine.core.administration import EndToken
from engine.core.scopes import SCOPES
from engine.store import people
from engine.store.database import AsyncConnection
from pipes.identifiers import UserId

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownToken:
    """A token without its secret; `made_by` is an admin who made it for another account."""

    id: str
    name: str
    scopes: str
    ends: Markup
    is_over: bool
    used: Markup | None
    made_by: Person | None


async def shown_tokens(
    connection: AsyncConnection, request: Request, user: str
) -> tuple[ShownToken, ...]:
    """Somebody's tokens, the newest first."""
    found = await people.list_tokens(connection, user)
    names = await names_of(connection, [token.made_by for token in found if token.made_by])
    locale, at = locale_of(request), now()
    return tuple(
        ShownToken(
            id=token.id,
            name=token.name,
            scopes=token.scopes.replace(" ", ", "),
            ends=day(token.expires_at, locale),
            is_over=token.expires_at <= at,
            used=ago(token.last_used_at, now=at, locale=locale) if token.last_used_at else None,
            made_by=names.person(token.made_by) if token.made_by else None,
        )
        for token in found
    )


@router.post("/people/{user}/tokens")
async def make_token(user: str, request: Request, services: Has, person: Member) -> Response:
    """Makes a token; its secret is shown this once."""
    form = await request.form()
    days, back = typed(form, "days"), typed(form, "next")
    length = int(days) if days.isdecimal() and len(days) <= len(str(LONGEST_TOKEN_DAYS)) else 0
    if not 1 <= length <= LONGEST_TOKEN_DAYS:
        return led_back(back, f"Not made: a token is good for 1 to {LONGEST_TOKEN_DAYS} days.")
    wanted = [scope for scope in SCOPES if scope in form.getlist("scope")]
    act, secret = new_token(user, name=typed(form, "name"), scopes=wanted, days=length)
    problems = await why_not(services, person, [act])
    if problems:
        return led_back(back, f"Not made: {' '.join(problems)}")
    return secret_page(
        request,
        person,
        title=f"The token {act.name}",
        about="A program sends it as “Authorization: Bearer …”. It is shown only now.",
        secret=secret,
        back=back,
    )


@router.post("/people/{user}/tokens/{token}/end")
async def end_token(
    user: str, token: str, request: Request, services: Has, person: Member
) -> Response:
    """Ends a token."""
    form = await request.form()
    act = EndToken(person=UserId(user), token=token)
    problems = await why_not(services, person, [act])
    return led_back(typed(form, "next"), " ".join(problems) or "The token is ended.")
