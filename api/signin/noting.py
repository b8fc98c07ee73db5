"""What people do about their own way in, as the audit log keeps it: in, out, a new password."""

from datetime import datetime
from typing import Literal

from fastapi import Request

from engine.store import audit
from engine.store.audit import Entry
from engine.store.database import AsyncConnection

type WayInChange = Literal[
    "sign_in",
    "fail_to_sign_in",
    "sign_out",
    "change_password",
    "confirm",
    "add_second_factor",
    "end_sessions",
    "make_recovery_codes",
    "recover_account",
]
# What was typed as a user may be a password: it is kept only where it is somebody's id.
NOBODY_KNOWN = "(unknown)"


async def note_way_in(
    connection: AsyncConnection,
    request: Request,
    kind: WayInChange,
    user: str | None,
    *,
    at: datetime,
) -> None:
    """Notes it, with the address from which it came.

    Args:
        connection: A writing transaction.
        request: By which it was done.
        kind: What was done.
        user: Whose account it is; None if there is none of that name.
        at: The time.
    """
    failed = kind == "fail_to_sign_in"
    entry = Entry(
        at=at,
        by="" if failed or user is None else user,
        way="page",
        kind=kind,
        subject=user or NOBODY_KNOWN,
        body={"address": address_of(request)},
    )
    await audit.note(connection, entry)


def address_of(request: Request) -> str:
    """From where a request comes."""
    return request.client.host if request.client else ""
