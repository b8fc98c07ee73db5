"""Choosing people and cards by what they are called: what is offered, and what was meant.

Lists of ticks are for a dozen; beyond that one types a name, and a browser offers those that fit.
Nothing here needs scripts: what was typed is looked up when the form arrives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from api.cards import latest_with_words, standing_in
from api.pages.controls import CARD_KEY, MOST_TICKED, Typed, read_typed
from api.pages.reader import everybody
from api.pages.uploads import member, with_files
from api.pages.words import Person, called
from api.problems import Problem
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from pipes.fields.field import ConnectionOptions, Field, Option
from pipes.identifiers import FieldId, JsonValue, OptionId, PipeId

router = APIRouter()

_OFFERED = 20
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A card that can be chosen."""

    key: str
    title: str


# --- people ---------------------------------------------------------------------------------------


def meant(people: Sequence[Person], text: str) -> tuple[str, ...]:
    """The ids of those whom a text means: one, or several with commas between them.

    What means nobody stays as it is, so that its refusal can name it.
    """
    typed = text.strip()
    known = {name.casefold(): person for person, name in called(people).items()}
    known |= {person.id.casefold(): person.id for person in people}
    if not typed or typed.casefold() in known:
        return (known[typed.casefold()],) if typed else ()
    parts = (part.strip() for part in typed.split(","))
    return tuple(known.get(part.casefold(), part) for part in parts if part)


def assignable(people: Sequence[Person], assignees: Sequence[Person]) -> tuple[Person, ...]:
    """Whom one may tick: the assignees, and everybody where they are few."""
    few = people if len(people) <= MOST_TICKED else ()
    return (*assignees, *(each for each in few if each not in assignees))


def names_offered(people: Sequence[Person], assignees: Sequence[Person]) -> tuple[Option, ...]:
    """Whose names are offered as one types, where they are many."""
    if len(people) <= MOST_TICKED:
        return ()
    names = called(people)
    others = (each for each in people if each not in assignees)
    return tuple(Option(id=OptionId(each.id), label=names[each.id]) for each in others)


# --- cards ----------------------------------------------------------------------------------------


@router.get("/pipes/{pipe}/choices")
async def choices(
    pipe: str, services: Has, person: Member, q: Annotated[str, Query(max_length=200)] = ""
) -> JSONResponse:
    """The cards that one may choose from, for the script that offers them as somebody types."""
    found = await offered(services, person, PipeId(pipe), q)
    return JSONResponse([{"key": each.key, "title": each.title} for each in found])


async def offered(
    services: Services, person: SignedIn, pipe: PipeId, text: str
) -> tuple[Offered, ...]:
    """The cards that have these words and that the person may see, the latest first."""
    try:
        standing = await standing_in(services, person, pipe)
    except Problem:
        return ()
    async with services.database.reading() as connection:
        found = await latest_with_words(connection, standing, pipe, text, limit=_OFFERED)
    return tuple(Offered(key=each.identity.key, title=each.work.title) for each in found)


# --- what a form says -----------------------------------------------------------------------------


async def typed_into(
    services: Services,
    person: SignedIn,
    fields: Sequence[Field],
    form: FormData,
    *,
    there: Mapping[FieldId, JsonValue],
) -> Typed:
    """What a submitted form says: people and cards by what they are called, files taken in.

    Raises:
        Problem: Too many requests with files have come from this person.
    """
    people: tuple[Person, ...] = ()
    if any(field.kind == "users" and field.id in form for field in fields):
        async with services.database.reading() as connection:
            people = await everybody(connection)
    said, complaints = await _with_keys(services, person, fields, form)
    typed = read_typed(fields, with_ids(fields, said, people))
    if complaints:
        texts = {name: _texts(form, name) for name in complaints}
        typed = replace(
            typed,
            complaints={**typed.complaints, **complaints},
            texts={**typed.texts, **texts},
        )
    return await with_files(services, member(services, person.id), fields, form, typed, there=there)


def with_ids(fields: Sequence[Field], form: FormData, people: Sequence[Person]) -> FormData:
    """The form with the ids of people where their names were typed."""
    asked = {field.id for field in fields if field.kind == "users"}
    if not people:
        return form
    return FormData(
        [
            (name, each)
            for name, value in form.multi_items()
            for each in (
                meant(people, value) or ("",)
                if name in asked and isinstance(value, str)
                else (value,)
            )
        ]
    )


async def _with_keys(
    services: Services, person: SignedIn, fields: Sequence[Field], form: FormData
) -> tuple[FormData, Mapping[FieldId, str]]:
    """The form with the keys of cards where their words were typed, and what fits several."""
    pairs = list(form.multi_items())
    complaints: dict[FieldId, str] = {}
    for field in fields:
        if not isinstance(field.options, ConnectionOptions) or field.id not in form:
            continue
        keys: list[str] = []
        for text in filter(None, _texts(form, field.id)):
            found = await _meant_card(services, person, field.options.pipe, text)
            if len(found) > 1:
                named = ", ".join(f"{each.key} {each.title}" for each in found[:_NAMED])
                complaints[field.id] = (
                    f"{field.label}: several cards have the words “{text[:60]}”. Write the key of"
                    f" the one that is meant: {named}{' …' if len(found) > _NAMED else ''}."
                )
            keys.append(found[0].key if len(found) == 1 else text)
        if field.options.max_items == 1:
            # What is typed takes the place of what stands there.
            keys = keys[-1:]
        pairs = [pair for pair in pairs if pair[0] != field.id]
        pairs += [(field.id, ""), *((field.id, key) for key in keys)]
    return FormData(pairs), complaints


async def _meant_card(
    services: Services, person: SignedIn, pipe: PipeId, text: str
) -> tuple[Offered, ...]:
    """The cards that a text means by words; none where it is keys."""
    if all(CARD_KEY.fullmatch(part.strip()) for part in text.split(",") if part.strip()):
        return ()
    found = await offered(services, person, pipe, text)
    exact = tuple(each for each in found if each.title.casefold() == text.strip().casefold())
    return exact if len(exact) == 1 else found


def _texts(form: FormData, name: str) -> tuple[str, ...]:
    return tuple(
        text.replace("\x00", "").strip() for text in form.getlist(name) if isinstance(text, str)
    )
