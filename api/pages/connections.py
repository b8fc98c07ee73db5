"""Connecting a card with others: looking for them, linking and unlinking, each a plain form."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.cards import SeenCard, latest_with_words, seen_card, standing_in
from api.connecting import keys_of
from api.pages.card import carry_out, typed_text
from api.pages.flashes import Undoable
from api.pages.rendering import render
from api.problems import not_found
from api.services import Has, Services
from api.signin.people import Member, SignedIn
from engine.core.commands import LinkCards, UnlinkCards
from engine.core.seen import references
from pipes.fields.field import ConnectionOptions
from pipes.identifiers import FieldId, PipeId

router = APIRouter()

_FOUND = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A card that could be connected."""

    key: str
    title: str
    phase: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectPage:
    """Cards to choose from."""

    card_key: str
    card_title: str
    connection: str
    label: str
    pipe_name: str
    q: str
    candidates: tuple[Candidate, ...]


@router.get("/cards/{card}/connect/{connection}")
async def choose(
    card: str,
    connection: str,
    request: Request,
    services: Has,
    person: Member,
    q: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Cards of the other pipe to connect with, searched by their words."""
    seen = await seen_card(services, person, card)
    field = seen.published.pipe.definition.fields.get(FieldId(connection))
    if (
        field is None
        or connection in seen.hidden
        or not isinstance(field.options, ConnectionOptions)
    ):
        raise not_found("connection")
    text = q.replace("\x00", "").strip()
    name, candidates = await _candidates(
        services, person, seen, field.options.pipe, FieldId(connection), text
    )
    page = ConnectPage(
        card_key=seen.card.identity.key,
        card_title=seen.card.work.title,
        connection=connection,
        label=field.label,
        pipe_name=name,
        q=text,
        candidates=candidates,
    )
    return render(request, "pages/connect.html", page, person=person, section="pipes")


@router.post("/cards/{card}/connections")
async def link(card: str, request: Request, services: Has, person: Member) -> Response:
    """Connects the card that was chosen, or whose key was typed."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    (key,) = await keys_of(services, person, [typed_text(form, "other")])
    wish = LinkCards(connection=FieldId(typed_text(form, "connection")), cards=(key,))
    return await carry_out(services, request, person, seen, wish, f"{key} is connected.")


@router.post("/cards/{card}/connections/remove")
async def unlink(card: str, request: Request, services: Has, person: Member) -> Response:
    """Takes a card out of a connection."""
    seen = await seen_card(services, person, card)
    form = await request.form()
    key = typed_text(form, "other")
    wish = UnlinkCards(connection=FieldId(typed_text(form, "connection")), cards=(key,))
    undoable = Undoable(
        by=person,
        action=f"/cards/{seen.card.identity.key}/connections",
        fields={"connection": wish.connection, "other": key},
    )
    said = f"{key} is disconnected."
    return await carry_out(services, request, person, seen, wish, said, undoable=undoable)


async def _candidates(
    services: Services,
    person: SignedIn,
    seen: SeenCard,
    pipe: PipeId,
    connection: FieldId,
    text: str,
) -> tuple[str, tuple[Candidate, ...]]:
    """The other pipe's name, and its cards that fit and are not connected yet."""
    standing = await standing_in(services, person, pipe)
    connected = {seen.card.identity.key, *references(seen.card.values.get(connection))}
    async with services.database.reading() as reading:
        published = await services.definitions.current(reading, pipe)
        found = await latest_with_words(reading, standing, pipe, text, limit=_FOUND)
    if published is None:
        return pipe, ()
    phases = published.pipe.definition.phases_by_id
    return published.pipe.definition.name, tuple(
        Candidate(
            key=each.identity.key,
            title=each.work.title,
            phase=phases[each.stay.phase].name if each.stay.phase in phases else each.stay.phase,
            status=each.life.status,
        )
        for each in found
        if each.identity.key not in connected
    )
