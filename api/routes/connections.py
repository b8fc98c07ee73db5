"""Connected cards: listed in both directions, linked and unlinked."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from api.administering import require_token
from api.cards import seen_card
from api.connecting import Connection, connections_of, keys_of
from api.routes.answers import problems
from api.routes.cards import Sender
from api.routes.models import Body, Shown, Text
from api.routes.schemas import CardShown
from api.services import Has
from api.signin.people import Member
from engine.core.commands import LinkCards, UnlinkCards
from pipes.identifiers import FieldId

router = APIRouter(tags=["cards"])

_PROBLEMS = problems(404, 409)


class NewLinks(Body):
    """Cards to be connected, by id or key, through a connection field of this card."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"connection": "launch_plan", "cards": ["LAUNCH-3"]}]}
    )
    connection: Text
    cards: Annotated[list[Text], Field(min_length=1, max_length=100)]


class ConnectedCardShown(Shown):
    """A card at the other end."""

    key: str
    title: str
    pipe: str
    phase: str
    status: str


class ConnectionShown(Shown):
    """A connection; `own` says whether the field is this card's or that of the other cards."""

    connection: str
    label: str
    pipe: str
    own: bool
    cards: list[ConnectedCardShown]


class ConnectionsShown(Shown):
    """The connections of a card, its own first."""

    items: list[ConnectionShown]


@router.get("/cards/{card}/connections", summary="Connected cards", responses=problems(404))
async def read_connections(card: str, services: Has, person: Member) -> ConnectionsShown:
    """The cards that this one knows, and those that know it, as far as the caller may see them."""
    seen = await seen_card(services, person, card)
    return ConnectionsShown(items=[_shown(each) for each in await connections_of(services, seen)])


@router.post("/cards/{card}/connections", summary="Connect cards", responses=_PROBLEMS)
async def link_cards(body: NewLinks, services: Has, person: Member, sender: Sender) -> CardShown:
    """Connects cards through a field, beside those that are connected already."""
    require_token(person, "edit")
    keys = await keys_of(services, person, body.cards, to="edit")
    return await sender.send(LinkCards(connection=FieldId(body.connection), cards=keys))


@router.delete(
    "/cards/{card}/connections/{connection}/{other}",
    summary="Disconnect a card",
    responses=_PROBLEMS,
)
async def unlink_card(
    connection: str, other: str, services: Has, person: Member, sender: Sender
) -> CardShown:
    """Takes a card out of a connection field."""
    require_token(person, "edit")
    (key,) = await keys_of(services, person, [other], to="edit")
    return await sender.send(UnlinkCards(connection=FieldId(connection), cards=(key, other)))


def _shown(connection: Connection) -> ConnectionShown:
    return ConnectionShown(
        connection=connection.connection,
        label=connection.label,
        pipe=connection.pipe,
        own=connection.is_own,
        cards=[
            ConnectedCardShown(
                key=card.key,
                title=card.title,
                pipe=card.pipe,
                phase=card.phase,
                status=card.status,
            )
            for card in connection.cards
        ],
    )
