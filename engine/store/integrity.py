"""Whether what is read of a card is what its events say; and writing it anew from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.card import Card
from engine.core.evolve import evolve
from engine.encoding import decoded_card, next_digest
from engine.store import reservations
from engine.store.log import decoded_event
from engine.store.readmodel import Indexing, card_row, rows_beside, written_row
from engine.store.tables import cards, events
from pipes.forms import CompiledPipe


class BrokenHistory(Exception):
    """The events of a card cannot be what happened: one is missing, or was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """A card as its recorded events make it, with the digest of them."""

    card: Card
    digest: str


async def card_ids(connection: AsyncConnection, *, after: str, limit: int) -> tuple[str, ...]:
    """The ids of all cards in order, from the one after a given id."""
    rows = await connection.execute(
        select(cards.c.id).where(cards.c.id > after).order_by(cards.c.id).limit(limit)
    )
    return tuple(rows.scalars())


async def retell(connection: AsyncConnection, card: str) -> Retold | None:
    """The card from its events alone; None if there are none.

    Raises:
        BrokenHistory: They have a gap, or do not add up to the digests that were written.
    """
    made: Card | None = None
    digest = ""
    rows = await connection.execute(
        select(events).where(events.c.card == card).order_by(events.c.sequence)
    )
    for row in rows.mappings():
        event = decoded_event(row)
        expected = 1 if made is None else made.version + 1
        if event.sequence != expected:
            raise BrokenHistory(f"Event {expected} is missing.")
        digest = next_digest(digest, event)
        if digest != row["digest"]:
            raise BrokenHistory(f"Event {event.sequence} is not what was written.")
        made = evolve(made, event)
    return None if made is None else Retold(card=made, digest=digest)


async def parts_that_differ(
    connection: AsyncConnection, pipe: CompiledPipe, retold: Retold
) -> tuple[str, ...]:
    """What is read of the card and is not what its events say: names of columns and tables."""
    number = retold.card.identity.id
    indexing = Indexing.of(pipe.definition)
    row = (
        (await connection.execute(select(cards).where(cards.c.id == number)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        return ("cards",)
    expected = card_row(retold.card, retold.digest, indexing)
    differing = [name for name, value in expected.items() if not _same(name, row[name], value)]
    for table, wanted in rows_beside(retold.card, pipe.definition):
        found = await connection.execute(select(table).where(table.c.card == number))
        if _unordered(map(dict, found.mappings())) != _unordered(wanted):
            differing.append(table.name)
    return tuple(differing)


async def write_anew(connection: AsyncConnection, pipe: CompiledPipe, retold: Retold) -> None:
    """Writes everything that is read of the card from what its events say."""
    number = retold.card.identity.id
    indexing = Indexing.of(pipe.definition)
    row = written_row(retold.card, retold.digest, pipe)
    known = await connection.execute(select(cards.c.id).where(cards.c.id == number))
    if known.one_or_none() is None:
        await connection.execute(insert(cards).values(row))
    else:
        await connection.execute(update(cards).where(cards.c.id == number).values(row))
    for table, rows in rows_beside(retold.card, pipe.definition):
        await connection.execute(delete(table).where(table.c.card == number))
        if rows:
            await connection.execute(insert(table), rows)
    await reservations.settle(connection, retold.card, ())
    await reservations.hold_values(connection, retold.card, indexing.unique)


def _same(name: str, found: object, expected: object) -> bool:
    """Whether a column holds what it should; the same card may be told in several ways."""
    if found == expected or name != "snapshot":
        return found == expected
    try:
        return decoded_card(str(found)) == decoded_card(str(expected))
    except ValueError:
        return False


def _unordered(rows: Iterable[Mapping[str, object]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)
