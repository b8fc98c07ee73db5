"""Very many cards in a moment, as copies of one: rows alone, without workflows and events.

What they differ in is what boards, lists and searches tell apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import batched

from sqlalchemy import Table, insert, text

from engine.core.card import Card
from engine.store.database import Database
from engine.store.readmodel import Indexing, card_row
from engine.store.tables import card_assignees, card_labels, card_links, card_values, cards
from pipes.definition import Definition

# One of so many is open, and of those one of so many waits for a decision, and one for a handoff.
OPEN, WAITS = 20, 200
CREATORS, ASSIGNEES, VALUES, LABELS = 1_000, 500, 5_000, 3
_BATCH = 5_000
# They have no workflows, so nothing may come due.
_LATER = timedelta(days=36_500)

type Row = dict[str, object]


async def add_crowd(
    database: Database, definition: Definition, like: Card, numbers: Iterable[int]
) -> None:
    """Writes a card like that one for each number, of different ages."""
    row = card_row(like, "", Indexing.of(definition))
    for some in batched(numbers, _BATCH, strict=False):
        async with database.writing() as connection:
            await connection.execute(insert(cards), [_card(row, like, each) for each in some])
            for table, rows in _beside(definition.id, some):
                await connection.execute(insert(table), rows)
    async with database.writing() as connection:
        await connection.execute(text("ANALYZE"))


def card_id(number: int) -> str:
    """The id of the card with that number."""
    return f"card-{number}"


def value_of(number: int) -> str:
    """What the card has in the field that can be searched by."""
    return f"worth {number % VALUES}"


def _card(row: Mapping[str, object], like: Card, number: int) -> Row:
    is_open = number % OPEN == 0
    at = like.identity.created_at + timedelta(minutes=number)
    title = f"One of many, number {number}"
    return {
        **row,
        "id": card_id(number),
        "key": f"MANY-{number}",
        "title": title,
        "search": f"many-{number} {title.lower()}\n{value_of(number)}",
        "acts_at": at + _LATER if is_open else None,
        "status": "open" if is_open else "cancelled" if number % 1_001 == 0 else "done",
        "open": 1 if is_open else 0,
        "phase": ("concept", "design")[number // OPEN % 2] if is_open else "done",
        "creator": f"creator-{number % CREATORS}",
        "created_at": at,
        "updated_at": at,
        "phase_entered_at": at,
        "late_at": at + timedelta(days=3) if is_open else None,
        "pending": "to-design" if number % (OPEN * WAITS) == 0 else None,
        "handoff_team": "design" if number % (OPEN * WAITS) == OPEN else None,
    }


def _beside(pipe: str, numbers: tuple[int, ...]) -> Iterator[tuple[Table, list[Row]]]:
    ids = [(number, card_id(number)) for number in numbers]
    yield (
        card_labels,
        [{"pipe": pipe, "label": f"label-{each % LABELS}", "card": card} for each, card in ids],
    )
    yield (
        card_assignees,
        [{"user": f"user-{each % ASSIGNEES}", "card": card} for each, card in ids],
    )
    yield (
        card_values,
        [
            {"card": card, "field": "problem", "pipe": pipe, "text": value_of(each)}
            for each, card in ids
        ],
    )
    yield (
        card_links,
        [{"card": card, "field": "parts", "child": f"MANY-{each + 1}"} for each, card in ids],
    )
