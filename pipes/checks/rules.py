"""Every rule that asks or reckons, typed against what it can know; what actions write is theirs."""

from collections.abc import Iterator

from pipes.checks.places import clocks, forms
from pipes.definition import AnyOf, Definition
from pipes.fields.field import FormulaOptions
from pipes.findings import Finding, FindingCode, of_fault, report
from pipes.rules import Rule, check_types
from pipes.rules.types import BOOLEAN, ListOf, Record, in_words
from pipes.scope import scope_of


def check_rules(definition: Definition) -> Iterator[Finding]:
    """What is wrong with the rules."""
    scope = scope_of(definition)
    for rule in _conditions(definition):
        yield from map(of_fault, check_types(rule.tree, scope, BOOLEAN).faults)
    for field in definition.fields.values():
        if isinstance(field.options, FormulaOptions):
            yield from _formula(field.options.value, scope)


def _formula(rule: Rule, scope: Record) -> Iterator[Finding]:
    """A formula comes to one number, text or truth value."""
    judged = check_types(rule.tree, scope)
    yield from map(of_fault, judged.faults)
    if isinstance(judged.type, ListOf | Record):
        message = f"A formula gives one value; this gives {in_words(judged.type)}."
        yield report(FindingCode.RULE_TYPE, rule.pointer, message)


def _conditions(definition: Definition) -> Iterator[Rule]:
    for _, form in forms(definition):
        for entry in form:
            if isinstance(entry, AnyOf):
                continue
            for rule in (entry.when, entry.required, entry.readonly):
                if isinstance(rule, Rule):
                    yield rule
    for _, sla in clocks(definition):
        for case in sla.target:
            if case.when is not None:
                yield case.when
        if sla.paused_when is not None:
            yield sla.paused_when
    for way in definition.transitions:
        for guard in way.when:
            yield guard.rule
    for each in definition.automations:
        if each.condition is not None:
            yield each.condition
