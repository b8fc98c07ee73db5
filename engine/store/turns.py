"""The turns of webhooks that automations are going to send, so that they leave in order.

Automations of two events of a card run side by side, and the later one may be the faster. So each
webhook has its turn from the transaction of its event on; it is taken when the webhook is written
down, and given up when the run has ended without that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.card import Card
from engine.core.effects import EffectOrder, SendWebhooks, turns
from engine.store import outbox
from engine.store.database import insert_new
from engine.store.deliveries import delivery_id
from engine.store.delivery_tables import delivery_turns
from engine.store.endpoints import named_endpoint_id
from pipes.definition import Definition
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a webhook stands among those of its card: after which event, and where there."""

    sequence: int
    position: int


async def reserve(
    connection: AsyncConnection,
    definition: Definition,
    card: Card,
    orders: Iterable[EffectOrder],
    *,
    at: Instant,
) -> None:
    """Gives each webhook that will follow from these orders its turn; a repeat changes nothing."""
    rows = [
        {
            "delivery": delivery_id(turn.step),
            "run": turn.run,
            "endpoint": named_endpoint_id(card.identity.pipe, turn.call.url, turn.call.secret),
            "card": order.card,
            # What is set off by time follows from what is there by then.
            "sequence": order.sequence or card.version,
            "position": turn.position,
            "created_at": at,
        }
        for order in orders
        for turn in turns(definition, order)
    ]
    if rows:
        await connection.execute(insert_new(connection, delivery_turns), rows)


async def take(connection: AsyncConnection, delivery: str) -> Place | None:
    """Takes the turn of a webhook that is written down now; None if it has none, or took it."""
    taken = await connection.execute(
        delete(delivery_turns)
        .where(delivery_turns.c.delivery == delivery)
        .returning(delivery_turns.c.sequence, delivery_turns.c.position)
    )
    row = taken.one_or_none()
    return None if row is None else Place(sequence=row.sequence, position=row.position)


async def give_up(connection: AsyncConnection, run: str, *, at: Instant) -> None:
    """Gives up what a run that has ended did not come to; what waited for that is sent."""
    await _give_up(connection, delivery_turns.c.run == run, at)


async def forget(connection: AsyncConnection, *, before: Instant, at: Instant) -> None:
    """Gives up turns from before an instant: their runs were ended by hand."""
    await _give_up(connection, delivery_turns.c.created_at < before, at)


async def _give_up(
    connection: AsyncConnection, condition: ColumnElement[bool], at: Instant
) -> None:
    given_up = await connection.execute(
        delete(delivery_turns)
        .where(condition)
        .returning(
            delivery_turns.c.card,
            delivery_turns.c.endpoint,
            delivery_turns.c.sequence,
            delivery_turns.c.position,
        )
    )
    orders = (
        EffectOrder(
            card=row.card,
            sequence=row.sequence,
            position=row.position,
            effect=SendWebhooks(endpoint=row.endpoint),
        )
        for row in given_up
    )
    await outbox.write(connection, orders, at=at)
