"""What the caller was told, and by which ways they want to be told."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.administering import require
from api.problems import Problem
from api.routes.answers import Cursor, Limit, decode_cursor, encode_cursor, problems
from api.routes.models import Body, Text
from api.services import Has
from api.signin.people import Member, now
from engine.core.channels import CHANNELS, KINDS, Channel, is_usual, wants
from engine.core.notices import NoticeKind
from engine.store import notices
from engine.store.notices import StoredNotice
from engine.store.standings import viewer_everywhere

router = APIRouter(tags=["me"])


class NoticeShown(BaseModel):
    """Something that the caller was told of a card."""

    id: str
    card: str
    kind: NoticeKind
    text: str
    at: datetime
    read_at: datetime | None


class NoticePage(BaseModel):
    """Notices, the newest first; `unread` is how many have not been read in all."""

    items: list[NoticeShown]
    unread: int
    next_cursor: str | None = None


class Reading(Body):
    """Which notices were read; all of them if none is named."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"ids": ["6f0e2c56-5d0f-4d5e-9c93-6d7a4c1f1a2b"]}]}
    )
    ids: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(max_length=200)] | None = None


class ChannelChoice(Body):
    """Whether the caller wants to be told of a kind by a way."""

    kind: NoticeKind
    channel: Channel
    wanted: bool


class ChoiceList(Body):
    """The caller's choices; what is not named is as usual."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [{"kind": "commented", "channel": "mail", "wanted": True}]}]
        }
    )
    items: Annotated[list[ChannelChoice], Field(max_length=len(KINDS) * len(CHANNELS))]


@router.get("/notices", summary="What I was told", responses=problems())
async def read_notices(
    services: Has,
    person: Member,
    *,
    unread: Annotated[bool, Query(description="Only what has not been read.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> NoticePage:
    """The caller's notices in the app, the newest first."""
    require(person, "look")
    async with services.database.reading() as connection:
        found = await notices.list_notices(
            connection,
            await viewer_everywhere(connection, person.id, now()),
            limit=limit + 1,
            before=_place(cursor),
            only_unread=unread,
        )
        count = await notices.count_unread(connection, person.id, now=now())
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return NoticePage(
        items=[_notice(each) for each in found[:limit]],
        unread=count,
        next_cursor=encode_cursor(last.at.isoformat(), last.id) if last else None,
    )


@router.post("/notices/read", status_code=204, summary="Mark as read", responses=problems())
async def mark_read(body: Reading, services: Has, person: Member) -> Response:
    """Notes that the caller has read some notices, or all."""
    require(person, "keep_account")
    async with services.database.writing() as connection:
        await notices.mark_read(connection, person.id, at=now(), ids=body.ids)
    return Response(status_code=204)


@router.get("/notices/choices", summary="How I am told", responses=problems())
async def read_choices(services: Has, person: Member) -> ChoiceList:
    """By which ways the caller is told of which kinds."""
    require(person, "look")
    return await _choices(services, person)


@router.put("/notices/choices", summary="Choose how I am told", responses=problems())
async def write_choices(body: ChoiceList, services: Has, person: Member) -> ChoiceList:
    """Keeps by which ways the caller wants to be told of which kinds."""
    require(person, "keep_account")
    unusual = {
        (each.kind, each.channel): each.wanted
        for each in body.items
        if each.wanted != is_usual(each.kind, each.channel)
    }
    async with services.database.writing() as connection:
        await notices.write_choices(connection, person.id, unusual)
    return await _choices(services, person)


async def _choices(services: Has, person: Member) -> ChoiceList:
    async with services.database.reading() as connection:
        chosen = (await notices.read_choices(connection, [person.id])).get(person.id, {})
    return ChoiceList(
        items=[
            ChannelChoice(kind=kind, channel=channel, wanted=wants(chosen, kind, channel))
            for kind in KINDS
            for channel in CHANNELS
        ]
    )


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, number = decode_cursor(cursor, (str, str))
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem(400, "bad_cursor", "The cursor is not one that was given out here.")
    return moment, number


def _notice(notice: StoredNotice) -> NoticeShown:
    return NoticeShown(
        id=notice.id,
        card=notice.key,
        kind=notice.kind,
        text=notice.text,
        at=notice.at,
        read_at=notice.read_at,
    )
