"""What must hold across cards: the next number of a key, a unique value, a place in a phase.

Reserved before a decision, once for each command however often it is asked for; settled when the
decision is recorded, released when it falls the other way, and forgotten when nobody came back.
"""

import hashlib
from collections.abc import Collection
from datetime import timedelta
from typing import Literal

from sqlalchemy import and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.card import Card
from engine.core.commands import CommandKey
from engine.core.facts import Room
from engine.core.values import canonical
from engine.store.command_tables import reserved_people, reserved_places, reserved_values
from engine.store.prepared import Prepared
from engine.store.tables import IS_OPEN, cards, pipes
from pipes.identifiers import FieldId, Instant

# Facts are older than this long before a reservation under them is forgotten.
FORGOTTEN_AFTER = timedelta(minutes=2)
_LONGEST_VALUE = 400
# Asked at every command, and mostly there is nothing: one statement instead of one for each kind.
_HOLDS_ANYTHING = Prepared(
    select(
        or_(
            *(
                exists().where(table.c.card == bindparam("number"))
                for table in (reserved_places, reserved_people, reserved_values)
            )
        )
    )
)


async def next_number(connection: AsyncConnection, pipe: str) -> int | None:
    """The next number of a pipe's keys; numbers are never given twice, but may be left out."""
    taken = (
        await connection.execute(
            update(pipes)
            .where(pipes.c.id == pipe)
            .values(next_number=pipes.c.next_number + 1)
            .returning(pipes.c.next_number)
        )
    ).scalar_one_or_none()
    return None if taken is None else taken - 1


async def _wait_for_turn(connection: AsyncConnection, pipe: str) -> None:
    """Who reserves in a pipe is alone there until their transaction ends."""
    await connection.execute(select(pipes.c.id).where(pipes.c.id == pipe).with_for_update())


async def reserve_value(
    connection: AsyncConnection,
    *,
    pipe: str,
    field: str,
    value: str,
    card: str,
    command: CommandKey,
    now: Instant,
) -> bool:
    """Reserves a unique value for a card; false if another card holds it."""
    await _wait_for_turn(connection, pipe)
    kept = _kept(value)
    place = and_(
        reserved_values.c.pipe == pipe,
        reserved_values.c.field == field,
        reserved_values.c.value == kept,
    )
    stale = and_(
        reserved_values.c.held.is_(False), reserved_values.c.created_at < now - FORGOTTEN_AFTER
    )
    await connection.execute(delete(reserved_values).where(and_(place, stale)))
    owner = (
        await connection.execute(select(reserved_values.c.card).where(place))
    ).scalar_one_or_none()
    if owner is not None:
        return bool(owner == card)
    await connection.execute(
        insert(reserved_values).values(
            pipe=pipe,
            field=field,
            value=kept,
            card=card,
            command=command,
            held=False,
            created_at=now,
        )
    )
    return True


def _kept(value: str) -> str:
    """What is kept of a value: the whole of it, or of a long one its hash."""
    if len(value) <= _LONGEST_VALUE:
        return value
    return hashlib.sha256(value.encode()).hexdigest()


async def reserve_place(
    connection: AsyncConnection,
    *,
    pipe: str,
    phase: str,
    limit: int,
    enforce: Literal["block", "warn"],
    card: str,
    command: CommandKey,
    now: Instant,
) -> Room:
    """Reserves a place in a phase for this card: if there is one left, or the limit only warns."""
    await _wait_for_turn(connection, pipe)
    here = and_(reserved_places.c.pipe == pipe, reserved_places.c.phase == phase)
    await connection.execute(
        delete(reserved_places).where(
            and_(
                here,
                or_(
                    reserved_places.c.created_at < now - FORGOTTEN_AFTER,
                    reserved_places.c.card == card,
                ),
            )
        )
    )
    room = await count_room(connection, pipe=pipe, phase=phase, limit=limit, card=card)
    if room.granted or enforce == "warn":
        await connection.execute(
            insert(reserved_places).values(
                command=command, pipe=pipe, phase=phase, card=card, created_at=now
            )
        )
    return room


async def count_room(
    connection: AsyncConnection, *, pipe: str, phase: str, limit: int, card: str
) -> Room:
    """Whether a phase has a place left for this card, without reserving it."""
    standing = (
        select(func.count())
        .select_from(cards)
        .where(
            and_(
                cards.c.pipe == pipe,
                cards.c.phase == phase,
                IS_OPEN,
                cards.c.id != card,
            )
        )
    )
    coming = (
        select(func.count())
        .select_from(reserved_places)
        .where(
            and_(
                reserved_places.c.pipe == pipe,
                reserved_places.c.phase == phase,
                reserved_places.c.card != card,
            )
        )
    )
    # One statement sees one moment: a card that arrives in between would be counted nowhere.
    both = await connection.execute(select(standing.scalar_subquery() + coming.scalar_subquery()))
    taken: int = both.scalar_one()
    return Room(granted=taken < limit, cards=taken)


async def release(connection: AsyncConnection, command: CommandKey) -> None:
    """Gives back what a command had reserved: the decision fell the other way."""
    await connection.execute(
        delete(reserved_values).where(
            and_(reserved_values.c.command == command, reserved_values.c.held.is_(False))
        )
    )
    await connection.execute(delete(reserved_places).where(reserved_places.c.command == command))
    await connection.execute(delete(reserved_people).where(reserved_people.c.command == command))


async def settle(connection: AsyncConnection, card: Card, commands: Collection[CommandKey]) -> None:
    """Makes the reservations of these commands agree with the card that they led to.

    What another command of the card has reserved stays: it is still on its way.
    """
    number = card.identity.id
    holds_anything = await _HOLDS_ANYTHING.row(connection, {"number": number})
    if holds_anything is None or not holds_anything[0]:
        return
    for table in (reserved_places, reserved_people):
        await connection.execute(
            delete(table).where(and_(table.c.card == number, table.c.command.in_(commands)))
        )
    rows = await connection.execute(select(reserved_values).where(reserved_values.c.card == number))
    for row in rows.all():
        value = card.values.get(row.field)
        holds = (
            card.life.status == "open"
            and value is not None
            and _kept(canonical(value)) == row.value
        )
        mine = and_(
            reserved_values.c.card == number,
            reserved_values.c.field == row.field,
            reserved_values.c.value == row.value,
        )
        if holds:
            await connection.execute(update(reserved_values).where(mine).values(held=True))
        elif row.held or row.command in commands:
            await connection.execute(delete(reserved_values).where(mine))


async def hold_values(connection: AsyncConnection, card: Card, unique: tuple[FieldId, ...]) -> None:
    """Holds the unique values of an open card whose reservations may have been lost."""
    if card.life.status != "open":
        return
    for field in unique:
        value = card.values.get(field)
        if value is None:
            continue
        place = {"pipe": card.identity.pipe, "field": field, "value": _kept(canonical(value))}
        held = await connection.execute(select(reserved_values.c.card).filter_by(**place))
        if held.one_or_none() is None:
            await connection.execute(
                insert(reserved_values).values(
                    **place,
                    card=card.identity.id,
                    command="rebuilt",
                    held=True,
                    created_at=card.updated_at,
                )
            )


async def number_is_taken(connection: AsyncConnection, pipe: str, number: int) -> None:
    """Sees to it that a number is not given again."""
    await connection.execute(
        update(pipes)
        .where(and_(pipes.c.id == pipe, pipes.c.next_number <= number))
        .values(next_number=number + 1)
    )
