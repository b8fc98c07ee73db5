"""Cards as boards and lists show them: summary, clock in words and colour, people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from api.pages.reader import Names
from api.pages.words import Person, Tone, span
from engine.locales import Locale
from engine.store.queries.board import BoardCard
from pipes.definition import Definition
from pipes.fields import display
from pipes.identifiers import FieldId, Instant, PhaseId, TeamId

_SOON = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPill:
    """Time left, in words and colour."""

    text: str
    tone: Tone
    exact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryItem:
    """A value shown on the board."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A card on the board."""

    key: str
    title: str
    phase: str
    version: int
    open: bool
    priority: str
    labels: tuple[str, ...]
    summary: tuple[SummaryItem, ...]
    assignees: tuple[Person, ...]
    on_hold: bool
    waits_for: str | None
    clock: ClockPill | None
    due: ClockPill | None
    quiet_for: str | None


def make_tile(
    card: BoardCard,
    definition: Definition,
    *,
    hidden: frozenset[FieldId],
    names: Names,
    now: Instant,
    locale: Locale,
) -> Tile:
    """The tile of a card, without what its reader may not see (`hidden`)."""
    return Tile(
        key=card.key,
        title=card.title,
        phase=card.phase,
        version=card.version,
        open=card.status == "open",
        priority=card.priority,
        labels=card.labels,
        summary=tuple(_summary(card, definition, names.by_id, hidden, locale)),
        assignees=tuple(names.person(user) for user in card.assignees),
        on_hold=card.on_hold,
        waits_for=_waits_for(card, definition),
        clock=clock_pill(card, now=now, locale=locale),
        due=_due(card.due_at, now=now, locale=locale),
        quiet_for=_quiet_for(card, definition, now),
    )


def _quiet_for(card: BoardCard, definition: Definition, now: Instant) -> str | None:
    """For how long nothing has happened to a card, once that is too long for its phase."""
    phase = definition.phases_by_id.get(PhaseId(card.phase))
    if phase is None or phase.stale_after is None:
        return None
    bearable = timedelta(days=phase.stale_after.days, seconds=phase.stale_after.clock_seconds)
    quiet = now - card.updated_at
    return span(quiet.total_seconds()) if quiet > bearable else None


def _waits_for(card: BoardCard, definition: Definition) -> str | None:
    """What the card waits for: approval, or the team that has to accept it."""
    if card.pending is not None:
        return "Waits for approval"
    if card.handoff_team is not None:
        team = definition.teams.get(TeamId(card.handoff_team), card.handoff_team)
        return f"Waits for {team}"
    return None


def clock_pill(card: BoardCard, *, now: Instant, locale: Locale) -> ClockPill | None:
    """The clock that matters most: one that has run out, else the phase's."""
    if card.expired_at is not None and card.expired_at <= now:
        text = f"Expired {span((now - card.expired_at).total_seconds())} ago"
        return ClockPill(text=text, tone="bad", exact=locale.exact(card.expired_at))
    if card.late_at is None:
        return None
    left = (card.late_at - now).total_seconds()
    if left <= 0:
        text = f"Late by {span(-left)}"
        return ClockPill(text=text, tone="bad", exact=locale.exact(card.late_at))
    tone: Tone = "warn" if left < _SOON else ""
    return ClockPill(text=f"{span(left)} left", tone=tone, exact=locale.exact(card.late_at))


def _due(due: Instant | None, *, now: Instant, locale: Locale) -> ClockPill | None:
    if due is None:
        return None
    overdue = due <= now
    word = "Overdue since" if overdue else "Due"
    return ClockPill(
        text=f"{word} {locale.day_of(due)}", tone="bad" if overdue else "", exact=locale.exact(due)
    )


def _summary(
    card: BoardCard,
    definition: Definition,
    names: Mapping[str, str],
    hidden: frozenset[FieldId],
    locale: Locale,
) -> list[SummaryItem]:
    items = []
    for name in definition.card.summary:
        field = definition.fields.get(name)
        shown = display(field, card.summary.get(name), names, locale) if field else ""
        if field is not None and shown and name not in hidden:
            items.append(SummaryItem(label=field.label, value=shown))
    return items
