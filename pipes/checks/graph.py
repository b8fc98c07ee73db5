"""The graph of phases: whether every card can come to an end, and none runs in a circle."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pipes.checks.known import known_of
from pipes.definition import Definition, Transition
from pipes.findings import Finding, FindingCode, report
from pipes.identifiers import PhaseId
from pipes.rules.holding import can_hold, names_decided
from pipes.rules.syntax import Node

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
    onwards = ways_along(definition)
    found = reached(onwards, [definition.start.phase])
    ending = reached(turned(onwards), final)
    for index, phase in enumerate(definition.phases):
        if phase.id not in found:
            message = f"No way leads to “{phase.name}” from where cards begin."
            yield report(FindingCode.UNREACHABLE_PHASE, f"/phases/{index}", message)
        elif phase.id not in ending:
            message = f"No way leads from “{phase.name}” to a final phase."
            yield report(FindingCode.NO_WAY_OUT, f"/phases/{index}", message)


def ways_along(definition: Definition, chosen: Callable[[Transition], bool] | None = None) -> Ways:
    """To which phases each phase leads, by all transitions or by those that are chosen."""
    return {
        phase.id: frozenset(
            way.target
            for way in definition.transitions_from[phase.id]
            if way.target in definition.phases_by_id and (chosen is None or chosen(way))
        )
        for phase in definition.phases
    }


def turned(ways: Ways) -> Ways:
    """The same ways backwards."""
    return {
        phase: frozenset(source for source, targets in ways.items() if phase in targets)
        for phase in ways
    }


def reached(ways: Ways, begin: Iterable[PhaseId]) -> set[PhaseId]:
    """The phases that can be reached, with those from which one begins."""
    found: set[PhaseId] = set()
    open_ends = [phase for phase in begin if phase in ways]
    while open_ends:
        phase = open_ends.pop()
        if phase not in found:
            found.add(phase)
            open_ends += ways[phase]
    return found


# --- circles --------------------------------------------------------------------------------------

# Of so many routes of automatic moves each is judged by its conditions; beyond, all are possible.
_MOST_ROUTES = 2_000


def _circles(definition: Definition) -> Iterator[Finding]:
    """Automatic moves that lead back to where they began, with nobody and no time between."""
    circling = _Circles(definition)
    for index, way in enumerate(definition.transitions):
        if is_at_once(way) and circling.closes(way):
            message = f"“{way.label}” is automatic and leads in a circle of automatic moves."
            fix = "Take “automatic” from one of them, or let it wait with “after”."
            yield report(
                FindingCode.AUTOMATIC_CYCLE, f"/transitions/{index}/automatic", message, fix
            )


def is_at_once(way: Transition) -> bool:
    """Whether the move happens by itself, with neither a person nor time before it."""
    return way.automatic and way.after is None and way.approval is None


class _Circles:
    """The circles of automatic moves that nothing stops: all of their conditions hold at once.

    Nobody writes a value while a card runs in a circle, so conditions that exclude each other end
    it. What the card itself brings along (its phase, how often it came back) is left out: it does
    change on the way.
    """

    def __init__(self, definition: Definition) -> None:
        self._known = known_of(definition)
        self._definition = definition
        self._by_itself = ways_along(definition, is_at_once)
        self._routes = 0

    def closes(self, way: Transition) -> bool:
        """Whether a card that took the way can come to take it again."""
        behind = reached(self._by_itself, [way.target])
        return any(
            source in behind and self._leads_back(source, way.target, (way,), {way.target})
            for source in way.sources
        )

    def _leads_back(
        self, home: PhaseId, here: PhaseId, taken: tuple[Transition, ...], seen: set[PhaseId]
    ) -> bool:
        self._routes += 1
        if self._routes > _MOST_ROUTES:
            return True
        if not self._can_be_taken(taken):
            return False
        if here == home:
            return True
        return any(
            self._leads_back(home, way.target, (*taken, way), seen | {way.target})
            for way in self._definition.transitions_from.get(here, ())
            if is_at_once(way) and (way.target == home or way.target not in seen)
        )

    def _can_be_taken(self, taken: tuple[Transition, ...]) -> bool:
        guards = [guard.rule.tree for way in taken for guard in way.when]
        return can_hold([guard for guard in guards if _is_of_fields(guard)], self._known)


def _is_of_fields(condition: Node) -> bool:
    """Whether a condition looks at nothing but fields, which stay as they are on the way."""
    return all(name[:1] == ("fields",) for name in names_decided([condition]))
