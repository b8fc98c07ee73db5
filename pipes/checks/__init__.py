"""What a definition means, checked: references, fields, the graph of phases, rules and time.

The grammar has been checked before. Every check reports all that it finds; none stops another.
"""

from collections.abc import Callable, Iterator, Sequence

from pipes.checks.actions import check_actions
from pipes.checks.approvals import check_approvals
from pipes.checks.circles import check_circles
from pipes.checks.conditions import check_conditions
from pipes.checks.fields import check_fields
from pipes.checks.gates import check_gates
from pipes.checks.graph import check_graph
from pipes.checks.needs import check_needs
from pipes.checks.references import check_references
from pipes.checks.rules import check_rules
from pipes.checks.surroundings import check_surroundings
from pipes.checks.time import check_time
from pipes.definition import Definition
from pipes.findings import Finding

__all__ = ["check_definition", "check_surroundings"]

_CHECKS: Sequence[Callable[[Definition], Iterator[Finding]]] = (
    check_references,
    check_fields,
    check_graph,
    check_gates,
    check_rules,
    check_conditions,
    check_needs,
    check_approvals,
    check_time,
    check_actions,
    check_circles,
)


def check_definition(definition: Definition) -> tuple[Finding, ...]:
    """Everything that is wrong or questionable with what the definition means."""
    found = (finding for check in _CHECKS for finding in check(definition))
    return tuple(dict.fromkeys(found))
