"""What is typed into a card's form: written as one goes or all at once, over what others wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from api.cards import SeenCard, command_key, seen_card, send
from api.pages.card import done, draw_refused, typed_text
from api.pages.card_context import Attempt
from api.pages.choosing import typed_into
from api.pages.controls import Typed
from api.pages.reader import locale_of, names_of
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.actors import user
from engine.core.commands import EditCard
from engine.core.merging import Collision, Merged, merge
from engine.core.reasons import Reason, ReasonCode
from engine.gateway import Rejected
from engine.store import log
from pipes.fields import Style, display

router = APIRouter()

_MOST_EVENTS = 1_000
_TRIES = 3
_HARMLESS = {ReasonCode.NOTHING_TO_CHANGE}


@router.post("/cards/{card}/fields")
async def write_fields(card: str, request: Request, services: Has, person: Member) -> Response:
    """Writes the fields that were sent: one as somebody goes along, or the whole form."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    fields = seen.published.pipe.definition.fields.values()
    visible = [field for field in fields if field.id not in seen.hidden]
    typed = await typed_into(services, person, visible, form, there=seen.card.values)
    reasons: tuple[Reason, ...] = ()
    if not typed.complaints:
        reasons = await _write(
            services, person, seen, typed, seen_version=_version(form), style=locale_of(request)
        )
        if not reasons:
            draft = f"card:{seen.card.identity.key}"
            return await done(services, request, person, seen, "Saved.", draft=draft)
    attempt = Attempt(typed=typed, reasons=reasons)
    return await draw_refused(services, request, person, seen, attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """Typed values laid over the card as it is at a version."""

    merged: Merged
    version: int


async def _write(
    services: Services,
    person: SignedIn,
    seen: SeenCard,
    typed: Typed,
    *,
    seen_version: int | None,
    style: Style,
) -> tuple[Reason, ...]:
    """Writes what was typed; why not, if it was turned away.

    Between looking and writing somebody else may be quicker: then it is looked at again.
    """
    reasons: tuple[Reason, ...] = ()
    for _ in range(_TRIES):
        laid = await _lay(services, person, seen, typed, seen_version)
        if laid.merged.collisions:
            return await _told(services, seen, laid.merged.collisions, style)
        if not laid.merged.values:
            return ()
        outcome = await send(
            services,
            person,
            seen.card.identity.id,
            EditCard(values=laid.merged.values),
            key=command_key(person, None),
            seen_version=None if seen_version is None else laid.version,
        )
        reasons = outcome.reasons if isinstance(outcome, Rejected) else ()
        if {reason.code for reason in reasons} != {ReasonCode.VERSION_CONFLICT}:
            break
    return () if {reason.code for reason in reasons} == _HARMLESS else reasons


async def _lay(
    services: Services, person: SignedIn, seen: SeenCard, typed: Typed, seen_version: int | None
) -> _Laid:
    card = seen.card.identity.id
    async with services.database.reading() as connection:
        stored = await log.load_card(connection, card)
        version = seen.card.version if stored is None else stored.card.version
        since = (
            await log.read_events(connection, card, after=seen_version, limit=_MOST_EVENTS)
            if seen_version is not None and seen_version < version
            else ()
        )
    return _Laid(merged=merge(typed.values, since, user(person.id)), version=version)


async def _told(
    services: Services, seen: SeenCard, collisions: Sequence[Collision], style: Style
) -> tuple[Reason, ...]:
    """Both values, in words: theirs here, what was typed still in the field."""
    fields = seen.published.pipe.definition.fields
    values = [each.theirs for each in collisions]
    async with services.database.reading() as connection:
        named = {each for value in values for each in _texts(value)}
        names = await names_of(connection, {each.by.id for each in collisions} | named)
    told = []
    for each in collisions:
        theirs = display(fields[each.field], each.theirs, names.by_id, style)
        wrote = f"wrote “{theirs}” here" if theirs else "emptied this"
        message = (
            f"{names.actor(each.by).name} {wrote} meanwhile. What you typed stands in the field and"
            " is not saved: save it again to replace theirs."
        )
        told.append(Reason(code=ReasonCode.VERSION_CONFLICT, message=message, field=each.field))
    return tuple(told)


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]


def _version(form: FormData) -> int | None:
    text = typed_text(form, "seen-version")
    return int(text) if text.isdecimal() and len(text) < 16 else None
