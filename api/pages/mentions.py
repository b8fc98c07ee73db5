"""Whom somebody may mean who has typed `@` into a comment: for the script that completes it."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.cards import seen_card
from api.pages.reader import everybody
from api.pages.words import Person
from api.services import Has
from api.signin.people import Member

router = APIRouter()

_MOST = 6


@router.get("/cards/{card}/mentions")
async def mentions(
    card: str, services: Has, person: Member, q: Annotated[str, Query(max_length=100)] = ""
) -> JSONResponse:
    """The people whose name or id begins with what was typed after the `@`."""
    await seen_card(services, person, card)
    async with services.database.reading() as connection:
        there = await everybody(connection)
    found = suggested(there, q)
    return JSONResponse([{"id": each.id, "name": each.name} for each in found])


def suggested(people: Iterable[Person], typed: str) -> tuple[Person, ...]:
    """Those whose id or one of whose names begins so; whose id does comes first."""
    wanted = typed.casefold()
    meant = [each for each in people if any(word.startswith(wanted) for word in _words(each))]
    meant.sort(key=lambda each: not each.id.casefold().startswith(wanted))
    return tuple(meant[:_MOST])


def _words(person: Person) -> tuple[str, ...]:
    name = person.name.casefold()
    return (person.id.casefold(), name, *name.replace("-", " ").split())
