"""Few cards first: which part of a filter is looked up by its own index before the rest is tried.

PostgreSQL tells by its statistics how many cards a condition leaves. SQLite cannot tell for a text
or a label, and would go through all cards; so it is asked how many there are, up to what is few.
What is looked up only narrows down: the filter's conditions decide, the same on both.
"""

from collections.abc import Iterator

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    and_,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.queries.filters import CardFilter, words
from engine.store.readmodel import folded
from engine.store.tables import card_assignees, card_labels, card_values, cards

# From so many on it is as quick to go through cards in the order in which they are listed.
FEW = 1_000
# SQLite's index of trigrams over `cards.search`, and the number by which it knows a card. Only the
# migrations know more of it: triggers keep it.
_FOUND = table("cards_found", column("rowid", Integer))
_NUMBER: ColumnElement[int] = literal_column("cards.number", Integer)
_RUN, _MOST_RUNS = 3, 24

type _Candidates = tuple[ColumnElement[str] | ColumnElement[int] | Column[str], Select[tuple[str]]]


async def narrowed(
    connection: AsyncConnection, *, pipe: str | None, wanted: CardFilter
) -> list[ColumnElement[bool]]:
    """A condition that goes with those of the filter and leaves few cards; nothing where no part
    of the filter does.
    """
    if connection.dialect.name != "sqlite":
        return []
    for known_by, candidates in _candidates(pipe, wanted):
        counted = select(func.count()).select_from(candidates.limit(FEW + 1).subquery())
        if (await connection.execute(counted)).scalar_one() <= FEW:
            return [known_by.in_(candidates)]
    return []


def _candidates(pipe: str | None, wanted: CardFilter) -> Iterator[_Candidates]:
    """What could be looked up, and the column of cards that it gives."""
    if pipe is not None:
        for name, value in wanted.values.items():
            yield (
                cards.c.id,
                select(card_values.c.card).where(
                    and_(
                        card_values.c.pipe == pipe,
                        card_values.c.field == name,
                        card_values.c.text == folded(value),
                    )
                ),
            )
    if wanted.assignee is not None:
        yield (
            cards.c.id,
            select(card_assignees.c.card).where(card_assignees.c.user == wanted.assignee),
        )
    if (trigrams := _trigrams(wanted.text)) is not None:
        match = literal_column("cards_found").op("MATCH")(literal(trigrams))
        yield _NUMBER, select(_FOUND.c.rowid).where(match)
    if pipe is not None and wanted.label is not None:
        yield (
            cards.c.id,
            select(card_labels.c.card).where(
                and_(card_labels.c.pipe == pipe, card_labels.c.label == wanted.label)
            ),
        )


def _trigrams(text: str | None) -> str | None:
    """What is looked for in runs of three letters, as FTS5 is asked for all of them; None if there
    is no such run. Together they hold every letter: those in between would leave no fewer cards.
    """
    found = dict.fromkeys(run for word in words(text) if "\x00" not in word for run in _runs(word))
    quoted = ['"' + each.replace('"', '""') + '"' for each in list(found)[:_MOST_RUNS]]
    return " ".join(quoted) or None


def _runs(word: str) -> Iterator[str]:
    last = len(word) - _RUN
    for at in {*range(0, last + 1, _RUN), last} if last >= 0 else ():
        yield word[at : at + _RUN]
