"""When somebody is away, as their screens show it."""

from dataclasses import dataclass

from fastapi import Request

from api.pages.reader import locale_of, names_of
from api.pages.words import Person, moment, now
from engine.store import leaves
from engine.store.database import AsyncConnection


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
