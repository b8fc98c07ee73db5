"""What going over to another version does to a card, in words and codes: a line of the report.

Made of what was decided, so that a dry run tells just what a migration does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from engine.core.approval_events import RequestReturned
from engine.core.card import Card
from engine.core.clock_events import ClockRecomputed, ClockStarted, ClockStopped
from engine.core.events import CardMoved, Event, FieldsChanged, TimerSet
from engine.core.evolve import evolve
from engine.core.explain_waiting import clock_name
from engine.core.facts import Facts
from engine.core.migration_events import CardMigrated
from engine.core.seen import data_for_rules
from pipes.definition import Definition
from pipes.forms import CompiledPipe, is_empty, look, missing, unanswered
from pipes.identifiers import FieldId, Instant

type ChangeCode = Literal[
    "phase_changed",
    "field_renamed",
    "value_dropped",
    "value_archived",
    "value_restored",
    "value_set",
    "newly_required",
    "clock_kept",
    "clock_started",
    "clock_restarted",
    "clock_recomputed",
    "clock_dropped",
    "timer_set",
    "timer_dropped",
    "request_kept",
    "request_void",
    "moved",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationChange:
    """One thing that becomes of a card; `at` is the instant that it is about, a deadline."""

    code: ChangeCode
    message: str
    at: Instant | None = None


def remembering(definition: Definition, earlier: Iterable[Definition]) -> Definition:
    """The definition with the names of all that versions before it had besides: for histories."""
    fields, phases = dict(definition.fields), dict(definition.phases_by_id)
    ways, teams = dict(definition.transitions_by_id), dict(definition.teams)
    for each in earlier:
        fields = {**each.fields, **fields}
        phases = {**each.phases_by_id, **phases}
        ways = {**each.transitions_by_id, **ways}
        teams = {**each.teams, **teams}
    return replace(
        definition,
        fields=fields,
        phases=tuple(phases.values()),
        transitions=tuple(ways.values()),
        teams=teams,
    )


def changes_told(
    old: CompiledPipe, target: CompiledPipe, before: Card, events: Iterable[Event], facts: Facts
) -> tuple[MigrationChange, ...]:
    """Everything that becomes of the card, in the order of what people look at first."""
    after = before
    happened = tuple(events)
    for event in happened:
        after = evolve(after, event)
    body = next((each.body for each in happened if isinstance(each.body, CardMigrated)), None)
    if body is None:
        return ()
    return (
        *_about_place(old, target, body, happened),
        *_about_values(old, target, body, happened),
        *_about_what_is_needed(old, target, before, after, facts),
        *_about_request(old, before, happened),
        *_about_clocks(target, before, after, body, happened),
        *_about_timers(old, target, before, body, happened),
    )


def _about_place(
    old: CompiledPipe, target: CompiledPipe, body: CardMigrated, events: tuple[Event, ...]
) -> Iterator[MigrationChange]:
    if body.source != body.target:
        was = old.definition.phase(body.source).name
        message = f"Stands in {target.definition.phase(body.target).name} instead of {was}."
        yield MigrationChange(code="phase_changed", message=message)
    for event in events:
        if isinstance(event.body, CardMoved):
            way = target.definition.transition(event.body.transition).label
            phase = target.definition.phase(event.body.target).name
            message = f"Then moves to {phase} by itself: “{way}”."
            yield MigrationChange(code="moved", message=message)


def _about_values(
    old: CompiledPipe, target: CompiledPipe, body: CardMigrated, events: tuple[Event, ...]
) -> Iterator[MigrationChange]:
    for name, new in body.renamed.items():
        message = f"{_label(old, name)} becomes {_label(target, new)}."
        yield MigrationChange(code="field_renamed", message=message)
    for name in body.dropped:
        message = f"{_label(old, name)} is dropped; its value stays in the history."
        yield MigrationChange(code="value_dropped", message=message)
    for name in body.archived:
        message = f"{_label(old, name)} is gone; its value is kept aside."
        yield MigrationChange(code="value_archived", message=message)
    for name in body.restored:
        message = f"{_label(target, name)} has the value again that was kept aside."
        yield MigrationChange(code="value_restored", message=message)
    for event in events:
        if isinstance(event.body, FieldsChanged):
            for change in event.body.changes:
                message = f"{_label(target, change.field)} gets another value."
                yield MigrationChange(code="value_set", message=message)


def _label(pipe: CompiledPipe, name: FieldId) -> str:
    field = pipe.definition.fields.get(name)
    return f"“{field.label}”" if field is not None else f"“{name}”"


def _about_what_is_needed(
    old: CompiledPipe, target: CompiledPipe, before: Card, after: Card, facts: Facts
) -> Iterator[MigrationChange]:
    """What the form of the card's phase asks for that it did not ask for before."""
    if before.life.status != "open" or after.life.status != "open":
        return
    asked = set(_lacking(old, before, facts))
    for name in _lacking(target, after, facts):
        if name not in asked:
            message = f"{_label(target, name)} will be needed before the card can move on."
            yield MigrationChange(code="newly_required", message=message)


def _lacking(pipe: CompiledPipe, card: Card, facts: Facts) -> Iterator[FieldId]:
    data = data_for_rules(pipe, card, facts, card.values)
    shape = look(pipe, pipe.form(card.stay.phase), data)
    yield from missing(shape, card.values)
    for group in unanswered(shape, card.values):
        yield from (name for name in group[:1] if is_empty(card.values.get(name)))


def _about_request(
    old: CompiledPipe, before: Card, events: tuple[Event, ...]
) -> Iterator[MigrationChange]:
    if before.pending is None:
        return
    way = old.definition.transition(before.pending.transition).label
    if any(isinstance(event.body, RequestReturned) for event in events):
        message = f"The request for “{way}” is void; whoever asked is told."
        yield MigrationChange(code="request_void", message=message)
    else:
        message = f"The request for “{way}” goes on."
        yield MigrationChange(code="request_kept", message=message)


def _about_clocks(
    target: CompiledPipe,
    before: Card,
    after: Card,
    body: CardMigrated,
    events: tuple[Event, ...],
) -> Iterator[MigrationChange]:
    ran = {body.clocks.get(name, name) for name, clock in before.clocks.items() if clock.is_alive}
    told = set()
    for event in events:
        match event.body:
            case ClockStarted(clock=clock, target=length, deadline=deadline):
                is_again = clock in ran
                said = "starts again" if is_again else "starts"
                yield MigrationChange(
                    code="clock_restarted" if is_again else "clock_started",
                    message=f"{_clock(target, clock)} {said}: {length}.",
                    at=deadline,
                )
            case ClockRecomputed(clock=clock, target=length, deadline=deadline):
                message = f"{_clock(target, clock)} is reckoned anew: {length}."
                yield MigrationChange(code="clock_recomputed", message=message, at=deadline)
            case ClockStopped(clock=clock, outcome="dropped"):
                message = f"{_clock(target, clock)} is not measured any more."
                yield MigrationChange(code="clock_dropped", message=message)
            case ClockStopped(clock=clock):
                pass
            case _:
                continue
        told.add(clock)
    for name in sorted(ran - told):
        running = after.clocks.get(name)
        if running is not None and running.is_alive:
            message = f"{_clock(target, name)} goes on as it is."
            yield MigrationChange(code="clock_kept", message=message, at=running.deadline)


def _clock(pipe: CompiledPipe, clock: str) -> str:
    said = clock_name(pipe.definition, clock)
    return f"{said[0].upper()}{said[1:]}"


def _about_timers(
    old: CompiledPipe,
    target: CompiledPipe,
    before: Card,
    body: CardMigrated,
    events: tuple[Event, ...],
) -> Iterator[MigrationChange]:
    begun = set()
    for event in events:
        if isinstance(event.body, TimerSet):
            begun.add(event.body.transition)
            way = target.definition.transition(event.body.transition).label
            message = f"“{way}” waits to happen by itself."
            yield MigrationChange(code="timer_set", message=message, at=event.body.due)
    for timer in before.stay.timers:
        if timer.transition not in begun and timer.transition not in body.timers:
            known = old.definition.transitions_by_id.get(timer.transition)
            way = known.label if known is not None else timer.transition
            message = f"“{way}” does not happen by itself any more."
            yield MigrationChange(code="timer_dropped", message=message)
