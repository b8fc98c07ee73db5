"""What a list or a board is narrowed down to, and who looks: as conditions on cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    exists,
    not_,
    or_,
    select,
    union,
)

from engine.store.readmodel import folded
from engine.store.tables import IS_OPEN, card_assignees, card_labels, card_values, cards
from pipes.identifiers import Instant

_MOST_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks. One who does not see all sees the cards they created or are assigned to.

    Attributes:
        other_pipes: In these it is the other way round.
    """

    user: str
    sees_all: bool
    other_pipes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFilter:
    """What cards are wanted; what is None or empty does not matter.

    Attributes:
        late: At this moment a clock of theirs has run out.
        values: Values of indexed fields, by field.
    """

    phase: str | None = None
    status: str | None = None
    assignee: str | None = None
    label: str | None = None
    late: bool | None = None
    text: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed down."""
        return self == CardFilter()


def seen_by(viewer: Viewer) -> list[ColumnElement[bool]]:
    """The condition that a viewer may see a card."""
    if viewer.sees_all and not viewer.other_pipes:
        return []
    other = cards.c.pipe.in_(sorted(viewer.other_pipes))
    in_sight = not_(other) if viewer.sees_all else other
    theirs = cards.c.id.in_(own_cards(viewer.user))
    if not viewer.sees_all and not viewer.other_pipes:
        return [theirs]
    return [or_(theirs, in_sight)]


def own_cards(user: str) -> CompoundSelect[tuple[str]]:
    """The ids of the cards that somebody created or is assigned to."""
    created = cards.alias("created")
    return union(
        select(created.c.id).where(created.c.creator == user),
        select(card_assignees.c.card).where(card_assignees.c.user == user),
    )


def words(text: str | None) -> tuple[str, ...]:
    """What is looked for in each card, as it is searched; more words than that are left out."""
    return tuple(folded(text or "").split()[:_MOST_WORDS])


def conditions(wanted: CardFilter, now: Instant) -> list[ColumnElement[bool]]:
    """The conditions of a filter."""
    found: list[ColumnElement[bool]] = []
    if wanted.phase is not None:
        found.append(cards.c.phase == wanted.phase)
    if wanted.status is not None:
        found.append(cards.c.status == wanted.status)
    if wanted.assignee is not None:
        found.append(
            exists().where(
                and_(card_assignees.c.card == cards.c.id, card_assignees.c.user == wanted.assignee)
            )
        )
    if wanted.label is not None:
        found.append(
            exists().where(
                and_(
                    card_labels.c.pipe == cards.c.pipe,
                    card_labels.c.label == wanted.label,
                    card_labels.c.card == cards.c.id,
                )
            )
        )
    if wanted.late is not None:
        found.append(_late(now) if wanted.late else _in_time(now))
    found += [cards.c.search.contains(word, autoescape=True) for word in words(wanted.text)]
    found += [
        exists().where(
            and_(
                card_values.c.card == cards.c.id,
                card_values.c.pipe == cards.c.pipe,
                card_values.c.field == name,
                card_values.c.text == folded(value),
            )
        )
        for name, value in wanted.values.items()
    ]
    return found


def _late(now: Instant) -> ColumnElement[bool]:
    return and_(IS_OPEN, or_(cards.c.late_at <= now, cards.c.expired_at <= now))


def _in_time(now: Instant) -> ColumnElement[bool]:
    # Written out, as `not` of a comparison with nothing is neither true nor false.
    running = [
        or_(moment.is_(None), moment > now) for moment in (cards.c.late_at, cards.c.expired_at)
    ]
    return or_(not_(IS_OPEN), and_(*running))
