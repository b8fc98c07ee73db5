"""The graph of phases: whether every card can come to an end, and none runs in a circle."""

from collections.abc import Iterable, Iterator, Mapping

from pipes.definition import Definition
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import PhaseId

type Ways = Mapping[PhaseId, frozenset[PhaseId]]


def check_graph(definition: Definition) -> Iterator[Finding]:
    """Phases that cannot be reached or left, ends that are none, moves that never stop."""
    phases = definition.phases_by_id
    final = {name for name, phase in phases.items() if phase.final is not None}
    if not any(phase.final == "done" for phase in phases.values()):
        message = "No phase ends a card as done."
        yield report(
            FindingCode.NO_DONE_PHASE, "/phases", message, 'Add "final": "done" to the last one.'
        )
    if definition.start.phase in final:
        yield report(FindingCode.FINAL_START, "/start/phase", "Cards would begin at their end.")
    for index, way in enumerate(definition.transitions):
        for source in way.sources:
            if source in final:
                message = f"“{source}” is final: no card leaves it. Cards are reopened instead."
                yield report(FindingCode.LEAVES_FINAL_PHASE, f"/transitions/{index}/from", message)
    yield from _reachability(definition, final)
    yield from _circles(definition)


def _reachability(definition: Definition, final: set[PhaseId]) -> Iterator[Finding]:
    onwards = _ways(definition)
    reached = _reached(onwards, [definition.start.phase])
    ending = _reached(_turned(onwards), final)
    for index, phase in enumerate(definition.phases):
        if phase.id not in reached:
            message = f"No way leads to “{phase.name}” from where cards begin."
            yield report(FindingCode.UNREACHABLE_PHASE, f"/phases/{index}", message)
        elif phase.id not in ending:
            message = f"No way leads from “{phase.name}” to a final phase."
            yield report(FindingCode.NO_WAY_OUT, f"/phases/{index}", message)


def _ways(definition: Definition, *, automatic: bool = False) -> Ways:
    return {
        phase.id: frozenset(
            way.target
            for way in definition.transitions_from[phase.id]
            if way.target in definition.phases_by_id
            and (not automatic or (way.automatic and way.after is None and way.approval is None))
        )
        for phase in definition.phases
    }


def _turned(ways: Ways) -> Ways:
    return {
        phase: frozenset(source for source, targets in ways.items() if phase in targets)
        for phase in ways
    }


def _reached(ways: Ways, begin: Iterable[PhaseId]) -> set[PhaseId]:
    found: set[PhaseId] = set()
    open_ends = [phase for phase in begin if phase in ways]
    while open_ends:
        phase = open_ends.pop()
        if phase not in found:
            found.add(phase)
            open_ends += ways[phase]
    return found


def _circles(definition: Definition) -> Iterator[Finding]:
    """Automatic moves that lead back to where they began, with nobody and no time between."""
    by_itself = _ways(definition, automatic=True)
    for index, way in enumerate(definition.transitions):
        if not way.automatic or way.after is not None or way.approval is not None:
            continue
        behind = _reached(by_itself, [way.target])
        if any(source in behind for source in way.sources):
            message = f"“{way.label}” is automatic and leads in a circle of automatic moves."
            fix = "Take “automatic” from one of them, or let it wait with “after”."
            yield report(
                FindingCode.AUTOMATIC_CYCLE, f"/transitions/{index}/automatic", message, fix
            )
