"""Which cards are connected, seen from either side."""

import json
from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.card import Card
from engine.store.prepared import Prepared
from engine.store.tables import IS_OPEN, card_links, cards
from pipes.identifiers import FieldId

_SHOWN = (
    cards.c.id,
    cards.c.key,
    cards.c.pipe,
    cards.c.pipe_version,
    cards.c.title,
    cards.c.phase,
    cards.c.status,
    cards.c.creator,
    cards.c.assignees,
)
_PARENTS = Prepared(
    select(card_links.c.card)
    .where(
        or_(card_links.c.child == bindparam("named"), card_links.c.child == bindparam("numbered"))
    )
    .distinct()
    .order_by(card_links.c.card)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A card at the other end of a connection.

    Attributes:
        connection: The connection field: this card's own, or the other one's.
        pipe_version: Which version of its pipe's definition the other card runs.
    """

    connection: FieldId
    id: str
    key: str
    pipe: str
    pipe_version: int
    title: str
    phase: str
    status: str
    creator: str
    assignees: tuple[str, ...]


def _link(row: RowMapping) -> Link:
    return Link(**{**row, "assignees": tuple(json.loads(row["assignees"]))})


async def parents_of(connection: AsyncConnection, card: Card) -> tuple[str, ...]:
    """The ids of the cards that are connected to this one through a field of theirs."""
    found = await _PARENTS.rows(
        connection, {"named": card.identity.key, "numbered": card.identity.id}
    )
    return tuple(parent for (parent,) in found)


async def links_from(connection: AsyncConnection, card: Card) -> tuple[Link, ...]:
    """The cards that this one names in its connection fields."""
    rows = await connection.execute(
        select(card_links.c.field.label("connection"), *_SHOWN)
        .join(cards, (cards.c.key == card_links.c.child) | (cards.c.id == card_links.c.child))
        .where(card_links.c.card == card.identity.id)
        .order_by(card_links.c.field, cards.c.created_at, cards.c.id)
    )
    return tuple(_link(row) for row in rows.mappings())


async def links_to(connection: AsyncConnection, card: Card) -> tuple[Link, ...]:
    """The cards that name this one in a connection field of theirs."""
    named = (card.identity.key, card.identity.id)
    rows = await connection.execute(
        select(card_links.c.field.label("connection"), *_SHOWN)
        .join(cards, cards.c.id == card_links.c.card)
        .where(card_links.c.child.in_(named))
        .order_by(card_links.c.field, cards.c.created_at, cards.c.id)
    )
    return tuple(_link(row) for row in rows.mappings())


async def open_cards(connection: AsyncConnection, named: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of those of the cards, named by id or key, that are open."""
    found = await connection.execute(
        select(cards.c.id)
        .where((cards.c.id.in_(named) | cards.c.key.in_(named)) & IS_OPEN)
        .order_by(cards.c.created_at, cards.c.id)
    )
    return tuple(found.scalars())
