"""Deliveries: what leaves the system, each with its attempts, from its cause to its end.

A row is written before anything is sent, in the transaction of the event where it follows from
one. It holds the order in which a card's messages go to an endpoint.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.card import Card
from engine.core.effects import EffectOrder, SendWebhooks
from engine.core.events import Event
from engine.store import endpoints
from engine.store.database import insert_new
from engine.store.delivery_tables import deliveries, delivery_attempts, delivery_turns
from engine.store.tables import cards
from pipes.identifiers import Instant, JsonValue

type DeliveryKind = Literal["webhook", "http", "email"]
type DeliveryState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something that leaves the system.

    Attributes:
        endpoint: Where a webhook goes.
        card: The card that it is about, by its id; empty for a trial.
        sequence: The event that it follows from.
        position: Its place among what follows from that event.
        about: The type of an event, the subject of a mail, the method of a request.
        target: The address that it goes to.
        cause: The automation that asked for it; empty where none did.
        content: What is sent; None until a webhook is first put together.
        attempts: All that were made.
        failures: Attempts since it was last begun anew.
    """

    id: str
    kind: DeliveryKind
    endpoint: str | None = None
    pipe: str
    card: str
    sequence: int
    position: int = 0
    about: str
    target: str
    cause: str = ""
    content: Mapping[str, JsonValue] | None = None
    state: DeliveryState = "waiting"
    attempts: int = 0
    failures: int = 0
    created_at: Instant
    next_at: Instant | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt; `failure` says why it was none, in words."""

    at: Instant
    milliseconds: int
    status: int | None = None
    answer: str = ""
    failure: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries are looked for; all, where nothing is named."""

    endpoint: str | None = None
    card: str | None = None
    kind: DeliveryKind | None = None
    state: DeliveryState | None = None


def delivery_id(*parts: str | int) -> str:
    """The id by which a receiver drops repeats: the same parts have the same."""
    return f"msg_{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


# --- beginning ------------------------------------------------------------------------------------


async def begin_webhooks(
    connection: AsyncConnection, card: Card, happened: Iterable[Event]
) -> tuple[EffectOrder, ...]:
    """Writes what endpoints are told of these events; the orders that have it sent."""
    subscribed = await endpoints.subscriptions(connection, card.identity.pipe)
    heard = [
        (each.endpoint, event)
        for event in happened
        for each in subscribed
        if each.hears(card, event)
    ]
    await add(connection, (_webhook(card, event, endpoint) for endpoint, event in heard))
    latest = {endpoint: event.sequence for endpoint, event in heard}
    return tuple(
        EffectOrder(
            card=card.identity.id,
            sequence=sequence,
            position=position,
            effect=SendWebhooks(endpoint=endpoint),
        )
        for position, (endpoint, sequence) in enumerate(latest.items())
    )


def _webhook(card: Card, event: Event, endpoint: str) -> Delivery:
    return Delivery(
        id=delivery_id(card.identity.id, event.sequence, endpoint),
        kind="webhook",
        endpoint=endpoint,
        pipe=card.identity.pipe,
        card=card.identity.id,
        sequence=event.sequence,
        about=event.body.kind,
        target="",
        created_at=event.at,
    )


async def add(connection: AsyncConnection, begun: Iterable[Delivery]) -> None:
    """Writes deliveries; one that is there already stays as it is."""
    rows = [_row(delivery) for delivery in begun]
    if rows:
        await connection.execute(insert_new(connection, deliveries), rows)


async def begin_anew(connection: AsyncConnection, delivery: str) -> bool:
    """Has an ended delivery sent once more, under its id; false if it has not ended."""
    begun = await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery, deliveries.c.state != "waiting")
        .values(state="waiting", failures=0, next_at=None, ended_at=None)
    )
    return bool(begun.rowcount)


# --- on the way -----------------------------------------------------------------------------------


async def next_in_lane(connection: AsyncConnection, endpoint: str, card: str) -> str | None:
    """The first of what waits to go from a card to an endpoint, once it is its turn."""
    earlier = tuple_(delivery_turns.c.sequence, delivery_turns.c.position) < tuple_(
        deliveries.c.sequence, deliveries.c.position
    )
    is_overtaking = exists().where(
        delivery_turns.c.endpoint == endpoint, delivery_turns.c.card == card, earlier
    )
    rows = await connection.execute(
        select(deliveries.c.id, is_overtaking.label("overtakes"))
        .where(
            deliveries.c.endpoint == endpoint,
            deliveries.c.card == card,
            deliveries.c.state == "waiting",
        )
        .order_by(deliveries.c.sequence, deliveries.c.position, deliveries.c.created_at)
        .limit(1)
    )
    first = rows.one_or_none()
    return None if first is None or first.overtakes else first.id


async def keep_content(
    connection: AsyncConnection, delivery: str, content: Mapping[str, JsonValue]
) -> None:
    """Keeps what is sent, so that each attempt sends the same."""
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery).values(content=_json(content))
    )


async def note_attempt(
    connection: AsyncConnection,
    delivery: Delivery,
    attempt: Attempt,
    *,
    state: DeliveryState,
    next_at: Instant | None = None,
) -> None:
    """Writes an attempt, and what it makes of the delivery."""
    number = delivery.attempts + 1
    await connection.execute(
        insert_new(connection, delivery_attempts).values(
            delivery=delivery.id,
            number=number,
            at=attempt.at,
            milliseconds=attempt.milliseconds,
            status=attempt.status,
            answer=attempt.answer,
            failure=attempt.failure,
        )
    )
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            state=state,
            attempts=number,
            failures=delivery.failures + (0 if attempt.failure is None else 1),
            next_at=next_at,
            ended_at=None if state == "waiting" else attempt.at,
        )
    )


async def note_refused(connection: AsyncConnection, delivery: str, why: str) -> None:
    """Notes that what was answered could not be used."""
    latest = (
        select(func.max(delivery_attempts.c.number))
        .where(delivery_attempts.c.delivery == delivery)
        .scalar_subquery()
    )
    await connection.execute(
        update(delivery_attempts)
        .where(delivery_attempts.c.delivery == delivery, delivery_attempts.c.number == latest)
        .values(failure=why)
    )
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery).values(state="failed")
    )


async def begin_waiting_anew(connection: AsyncConnection, endpoint: str) -> None:
    """Gives everything that waits for an endpoint all its attempts again."""
    await connection.execute(
        update(deliveries)
        .where(deliveries.c.endpoint == endpoint, deliveries.c.state == "waiting")
        .values(failures=0, next_at=None)
    )


async def note_begun(connection: AsyncConnection, delivery: str) -> None:
    """Notes that the pause before an attempt is over."""
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery).values(next_at=None)
    )


async def waiting_lanes(connection: AsyncConnection, endpoint: str) -> tuple[str, ...]:
    """The cards of which something waits to go to an endpoint."""
    return await _lanes(connection, endpoint, deliveries.c.state == "waiting")


async def paused_lanes(connection: AsyncConnection, endpoint: str) -> tuple[str, ...]:
    """The cards of which something waits for the pause after an attempt to be over."""
    return await _lanes(connection, endpoint, deliveries.c.next_at.is_not(None))


async def _lanes(
    connection: AsyncConnection, endpoint: str, condition: ColumnElement[bool]
) -> tuple[str, ...]:
    rows = await connection.execute(
        select(deliveries.c.card)
        .where(deliveries.c.endpoint == endpoint, deliveries.c.state == "waiting", condition)
        .group_by(deliveries.c.card)
        .order_by(func.min(deliveries.c.created_at))
    )
    return tuple(rows.scalars())


# --- looking --------------------------------------------------------------------------------------


async def read(connection: AsyncConnection, delivery: str) -> Delivery | None:
    """The delivery of that id."""
    rows = await connection.execute(select(deliveries).where(deliveries.c.id == delivery))
    row = rows.mappings().one_or_none()
    return None if row is None else _delivery(row)


async def attempts_of(connection: AsyncConnection, delivery: str) -> tuple[Attempt, ...]:
    """Its attempts, the first one first."""
    rows = await connection.execute(
        select(delivery_attempts)
        .where(delivery_attempts.c.delivery == delivery)
        .order_by(delivery_attempts.c.number)
    )
    return tuple(
        Attempt(**{name: value for name, value in row.items() if name != "delivery"})
        for row in rows.mappings()
    )


async def listed(
    connection: AsyncConnection,
    wanted: Wanted,
    *,
    limit: int,
    before: tuple[Instant, str] | None = None,
) -> tuple[Delivery, ...]:
    """Deliveries, the newest first; `before` is where the last page ended."""
    conditions = [
        deliveries.c[name] == value
        for name, value in (
            ("endpoint", wanted.endpoint),
            ("card", wanted.card),
            ("kind", wanted.kind),
            ("state", wanted.state),
        )
        if value is not None
    ]
    if before is not None:
        conditions.append(tuple_(deliveries.c.created_at, deliveries.c.id) < before)
    rows = await connection.execute(
        select(deliveries)
        .where(*conditions)
        .order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc())
        .limit(limit)
    )
    return tuple(_delivery(row) for row in rows.mappings())


async def card_keys(connection: AsyncConnection, numbers: Iterable[str]) -> dict[str, str]:
    """The keys of cards, by their ids."""
    rows = await connection.execute(
        select(cards.c.id, cards.c.key).where(cards.c.id.in_(set(numbers)))
    )
    return {row.id: row.key for row in rows}


async def counted(
    connection: AsyncConnection, endpoint: str | None = None
) -> dict[str, dict[DeliveryState, int]]:
    """How many deliveries an endpoint has in which state, or each of them."""
    statement = select(
        deliveries.c.endpoint, deliveries.c.state, func.count().label("number")
    ).group_by(deliveries.c.endpoint, deliveries.c.state)
    rows = await connection.execute(
        statement.where(deliveries.c.endpoint.is_not(None))
        if endpoint is None
        else statement.where(deliveries.c.endpoint == endpoint)
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for row in rows:
        found.setdefault(row.endpoint, {})[row.state] = row.number
    return found


async def forget(connection: AsyncConnection, *, before: Instant) -> None:
    """Forgets what has ended long ago, but no mail: those are the card's conversation."""
    await connection.execute(
        delete(deliveries).where(
            and_(
                deliveries.c.created_at < before,
                deliveries.c.kind != "email",
                deliveries.c.state != "waiting",
            )
        )
    )


def _row(delivery: Delivery) -> dict[str, object]:
    content = delivery.content
    return {
        **{name: getattr(delivery, name) for name in deliveries.c.keys()},  # noqa: SIM118 -- columns
        "content": None if content is None else _json(content),
    }


def _delivery(row: RowMapping) -> Delivery:
    content = row["content"]
    return Delivery(**{**row, "content": None if content is None else json.loads(content)})


def _json(content: Mapping[str, JsonValue]) -> str:
    return json.dumps(content, ensure_ascii=False)
