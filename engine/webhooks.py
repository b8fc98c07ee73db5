"""Administering where webhooks go, and secrets: done, and noted in the audit log.

Every way in comes through here. Who may is the core's table.
"""

import base64
import re
import secrets as chance
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.core.administration import WayIn
from engine.core.reasons import Reason, ReasonCode
from engine.core.webhooks import EVENT_TYPES, OVERLAP, SECRET_PREFIX
from engine.runtime.outside import (
    AddressRefused,
    Network,
    refuse_odd_url,
    refuse_plain_address,
)
from engine.runtime.sealing import Sealer
from engine.store import audit, endpoints, people, secrets
from engine.store.audit import Entry
from engine.store.database import AsyncConnection
from engine.store.endpoints import Endpoint
from engine.store.secrets import NO_PIPE
from pipes.identifiers import FieldId, Instant, JsonValue, PipeId

LONGEST_DESCRIPTION = 200
LONGEST_SECRET = 10_000
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it when, and by which way."""

    user: str
    way: WayIn
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointWish:
    """What an endpoint is to be."""

    url: str
    description: str = ""
    types: tuple[str, ...] = ()


def reasons_against_wish(wish: EndpointWish, allowed: tuple[Network, ...]) -> list[Reason]:
    """Why an endpoint cannot be that; empty if it can."""
    reasons: list[Reason] = []
    try:
        refuse_odd_url(wish.url)
        refuse_plain_address(wish.url, allowed)
    except AddressRefused as refused:
        reasons.append(_reason(ReasonCode.INVALID_VALUE, str(refused), "url"))
    if len(wish.description) > LONGEST_DESCRIPTION:
        message = f"A description has at most {LONGEST_DESCRIPTION} characters."
        reasons.append(_reason(ReasonCode.TOO_LONG, message, "description"))
    unknown = [kind for kind in wish.types if kind not in EVENT_TYPES]
    if unknown:
        message = f"There is no event of the type {', '.join(unknown)}."
        reasons.append(_reason(ReasonCode.INVALID_VALUE, message, "types"))
    return reasons


def _reason(code: ReasonCode, message: str, field: str) -> Reason:
    return Reason(code=code, message=message, field=FieldId(field))


async def add_endpoint(
    connection: AsyncConnection, sealer: Sealer, pipe: PipeId | None, wish: EndpointWish, by: By
) -> tuple[Endpoint, str]:
    """Makes an endpoint; with the secret by which its receiver knows us, which is told once."""
    endpoint = Endpoint(
        id=f"whk_{uuid.uuid4().hex[:20]}",
        origin="admin",
        url=wish.url,
        description=wish.description,
        pipe=pipe,
        types=wish.types,
        created_by=by.user,
        created_at=by.at,
    )
    await endpoints.add(connection, endpoint)
    secret = await _keep_new_secret(connection, sealer, endpoint, by)
    await _note(connection, by, "add_webhook", endpoint, _body(wish))
    return endpoint, secret


async def change_endpoint(
    connection: AsyncConnection, endpoint: Endpoint, wish: EndpointWish, by: By
) -> Endpoint:
    """Makes another of an endpoint; what waits goes to where it leads now."""
    changed = replace(endpoint, url=wish.url, description=wish.description, types=tuple(wish.types))
    await endpoints.change(connection, changed)
    await _note(connection, by, "change_webhook", endpoint, _body(wish))
    return changed


async def replace_secret(
    connection: AsyncConnection, sealer: Sealer, endpoint: Endpoint, by: By
) -> str:
    """A new secret for an endpoint; the one before signs beside it for a day."""
    secret = await _keep_new_secret(connection, sealer, endpoint, by)
    await _note(connection, by, "replace_webhook_secret", endpoint, {})
    return secret


async def note_stopped(connection: AsyncConnection, endpoint: Endpoint, by: By) -> None:
    """Stops an endpoint."""
    names = await people.names(connection, [by.user])
    because = f"Stopped by {names.get(by.user, by.user) or 'an operator'}."
    await endpoints.stop(connection, endpoint.id, at=by.at, because=because)
    await _note(connection, by, "stop_webhook", endpoint, {})


async def note_resumed(connection: AsyncConnection, endpoint: Endpoint, by: By) -> None:
    """Notes that an endpoint is resumed, which takes its lanes to be told as well."""
    await _note(connection, by, "resume_webhook", endpoint, {})


async def note_replayed(connection: AsyncConnection, delivery: str, by: By) -> None:
    """Notes that a delivery was sent once more."""
    await _note_about(connection, by, "replay_delivery", f"delivery:{delivery}", {})


async def remove_endpoint(connection: AsyncConnection, endpoint: Endpoint, by: By) -> None:
    """Forgets an endpoint, its secret, and everything that was sent to it."""
    await endpoints.remove(connection, endpoint.id)
    await secrets.remove(connection, NO_PIPE, endpoint.id)
    await _note(connection, by, "remove_webhook", endpoint, {})


async def keep_secret(
    connection: AsyncConnection, pipe: PipeId, name: str, sealed: str, by: By
) -> None:
    """Keeps a secret that a pipe's definition names; the one before signs beside it for a day."""
    await secrets.keep(connection, pipe, name, sealed, by=by.user, at=by.at, overlap=OVERLAP)
    await _note_about(connection, by, "keep_secret", f"pipe:{pipe}", {"name": name})


async def remove_secret(connection: AsyncConnection, pipe: PipeId, name: str, by: By) -> bool:
    """Forgets a pipe's secret; false if there is none of that name."""
    removed = await secrets.remove(connection, pipe, name)
    if removed:
        await _note_about(connection, by, "remove_secret", f"pipe:{pipe}", {"name": name})
    return removed


def is_secret_name(name: str) -> bool:
    """Whether a definition can call a secret that."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,200}", name) is not None


def new_secret() -> str:
    """A secret by chance, in the form of the Standard Webhooks specification."""
    return SECRET_PREFIX + base64.b64encode(chance.token_bytes(_SECRET_BYTES)).decode()


async def _keep_new_secret(
    connection: AsyncConnection, sealer: Sealer, endpoint: Endpoint, by: By
) -> str:
    secret = new_secret()
    await secrets.keep(
        connection,
        NO_PIPE,
        endpoint.id,
        sealer.seal(secret),
        by=by.user,
        at=by.at,
        overlap=OVERLAP,
    )
    return secret


def _body(wish: EndpointWish) -> dict[str, JsonValue]:
    return {"url": wish.url, "description": wish.description, "types": list(wish.types)}


async def _note(
    connection: AsyncConnection,
    by: By,
    kind: str,
    endpoint: Endpoint,
    body: Mapping[str, JsonValue],
) -> None:
    await _note_about(connection, by, kind, f"webhook:{endpoint.id}", body)


async def _note_about(
    connection: AsyncConnection, by: By, kind: str, subject: str, body: Mapping[str, JsonValue]
) -> None:
    await audit.note(
        connection,
        Entry(at=by.at, by=by.user, way=by.way, kind=kind, subject=subject, body=body),
    )
