"""Every rule of a definition, typed against what it can know."""

from collections.abc import Iterator

from pipes.checks.places import clocks, forms
from pipes.definition import AnyOf, Definition
from pipes.fields.field import FormulaOptions
from pipes.findings import Finding, of_fault
from pipes.rules import Rule, check_types
from pipes.rules.types import BOOLEAN, Type
from pipes.scope import scope_of


def check_rules(definition: Definition) -> Iterator[Finding]:
    """What is wrong with the rules."""
    scope = scope_of(definition)
    for rule, expected in _rules(definition):
        judged = check_types(rule.tree, scope, expected)
        yield from (of_fault(fault) for fault in judged.faults)


def _rules(definition: Definition) -> Iterator[tuple[Rule, Type | None]]:
    for _, form in forms(definition):
        for entry in form:
            if isinstance(entry, AnyOf):
                continue
            for rule in (entry.when, entry.required, entry.readonly):
                if isinstance(rule, Rule):
                    yield rule, BOOLEAN
    for field in definition.fields.values():
        if isinstance(field.default, Rule):
            yield field.default, None
        if isinstance(field.options, FormulaOptions):
            yield field.options.value, None
    for _, sla in clocks(definition):
        for case in sla.target:
            if case.when is not None:
                yield case.when, BOOLEAN
        if sla.paused_when is not None:
            yield sla.paused_when, BOOLEAN
    for way in definition.transitions:
        for guard in way.when:
            yield guard.rule, BOOLEAN
    for each in definition.automations:
        if each.condition is not None:
            yield each.condition, BOOLEAN
