"""From event to event: how each changes the card. No rules here, and no definition.

What history remembers is replayed through these functions for ever: a release freezes them.
"""

from dataclasses import replace
from typing import assert_never

from engine.core.card import Card, Clock, Hold, Identity, Life, Pin, Stay, Timer, Work
from engine.core.events import (
    CardAssigned,
    CardCancelled,
    CardCreated,
    CardDone,
    CardHeld,
    CardMoved,
    CardReopened,
    CardResumed,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    CommentAdded,
    DueChanged,
    Event,
    FieldsChanged,
    LabelsChanged,
    PriorityChanged,
    SlaBreached,
    TimerPassed,
    TimerSet,
    ValuesDropped,
)
from pipes.identifiers import FieldId, JsonValue, PhaseId


def evolve(card: Card | None, event: Event) -> Card:
    """The card after the event. The first event makes it.

    Raises:
        ValueError: The event does not follow the card's last one.
    """
    body = event.body
    if isinstance(body, CardCreated):
        return _created(event, body)
    if card is None or event.sequence != card.version + 1:
        known = 0 if card is None else card.version
        raise ValueError(f"Event {event.sequence} does not follow version {known} of the card.")
    return _after(replace(card, version=event.sequence, updated_at=event.at), event)


def _created(event: Event, body: CardCreated) -> Card:
    return Card(
        version=event.sequence,
        updated_at=event.at,
        identity=Identity(
            id=body.card,
            key=body.key,
            pipe=body.pipe,
            creator=event.actor,
            created_at=event.at,
            behaviour=body.behaviour,
        ),
        pin=Pin(version=body.definition_version, hash=body.definition_hash),
        stay=Stay(phase=body.phase, entered_at=event.at),
        life=Life(),
        work=Work(title=body.title),
        values={name: value for name, value in body.values.items() if value is not None},
    )


def _after(card: Card, event: Event) -> Card:
    match event.body:
        case CardCreated():
            return card
        case FieldsChanged(changes=changes, title=title):
            values: dict[FieldId, JsonValue] = dict(card.values)
            for change in changes:
                values[change.field] = change.after
            kept = {name: value for name, value in values.items() if value is not None}
            return replace(card, values=kept, work=replace(card.work, title=title))
        case ValuesDropped() | CommentAdded():
            return card
        case CardMoved(target=target):
            return _moved(card, event, target)
        case CardReopened(target=target):
            opened = replace(card.life, status="open", finished_at=None, hold=None)
            return replace(_moved(card, event, target), life=opened)
        case CardDone():
            return replace(card, life=replace(card.life, status="done", finished_at=event.at))
        case CardCancelled():
            life = replace(card.life, status="cancelled", finished_at=event.at, hold=None)
            return replace(card, life=life)
        case CardHeld(reason=reason):
            hold = Hold(since=event.at, by=event.actor, reason=reason)
            return replace(card, life=replace(card.life, hold=hold))
        case CardResumed():
            return replace(card, life=replace(card.life, hold=None))
        case CardAssigned(assignees=assignees):
            return replace(card, work=replace(card.work, assignees=assignees))
        case LabelsChanged(labels=labels):
            return replace(card, work=replace(card.work, labels=labels))
        case PriorityChanged(priority=priority):
            return replace(card, work=replace(card.work, priority=priority))
        case DueChanged(due=due):
            return replace(card, work=replace(card.work, due=due))
        case TimerSet(transition=transition, due=due):
            timer = Timer(transition=transition, at=due)
            return replace(card, stay=replace(card.stay, timers=(*card.stay.timers, timer)))
        case TimerPassed(transition=transition):
            timers = tuple(
                replace(timer, passed=True) if timer.transition == transition else timer
                for timer in card.stay.timers
            )
            return replace(card, stay=replace(card.stay, timers=timers))
        case ClockStarted() as started:
            return _with_clock(card, _clock(event, started))
        case ClockPaused(clock=clock, remaining_seconds=remaining, reason=reason):
            paused = replace(
                card.clocks[clock],
                state="paused",
                remaining_seconds=remaining,
                paused_because=reason,
            )
            return _with_clock(card, paused)
        case ClockResumed(clock=clock, deadline=deadline):
            running = replace(
                card.clocks[clock],
                state="running",
                deadline=deadline,
                remaining_seconds=None,
                paused_because=None,
            )
            return _with_clock(card, running)
        case ClockStopped(clock=clock, outcome=outcome):
            stopped = replace(card.clocks[clock], state=outcome, stopped_at=event.at)
            return _with_clock(card, stopped)
        case SlaBreached(clock=clock):
            return _with_clock(card, replace(card.clocks[clock], state="breached"))
        case _ as unknown:
            assert_never(unknown)


def _moved(card: Card, event: Event, target: PhaseId) -> Card:
    stay = Stay(
        phase=target,
        entered_at=event.at,
        visit=card.stay.visit + 1,
        before=card.stay.phase,
    )
    return replace(card, stay=stay)


def _clock(event: Event, started: ClockStarted) -> Clock:
    return Clock(
        id=started.clock,
        clock_kind=started.clock_kind,
        state="running",
        started_at=event.at,
        target=started.target,
        deadline=started.deadline,
        calendar=started.calendar,
    )


def _with_clock(card: Card, clock: Clock) -> Card:
    return replace(card, clocks={**card.clocks, clock.id: clock})
