"""Automations that set each other off for ever."""

from collections.abc import Iterator, Mapping

from pipes.actions import (
    Action,
    CreateConnectedCard,
    SendRequest,
    SetFields,
    TakeTransition,
    UpdateConnected,
    WriteComment,
)
from pipes.checks.graph import is_at_once
from pipes.checks.known import known_of
from pipes.definition import Automation, Definition, Transition, Trigger
from pipes.fields.field import ConnectionOptions
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import FieldId, PhaseId, TransitionId
from pipes.rules.holding import always_holds

type Event = tuple[str, str]
"""What happens, and what with: a phase, a field or a transition; empty where nothing tells."""


def check_circles(definition: Definition) -> Iterator[Finding]:
    """The circles of automations that no condition ends."""
    causes = causes_of(definition)
    endless = [
        number
        for number, each in enumerate(definition.automations)
        if number in _reached_from(causes, number) and not _may_stop(definition, each)
    ]
    known = {
        number: frozenset(after for after in causes[number] if after in endless)
        for number in endless
    }
    for number in endless:
        if number in _reached_from(known, number):
            names = " → ".join(definition.automations[each].id for each in _circle(known, number))
            message = f"These set each other off for ever: {names}."
            fix = "Give one of them an `if` that ends it."
            yield report(FindingCode.AUTOMATION_CYCLE, f"/automations/{number}/do", message, fix)


def causes_of(definition: Definition) -> Mapping[int, frozenset[int]]:
    """For each automation those that its actions set off."""
    return {
        number: frozenset(
            after
            for after, other in enumerate(definition.automations)
            if any(_listens(other.on, event) for event in _events(definition, each))
        )
        for number, each in enumerate(definition.automations)
    }


def _may_stop(definition: Definition, each: Automation) -> bool:
    """Whether a condition may end what it takes part in."""
    rule = each.condition
    return rule is not None and not always_holds(rule.tree, known_of(definition))


def _reached_from(causes: Mapping[int, frozenset[int]], begin: int) -> set[int]:
    found: set[int] = set()
    ahead = list(causes[begin])
    while ahead:
        number = ahead.pop()
        if number not in found:
            found.add(number)
            ahead += causes.get(number, ())
    return found


def _circle(causes: Mapping[int, frozenset[int]], begin: int) -> tuple[int, ...]:
    """The shortest circle through an automation, closed."""
    routes: list[tuple[int, ...]] = [(begin,)]
    while routes:
        route = routes.pop(0)
        for after in sorted(causes[route[-1]]):
            if after == begin:
                return (*route, begin)
            if after not in route:
                routes.append((*route, after))
    return (begin,)


# --- what an automation makes happen --------------------------------------------------------------


def _events(definition: Definition, each: Automation) -> Iterator[Event]:
    for action in each.do:
        yield from _events_of(definition, action)


def _events_of(definition: Definition, action: Action) -> Iterator[Event]:
    match action:
        case SetFields(fields=fields):
            yield from _changes(definition, fields)
        case SendRequest(store=store):
            yield from _changes(definition, store)
        case UpdateConnected(connection=name, fields=fields) if _is_own(definition, name):
            yield from _changes(definition, fields)
        case CreateConnectedCard(pipe=pipe) if pipe == definition.id:
            yield "card.created", ""
        case WriteComment():
            yield "comment.added", ""
        case TakeTransition(transition=name) if name in definition.transitions_by_id:
            yield from _moves(definition.transitions_by_id[TransitionId(name)], definition)
        case _:
            return


def _is_own(definition: Definition, name: FieldId) -> bool:
    field = definition.fields.get(name)
    options = field.options if field is not None else None
    return isinstance(options, ConnectionOptions) and options.pipe == definition.id


def _changes(definition: Definition, fields: Mapping[FieldId, object]) -> Iterator[Event]:
    """Fields that are written, and the automatic moves that may follow from it."""
    for name in fields:
        yield "field.changed", name
    for way in definition.transitions:
        if is_at_once(way) and way.when:
            yield from _moves(way, definition)


def _moves(way: Transition, definition: Definition) -> Iterator[Event]:
    if way.approval is not None:
        yield "approval.requested", way.id
        return
    for source in way.sources:
        yield "card.left_phase", source
    yield "card.entered_phase", way.target
    yield from _endings(way.target, definition)


def _endings(target: PhaseId, definition: Definition) -> Iterator[Event]:
    phase = definition.phases_by_id.get(target)
    if phase is not None and phase.final is not None:
        yield f"card.{phase.final}", ""


def _listens(on: Trigger, event: Event) -> bool:
    kind, what = event
    if on.event != kind:
        return False
    match kind:
        case "field.changed":
            return what in on.fields
        case "card.entered_phase" | "card.left_phase":
            return on.phase is None or on.phase == what
        case "approval.requested":
            return on.transition is None or on.transition == what
        case _:
            return True
