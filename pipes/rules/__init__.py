"""The rule language: JsonLogic in a strict profile, read, judged, evaluated and said in words."""

from pipes.rules.faults import RuleFault
from pipes.rules.rule import Rule, try_rule
from pipes.rules.syntax import OPERATORS, RuleError
from pipes.rules.typecheck import TypeCheck, check_types
from pipes.rules.wording import Leaf, every_name, failing_leaves, in_words, names_used

__all__ = [
    "OPERATORS",
    "Leaf",
    "Rule",
    "RuleError",
    "RuleFault",
    "TypeCheck",
    "check_types",
    "every_name",
    "failing_leaves",
    "in_words",
    "names_used",
    "try_rule",
]
