"""The thread of a card's messages: read, and written on."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from api.cards import command_key, seen_card
from api.messages import Message, read_messages, sent_message, write_message
from api.routes.answers import (
    Cursor,
    IdempotencyKey,
    Limit,
    decode_cursor,
    encode_cursor,
    instant_in,
    problems,
)
from api.routes.models import Body, Shown, Text
from api.services import Has
from api.signin.people import Member
from engine.core.letters import Letter

router = APIRouter(tags=["cards"])


class NewMessage(Body):
    """A mail that is written from a card; each address gets it apart."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "to": ["eve@example.com"],
                    "subject": "Your request",
                    "text": "We have planned it for May.",
                }
            ]
        }
    )

    to: Annotated[list[Text], Field(max_length=100)]
    subject: Annotated[Text, Field(max_length=1000)]
    text: Annotated[Text, Field(max_length=100_000)]


class MessageShown(Shown):
    """One message: `out` was written from the card, `in` came back.

    `text` is null where the message tells of fields that are not for the reader.
    """

    id: str
    at: datetime
    direction: Literal["out", "in"]
    address: str
    subject: str
    text: str | None
    by: str | None
    automation: str | None
    state: Literal["waiting", "sent", "failed"] | None


class MessagePage(Shown):
    """A page of messages, the newest first."""

    items: list[MessageShown]
    next_cursor: str | None = None


@router.get("/cards/{card}/messages", summary="The thread of messages", responses=problems(404))
async def list_messages(
    card: str, services: Has, person: Member, limit: Limit = 50, cursor: Cursor = None
) -> MessagePage:
    """What was written from the card by e-mail, and what came back."""
    seen = await seen_card(services, person, card)
    before = None
    if cursor is not None:
        at, last = decode_cursor(cursor, (str, str))
        before = (instant_in(at), last)
    async with services.database.reading() as connection:
        found = await read_messages(connection, seen, limit=limit + 1, before=before)
    items, rest = found[:limit], found[limit:]
    return MessagePage(
        items=[_shown(each) for each in items],
        next_cursor=encode_cursor(items[-1].at.isoformat(), items[-1].id) if rest else None,
    )


@router.post(
    "/cards/{card}/messages",
    status_code=201,
    summary="Write a mail from the card",
    responses=problems(404, 409),
)
async def post_message(
    card: str,
    body: NewMessage,
    services: Has,
    person: Member,
    idempotency_key: IdempotencyKey = None,
) -> MessagePage:
    """Sends a mail to each address; what they answer comes back as a comment."""
    seen = await seen_card(services, person, card, to="comment")
    letter = Letter(
        to=tuple(each.strip() for each in body.to), subject=body.subject, text=body.text
    )
    key = command_key(person, idempotency_key)
    written = await write_message(services, person, seen, letter, key=key)
    return MessagePage(items=[_shown(sent_message(each, seen)) for each in written])


def _shown(message: Message) -> MessageShown:
    return MessageShown(
        id=message.id,
        at=message.at,
        direction=message.direction,
        address=message.address,
        subject=message.subject,
        text=message.text,
        by=message.by,
        automation=message.automation,
        state=message.state,
    )
