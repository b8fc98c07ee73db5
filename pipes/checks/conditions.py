"""Conditions that mean something: none that can never hold, none that always does."""

from collections.abc import Iterator, Sequence

from pipes.checks.known import known_of
from pipes.checks.places import clocks, forms
from pipes.definition import AnyOf, Definition, Sla, Transition
from pipes.findings import Finding, FindingCode, report
from pipes.rules import Rule, check_types, in_words
from pipes.rules.holding import Known, always_holds, can_hold, with_phases
from pipes.rules.syntax import Constant, Node, Operation
from pipes.rules.types import BOOLEAN, Record
from pipes.scope import scope_of


def check_conditions(definition: Definition) -> Iterator[Finding]:
    """The conditions that are no conditions, wherever they stand."""
    judge = _Judge(definition)
    for index, way in enumerate(definition.transitions):
        yield from judge.guards(way, f"/transitions/{index}/when")
    for place, form in forms(definition):
        for number, entry in enumerate(form):
            if not isinstance(entry, AnyOf) and entry.when is not None:
                yield from judge.condition(entry.when, f"{place}/{number}/when")
    for index, each in enumerate(definition.automations):
        if each.condition is not None:
            yield from judge.condition(each.condition, f"/automations/{index}/if")
    for place, sla in clocks(definition):
        if sla.paused_when is not None:
            yield from judge.condition(sla.paused_when, f"{place}/paused_when")
        yield from judge.targets(sla, f"{place}/target")


class _Judge:
    """Judges the conditions of a definition."""

    def __init__(self, definition: Definition) -> None:
        self._known: Known = known_of(definition)
        self._scope: Record = scope_of(definition)

    def condition(self, rule: Rule, place: str, known: Known | None = None) -> Iterator[Finding]:
        """A condition by itself."""
        known = known or self._known
        if self._is_faulty(rule):
            return
        if not can_hold([rule.tree], known):
            message = f"This can never hold: {self._said(rule)}."
            yield report(FindingCode.NEVER_HOLDS, place, message)
        elif always_holds(rule.tree, known):
            message = f"This always holds: {self._said(rule)}."
            yield report(FindingCode.ALWAYS_HOLDS, place, message)

    def guards(self, way: Transition, place: str) -> Iterator[Finding]:
        """The conditions of a transition, alone and together."""
        known = with_phases(self._known, map(str, way.sources))
        found: Sequence[Finding] = [
            finding
            for number, guard in enumerate(way.when)
            for finding in self.condition(guard.rule, f"{place}/{number}/if", known)
        ]
        yield from found
        is_possible = any(self._is_faulty(guard.rule) for guard in way.when) or can_hold(
            [guard.rule.tree for guard in way.when], known
        )
        if not is_possible and all(each.code != FindingCode.NEVER_HOLDS for each in found):
            said = "; ".join(self._said(guard.rule) for guard in way.when)
            message = f"These can never hold together: {said}."
            yield report(FindingCode.NEVER_HOLDS, place, message)

    def targets(self, sla: Sla, place: str) -> Iterator[Finding]:
        """The cases of a target: each of them is reached by some cards."""
        others: list[Node] = []
        for number, case in enumerate(sla.target):
            own = [] if case.when is None else [case.when.tree]
            if case.when is not None and self._is_faulty(case.when):
                return
            if not can_hold(own, self._known) and case.when is not None:
                message = f"This can never hold: {self._said(case.when)}."
                yield report(FindingCode.NEVER_HOLDS, f"{place}/{number}/if", message)
            elif not can_hold([*others, *own], self._known):
                message = "No card comes to this case: one of those before applies to every card."
                yield report(FindingCode.TARGET_CASES, f"{place}/{number}", message)
            others += [Operation("!", (tree,)) for tree in own or [Constant(True)]]  # noqa: FBT003 -- the rule `true`

    def _is_faulty(self, rule: Rule) -> bool:
        """Whether the rule's types are wrong, so that what it comes to tells nothing."""
        return bool(check_types(rule.tree, self._scope, BOOLEAN).faults)

    def _said(self, rule: Rule) -> str:
        return in_words(rule.tree, self._scope)
