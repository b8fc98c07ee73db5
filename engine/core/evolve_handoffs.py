"""How events change where a card stands, and the handoff that waits to be accepted."""

from typing import assert_never

from engine.core.card import Card, Handoff, Stay
from engine.core.clock_events import ClockStep
from engine.core.clock_names import HANDOFF_CLOCK
from engine.core.events import Event
from engine.core.evolve_clocks import with_clock
from engine.core.handoff_events import (
    HandoffAccepted,
    HandoffBegun,
    HandoffEvent,
    HandoffOffered,
    HandoffOverdue,
    HandoffQueued,
    HandoffReturned,
)
from pipes.identifiers import PhaseId
from pipes.marks import Mark
from pipes.quick import replace


def standing_in(card: Card, event: Event, phase: PhaseId) -> Card:
    """The card in another phase; what waited in the one before waits no longer."""
    stay = Stay(
        phase=phase,
        entered_at=event.at,
        visit=card.stay.visit + 1,
        before=card.stay.phase,
    )
    return replace(card, stay=stay, handoff=None)


def handoff_after(card: Card, event: Event, body: HandoffEvent) -> Card:
    """The card after something happened to its handoff."""
    match body:
        case HandoffBegun(source=source, team=team, assignees=assignees):
            begun = Handoff(source=source, team=team, since=event.at, assignees=assignees)
            return replace(card, handoff=begun)
        case HandoffQueued():
            return _queued(card, is_queued=True)
        case HandoffOffered():
            return _queued(card, is_queued=False)
        case HandoffAccepted():
            return replace(card, handoff=None)
        case HandoffReturned(target=target):
            before = card.handoff.assignees if card.handoff else card.work.assignees
            back = standing_in(card, event, target)
            return replace(
                back,
                life=replace(card.life, returns=card.life.returns + 1),
                work=replace(card.work, assignees=before),
            )
        case HandoffOverdue() as overdue:
            return _reminded(card, overdue)
        case _ as unknown:
            assert_never(unknown)


def _queued(card: Card, *, is_queued: bool) -> Card:
    if card.handoff is None:
        return card
    return replace(card, handoff=replace(card.handoff, is_queued=is_queued))


def _reminded(card: Card, overdue: HandoffOverdue) -> Card:
    if card.handoff is None:
        return card
    told = replace(card, handoff=replace(card.handoff, reminders=overdue.count))
    clock = card.clocks.get(HANDOFF_CLOCK)
    if clock is None:
        return told
    again = Mark(at="0m", every=clock.target, nth=overdue.count)
    step = ClockStep(step_kind="reminder", index=0, at=overdue.next, mark=again)
    return with_clock(told, replace(clock, steps=(step,)))
