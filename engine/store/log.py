"""The event log: what happened is written once, and what was written never changes.

`record` is called by whoever learns of events first, and again by whoever learns of them later: a
repeat writes the same, and other content under a number that exists is an alarm.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import RowMapping, and_, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.actors import Actor
from engine.core.card import Card
from engine.core.commands import CommandKey
from engine.core.effects import EffectOrder, changes_its_look, effects, look_again_at
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.core.notices import withholds
from engine.encoding import (
    decoded_body,
    decoded_card,
    decoded_chain,
    encoded_body,
    encoded_chain,
    next_digest,
)
from engine.store import deliveries, links, notices, outbox, turns
from engine.store.prepared import Prepared
from engine.store.readmodel import rows_beside, written_row
from engine.store.reservations import settle
from engine.store.tables import IS_OPEN, cards, changes, events
from pipes.definition import Definition
from pipes.forms import CompiledPipe
from pipes.identifiers import Instant

_STORED = select(cards.c.snapshot, cards.c.digest)
_LOAD_CARD = Prepared(_STORED.where(cards.c.id == bindparam("number")))
_LOAD_BY_KEY = Prepared(_STORED.where(cards.c.key == bindparam("number")))
# SQLAlchemy recognises a statement that it has compiled by its object.
_ID_OF_KEY = select(cards.c.id).where(cards.c.key == bindparam("reference"))
_ID_OF_ID = select(cards.c.id).where(cards.c.id == bindparam("reference"))
_DIGESTS = select(events.c.sequence, events.c.digest).where(
    and_(
        events.c.card == bindparam("number"),
        events.c.sequence.between(bindparam("first"), bindparam("last")),
    )
)
_ADD_EVENT = Prepared(insert(events))
_ADD_CARD = Prepared(insert(cards))
_ADD_CHANGE = Prepared(insert(changes))
_WRITE_CARD = Prepared(update(cards).where(cards.c.id == bindparam("number")))
# Of the newest events of some kinds: who asks looks for the last one that concerns somebody.
_SOME = 50


class HistoryDiverged(Exception):
    """Other content stands under a number that exists. Nothing was written."""


class HistoryGap(Exception):
    """The events do not follow what is recorded: some before them are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Up to where a history is recorded, and the digest of it; `added` events are new."""

    sequence: int
    digest: str
    added: tuple[Event, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCard:
    """A card as the last recorded event left it."""

    card: Card
    digest: str


async def record(
    connection: AsyncConnection,
    versions: Mapping[int, CompiledPipe],
    card: Card,
    after: Receipt,
    happened: tuple[Event, ...],
) -> Receipt:
    """Writes events, the card they led to, everything that lists and boards read of it, and what
    has to be done outside because of them.

    Args:
        connection: A writing transaction.
        versions: The definitions that the card ran while this happened, by their numbers.
        card: The card as the last of the events left it.
        after: What the events follow.
        happened: The events, in order and without gaps.

    Raises:
        HistoryDiverged: Something else is recorded under one of the numbers.
        HistoryGap: What is recorded ends before `after`.
    """
    if not happened:
        return after
    number = card.identity.id
    before = await load_card(connection, number)
    stored = await _stored_digests(connection, number, before, after, happened[-1].sequence)
    _hold_together(number, after, stored)
    digest, fresh, rows = after.digest, list[Event](), []
    for event in happened:
        digest = next_digest(digest, event)
        known = stored.get(event.sequence)
        if known is None:
            fresh.append(event)
            rows.append(_event_row(number, event, digest))
        elif known != digest:
            raise HistoryDiverged(
                f"Expected to record event {event.sequence} of card {number}, but it holds other"
                " content."
            )
    if fresh:
        await _ADD_EVENT.write_all(connection, rows)
        await _write_card(connection, versions[card.pin.version], before, card, digest)
        await settle(connection, card, {event.command for event in fresh})
        orders = [
            *_following(versions, before, fresh),
            *await _of_parents(connection, card, fresh),
            *await deliveries.begin_webhooks(connection, card, fresh),
        ]
        await outbox.write(connection, orders, at=card.updated_at)
        if withholds(versions, fresh):
            await notices.withhold(connection, number)
        definition = versions[card.pin.version].definition
        await turns.reserve(connection, definition, card, orders, at=card.updated_at)
    return Receipt(sequence=happened[-1].sequence, digest=digest, added=tuple(fresh))


async def load_card(connection: AsyncConnection, card: str) -> StoredCard | None:
    """The card of that id, as recorded."""
    return await _load(connection, _LOAD_CARD, card)


async def find_stored(connection: AsyncConnection, reference: str) -> StoredCard | None:
    """The card with that id or key, as recorded."""
    by_key = _is_key(reference)
    return await _load(connection, _LOAD_BY_KEY if by_key else _LOAD_CARD, reference)


async def _load(connection: AsyncConnection, statement: Prepared, number: str) -> StoredCard | None:
    row = await statement.row(connection, {"number": number})
    if row is None:
        return None
    snapshot, digest = row
    return StoredCard(card=_decoded(snapshot), digest=digest)


@lru_cache(maxsize=256)
def _decoded(snapshot: str) -> Card:
    """The card of a snapshot: a command reads the same one three times on its way."""
    return decoded_card(snapshot)


def _is_key(reference: str) -> bool:
    return "-" in reference and reference[:1].isupper()


async def open_cards(
    connection: AsyncConnection, pipe: str, *, after: str, limit: int
) -> tuple[Card, ...]:
    """Open cards of a pipe whose ids come after that one, in their order."""
    rows = await connection.execute(
        select(cards.c.snapshot)
        .where(and_(cards.c.pipe == pipe, IS_OPEN, cards.c.id > after))
        .order_by(cards.c.id)
        .limit(limit)
    )
    return tuple(decoded_card(snapshot) for snapshot in rows.scalars())


async def find_card(connection: AsyncConnection, reference: str) -> str | None:
    """The id of the card with that id or key."""
    statement = _ID_OF_KEY if _is_key(reference) else _ID_OF_ID
    found = await connection.execute(statement, {"reference": reference})
    return found.scalar_one_or_none()


async def read_events(
    connection: AsyncConnection, card: str, *, after: int = 0, limit: int = 1000
) -> tuple[Event, ...]:
    """Events of a card after a sequence number, in order."""
    rows = await connection.execute(
        select(events)
        .where(and_(events.c.card == card, events.c.sequence > after))
        .order_by(events.c.sequence)
        .limit(limit)
    )
    return tuple(decoded_event(row) for row in rows.mappings())


async def read_events_backwards(
    connection: AsyncConnection, card: str, *, before: int | None, limit: int
) -> tuple[Event, ...]:
    """Events of a card before a sequence number, the newest first."""
    statement = select(events).where(events.c.card == card)
    if before is not None:
        statement = statement.where(events.c.sequence < before)
    rows = await connection.execute(statement.order_by(events.c.sequence.desc()).limit(limit))
    return tuple(decoded_event(row) for row in rows.mappings())


async def newest_of(
    connection: AsyncConnection, card: str, kinds: Iterable[str], *, after: int = 0
) -> tuple[Event, ...]:
    """Events of these kinds after a sequence number, the newest first; at most fifty."""
    rows = await connection.execute(
        select(events)
        .where(
            and_(
                events.c.card == card,
                events.c.sequence > after,
                events.c.type.in_(sorted(kinds)),
            )
        )
        .order_by(events.c.sequence.desc())
        .limit(_SOME)
    )
    return tuple(decoded_event(row) for row in rows.mappings())


async def read_answers(
    connection: AsyncConnection, card: str, *, limit: int, until: Instant | None = None
) -> tuple[Event, ...]:
    """What was answered by e-mail: that it came, and the comment with its text; the latest until
    an instant.
    """
    received = [events.c.card == card, events.c.type == "email.received"]
    if until is not None:
        received.append(events.c.at <= until)
    answered = (
        select(events.c.command)
        .where(and_(*received))
        .order_by(events.c.sequence.desc())
        .limit(limit)
    )
    rows = await connection.execute(
        select(events).where(and_(events.c.card == card, events.c.command.in_(answered)))
    )
    return tuple(decoded_event(row) for row in rows.mappings())


async def events_of_command(
    connection: AsyncConnection, card: str, key: CommandKey
) -> tuple[Event, ...]:
    """What a command did, as far as it is recorded."""
    rows = await connection.execute(
        select(events)
        .where(and_(events.c.card == card, events.c.command == key))
        .order_by(events.c.sequence)
    )
    return tuple(decoded_event(row) for row in rows.mappings())


def decoded_event(row: RowMapping) -> Event:
    """The event of a row."""
    return Event(
        sequence=row["sequence"],
        at=row["at"],
        actor=Actor(kind=row["actor_kind"], id=row["actor"]),
        command=CommandKey(row["command"]),
        body=decoded_body(row["body"]),
        chain=decoded_chain(row["chain"]) if row["chain"] else (),
    )


def _event_row(card: str, event: Event, digest: str) -> dict[str, object]:
    return {
        "card": card,
        "sequence": event.sequence,
        "at": event.at,
        "actor_kind": event.actor.kind,
        "actor": event.actor.id,
        "command": event.command,
        "type": event.body.kind,
        "body": encoded_body(event.body),
        "digest": digest,
        "chain": encoded_chain(event.chain) if event.chain else None,
    }


async def _stored_digests(
    connection: AsyncConnection, card: str, known: StoredCard | None, after: Receipt, last: int
) -> dict[int, str]:
    """What is recorded from `after` on; mostly that is the end, which the card's row tells."""
    if known is not None and known.card.version == after.sequence:
        return {after.sequence: known.digest}
    span = {"number": card, "first": after.sequence, "last": last}
    rows = await connection.execute(_DIGESTS, span)
    return {row.sequence: row.digest for row in rows}


def _hold_together(card: str, after: Receipt, stored: dict[int, str]) -> None:
    if after.sequence == 0:
        return
    before = stored.get(after.sequence)
    if before is None:
        raise HistoryGap(f"Event {after.sequence} of card {card} is not recorded yet.")
    if before != after.digest:
        raise HistoryDiverged(
            f"The history of card {card} up to {after.sequence} is not the one that is recorded."
        )


def _following(
    versions: Mapping[int, CompiledPipe], stored: StoredCard | None, happened: list[Event]
) -> Iterator[EffectOrder]:
    """What has to be done outside because of the events, each by the version that was run then."""
    before = None if stored is None else stored.card
    for event in happened:
        after = evolve(before, event)
        yield from effects(versions[after.pin.version], before, event, after)
        before = after


async def _of_parents(
    connection: AsyncConnection, card: Card, happened: list[Event]
) -> list[EffectOrder]:
    """That the cards connected to this one look again, if it looks different to them."""
    telling = [event for event in happened if changes_its_look(event)]
    if not telling:
        return []
    latest = telling[-1]
    return [
        EffectOrder(
            card=card.identity.id,
            sequence=latest.sequence,
            position=position,
            effect=look_again_at(parent, card, latest),
        )
        for position, parent in enumerate(await links.parents_of(connection, card))
    ]


async def _write_card(
    connection: AsyncConnection,
    pipe: CompiledPipe,
    known: StoredCard | None,
    card: Card,
    digest: str,
) -> None:
    """The card's row and what is read by; only if it is newer than what is there."""
    number = card.identity.id
    row = written_row(card, digest, pipe)
    if known is None:
        await _ADD_CARD.write(connection, row)
    elif known.card.version < card.version:
        await _WRITE_CARD.write(connection, {**row, "number": number})
    else:
        return
    earlier = None if known is None else known.card
    await _replace(connection, earlier, card, pipe.definition)
    told = {
        "pipe": card.identity.pipe,
        "key": card.identity.key,
        "version": card.version,
        "at": card.updated_at,
    }
    await _ADD_CHANGE.write(connection, told)


async def _replace(
    connection: AsyncConnection, before: Card | None, card: Card, definition: Definition
) -> None:
    """Writes anew what has changed of the rows beside the card's own."""
    earlier = () if before is None else rows_beside(before, definition)
    known = {table.name: rows for table, rows in earlier}
    for table, rows in rows_beside(card, definition):
        if before is not None:
            # Another version of the definition may have indexed other values.
            if before.pin == card.pin and rows == known[table.name]:
                continue
            await connection.execute(delete(table).where(table.c.card == card.identity.id))
        if rows:
            await connection.execute(insert(table), rows)
