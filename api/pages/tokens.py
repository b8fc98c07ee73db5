"""Tokens, as the screens of their person show them."""

from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup

from api.pages.reader import locale_of, names_of
from api.pages.words import Person, ago, day, now
from engine.store import people
from engine.store.database import AsyncConnection


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
