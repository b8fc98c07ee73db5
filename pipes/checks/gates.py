"""Gates that hold: no way leads around an approval."""

from collections.abc import Iterator

from pipes.checks.graph import Ways, ways_along
from pipes.definition import Definition, Transition
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import PhaseId


def check_gates(definition: Definition) -> Iterator[Finding]:
    """The approvals that cards can go around."""
    unguarded = ways_along(definition, is_open)
    for index, way in enumerate(definition.transitions):
        if way.approval is None or is_open(way):
            continue
        for source in way.sources:
            route = route_around(unguarded, source, way.target)
            if route:
                names = " → ".join(definition.phases_by_id[phase].name for phase in route)
                message = f"“{way.label}” asks for approval, and {names} leads around it."
                yield report(FindingCode.BYPASSED_GATE, f"/transitions/{index}/approval", message)
                break


def is_open(way: Transition) -> bool:
    """Whether nothing but who may take it stands in the way, and others than admins may."""
    only_admins = bool(way.by) and all(str(principal) == "role:admin" for principal in way.by)
    return way.approval is None and not way.when and not only_admins


def route_around(unguarded: Ways, source: PhaseId, target: PhaseId) -> tuple[PhaseId, ...]:
    """The shortest route from a phase to another along these ways; empty if there is none."""
    routes: list[tuple[PhaseId, ...]] = [(source,)]
    seen = {source}
    while routes:
        route = routes.pop(0)
        for after in sorted(unguarded.get(route[-1], ())):
            if after == target and target != source:
                return (*route, after)
            if after not in seen:
                seen.add(after)
                routes.append((*route, after))
    return ()
