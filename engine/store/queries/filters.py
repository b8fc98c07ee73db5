"""What a list or a board is narrowed down to, and who looks: as conditions on cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from engine.store.readmodel import folded
from engine.store.tables import card_assignees, card_labels, card_values, cards
from pipes.identifiers import Instant


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
    assigned = exists().where(
        and_(card_assignees.c.card == cards.c.id, card_assignees.c.user == viewer.user)
    )
    other = cards.c.pipe.in_(sorted(viewer.other_pipes))
    in_sight = not_(other) if viewer.sees_all else other
    return [or_(cards.c.creator == viewer.user, assigned, in_sight)]


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
                and_(card_labels.c.card == cards.c.id, card_labels.c.label == wanted.label)
            )
        )
    if wanted.late is not None:
        found.append(_late(now) if wanted.late else _in_time(now))
    if wanted.text:
        found += [_contains(word) for word in folded(wanted.text).split()[:8]]
    found += [
        exists().where(
            and_(
                card_values.c.card == cards.c.id,
                card_values.c.field == name,
                card_values.c.text == folded(value),
            )
        )
        for name, value in wanted.values.items()
    ]
    return found


def _late(now: Instant) -> ColumnElement[bool]:
    return and_(cards.c.open == 1, or_(cards.c.late_at <= now, cards.c.expired_at <= now))


def _in_time(now: Instant) -> ColumnElement[bool]:
    # Written out, as `not` of a comparison with nothing is neither true nor false.
    running = [
        or_(moment.is_(None), moment > now) for moment in (cards.c.late_at, cards.c.expired_at)
    ]
    return or_(cards.c.open != 1, and_(*running))


def _contains(word: str) -> ColumnElement[bool]:
    indexed = exists().where(
        and_(card_values.c.card == cards.c.id, card_values.c.text.contains(word, autoescape=True))
    )
    return or_(cards.c.search.contains(word, autoescape=True), indexed)
