"""What a definition means, checked: references, fields, the graph of phases, rules and time.

The grammar has been checked before. Every check reports all that it finds; none stops another.
"""

from pipes.checks.fields import check_fields
from pipes.checks.graph import check_graph
from pipes.checks.references import check_references
from pipes.checks.rules import check_rules
from pipes.checks.time import check_time
from pipes.definition import Definition
from pipes.findings import Finding

__all__ = ["check_definition"]


def check_definition(definition: Definition) -> tuple[Finding, ...]:
    """Everything that is wrong or questionable with what the definition means."""
    found = (
        *check_references(definition),
        *check_fields(definition),
        *check_graph(definition),
        *check_rules(definition),
        *check_time(definition),
    )
    return tuple(dict.fromkeys(found))
