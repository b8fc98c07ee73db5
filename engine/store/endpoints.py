"""Where webhooks go: endpoints that admins make, and those that definitions name."""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import RowMapping, and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.webhooks import Subscription
from engine.store.database import insert_new
from engine.store.delivery_tables import endpoints
from engine.store.prepared import Prepared
from pipes.identifiers import Instant, PipeId

type Origin = Literal["admin", "definition"]

_SUBSCRIPTIONS = Prepared(
    select(endpoints.c.id, endpoints.c.pipe, endpoints.c.types)
    .where(
        and_(
            endpoints.c.origin == "admin",
            or_(endpoints.c.pipe.is_(None), endpoints.c.pipe == bindparam("concerned")),
        )
    )
    .order_by(endpoints.c.created_at, endpoints.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address that is told of events.

    Attributes:
        pipe: Whose cards; those of every pipe where it is None.
        types: Which types of events; every type where it is empty.
        secret: The name of the pipe's secret that signs; one of an admin has a secret of its own.
        failing_since: Since when nothing that was sent has arrived.
    """

    id: str
    origin: Origin
    url: str
    description: str
    pipe: PipeId | None
    types: tuple[str, ...]
    created_by: str
    created_at: Instant
    secret: str | None = None
    stopped_at: Instant | None = None
    stopped_because: str | None = None
    failing_since: Instant | None = None


def named_endpoint(
    pipe: PipeId, url: str, secret: str | None, *, at: Instant, description: str
) -> Endpoint:
    """The endpoint of a `webhook` action: the same address with the same secret is one."""
    return Endpoint(
        id=named_endpoint_id(pipe, url, secret),
        origin="definition",
        url=url,
        description=description,
        pipe=pipe,
        types=(),
        secret=secret,
        created_by="",
        created_at=at,
    )


def named_endpoint_id(pipe: PipeId, url: str, secret: str | None) -> str:
    """The id of the endpoint of a `webhook` action."""
    identity = json.dumps([pipe, url, secret]).encode()
    return f"def_{hashlib.sha256(identity).hexdigest()[:24]}"


async def add(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Keeps an endpoint; one of the same id stays as it is."""
    await connection.execute(insert_new(connection, endpoints).values(_row(endpoint)))


async def read(connection: AsyncConnection, endpoint: str) -> Endpoint | None:
    """The endpoint of that id."""
    rows = await connection.execute(select(endpoints).where(endpoints.c.id == endpoint))
    row = rows.mappings().one_or_none()
    return None if row is None else _endpoint(row)


async def listed(connection: AsyncConnection) -> tuple[Endpoint, ...]:
    """Every endpoint, the oldest first."""
    rows = await connection.execute(
        select(endpoints).order_by(endpoints.c.created_at, endpoints.c.id)
    )
    return tuple(_endpoint(row) for row in rows.mappings())


async def change(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Writes what may be changed of an endpoint."""
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint.id)
        .values(
            url=endpoint.url,
            description=endpoint.description,
            types=json.dumps(endpoint.types),
        )
    )


async def remove(connection: AsyncConnection, endpoint: str) -> None:
    """Forgets an endpoint and everything that was sent to it."""
    await connection.execute(delete(endpoints).where(endpoints.c.id == endpoint))


async def subscriptions(connection: AsyncConnection, pipe: PipeId) -> tuple[Subscription, ...]:
    """What is to be heard of a pipe's cards; also by endpoints that are stopped, for later."""
    return tuple(
        Subscription(endpoint=endpoint, pipe=heard, types=frozenset(json.loads(types)))
        for endpoint, heard, types in await _SUBSCRIPTIONS.rows(connection, {"concerned": pipe})
    )


async def stop(connection: AsyncConnection, endpoint: str, *, at: Instant, because: str) -> None:
    """Sends nothing more there, until it is resumed; what comes meanwhile waits."""
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint, endpoints.c.stopped_at.is_(None))
        .values(stopped_at=at, stopped_because=because)
    )


async def resume(connection: AsyncConnection, endpoint: str) -> None:
    """Sends again; a failure that comes now is the first."""
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(stopped_at=None, stopped_because=None, failing_since=None)
    )


async def note_outcome(
    connection: AsyncConnection, endpoint: str, *, arrived: bool, at: Instant
) -> None:
    """Notes whether the latest attempt arrived."""
    since = endpoints.c.failing_since
    statement = update(endpoints).where(endpoints.c.id == endpoint)
    if arrived:
        await connection.execute(statement.where(since.is_not(None)).values(failing_since=None))
    else:
        await connection.execute(statement.where(since.is_(None)).values(failing_since=at))


def _row(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "origin": endpoint.origin,
        "url": endpoint.url,
        "description": endpoint.description,
        "pipe": endpoint.pipe,
        "types": json.dumps(endpoint.types),
        "secret": endpoint.secret,
        "created_by": endpoint.created_by,
        "created_at": endpoint.created_at,
    }


def _endpoint(row: RowMapping) -> Endpoint:
    return Endpoint(**{**row, "types": tuple(json.loads(row["types"]))})
