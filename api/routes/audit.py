"""The audit log of administration."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.administering import require
from api.routes.answers import Cursor, Limit, decode_cursor, encode_cursor, problems
from api.routes.models import Text
from api.services import Has
from api.signin.people import Member
from engine.store import audit
from engine.store.audit import Entry

router = APIRouter(tags=["administration"])

By = Annotated[Text | None, Query(max_length=100, description="Only what this person did.")]
Subject = Annotated[
    Text | None, Query(max_length=200, description="Only about this person, or `team:…`.")
]


class EntryShown(BaseModel):
    """One thing that was done; `by` is null for a command on the machine itself."""

    id: int
    at: datetime
    by: str | None
    way: str
    kind: str
    subject: str
    body: dict[str, Any]


class EntryPage(BaseModel):
    """A page of the log, the newest entry first."""

    items: list[EntryShown]
    next_cursor: str | None = None


@router.get("/audit", summary="The audit log", responses=problems())
async def read_audit(
    services: Has,
    person: Member,
    by: By = None,
    subject: Subject = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> EntryPage:
    """Who administered what when, for admins."""
    require(person, "see_audit")
    before = None if cursor is None else int(decode_cursor(cursor, (int,))[0])
    async with services.database.reading() as connection:
        found = await audit.list_entries(
            connection, limit=limit + 1, before=before, by=by, subject=subject
        )
    more = len(found) > limit
    return EntryPage(
        items=[_entry(entry) for entry in found[:limit]],
        next_cursor=encode_cursor(found[limit - 1].position) if more else None,
    )


def _entry(entry: Entry) -> EntryShown:
    return EntryShown(
        id=entry.position,
        at=entry.at,
        by=entry.by or None,
        way=entry.way,
        kind=entry.kind,
        subject=entry.subject,
        body=dict(entry.body),
    )
