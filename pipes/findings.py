"""Findings: what is reported about a definition, each with a stable code and a place."""

from dataclasses import dataclass
from typing import Literal

from pipes.rules import RuleFault

type Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to be said about a definition.

    Attributes:
        code: Stable; documented in docs/authoring/findings.md.
        severity: Errors stop publishing, warnings do not.
        pointer: Where, as a JSON pointer (RFC 6901).
        message: In plain words.
        fix: What to do, where that can be said.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    fix: str | None = None


def error(code: str, pointer: str, message: str, fix: str | None = None) -> Finding:
    """A finding that stops publishing."""
    return Finding(code=code, severity="error", pointer=pointer, message=message, fix=fix)


def warning(code: str, pointer: str, message: str, fix: str | None = None) -> Finding:
    """A finding that does not stop publishing."""
    return Finding(code=code, severity="warning", pointer=pointer, message=message, fix=fix)


def of_fault(fault: RuleFault) -> Finding:
    """What is wrong with a rule, as a finding."""
    return error(fault.code, fault.pointer, fault.message, fault.fix)


# Every code, with what it means; the documentation is held to this table by a test.
CODES: dict[str, str] = {
    "not_utf8": "The file is not text in UTF-8.",
    "not_json": "The text is not JSON.",
    "duplicate_key": "An object has the same name twice.",
    "too_large": "The file is larger than a definition may be.",
    "too_deep": "The JSON is nested too deeply.",
    "bad_number": "A number is infinite, or no number at all.",
    "not_an_object": "A definition is a JSON object.",
    "unknown_schema": "`$schema` names another language than this one.",
    "unknown_property": "A name is not known at this place.",
    "missing_property": "A name that is needed is not there.",
    "wrong_type": "A value is of another kind than is wanted.",
    "not_an_option": "A value is not among those that are possible.",
    "bad_format": "A text does not have the form that is wanted.",
    "out_of_range": "A number or a length is outside its bounds.",
    "repeated_item": "A list names something twice.",
    "bad_duration": "A text is no duration.",
    "bad_principal": "A text addresses nobody.",
    "bad_instant": "A text is no instant.",
    "bad_calendar": "A calendar cannot be reckoned with.",
    "unknown_region": "No holidays are known for a country or its subdivision.",
    "bad_pattern": "A regular expression does not compile, or needs more than linear time.",
    "rule_operator": "A rule uses an operator that the language does not have.",
    "rule_arguments": "An operator has too few or too many arguments.",
    "rule_name": "`var` is not given a name.",
    "rule_pluck": "`pluck` is not given a list and a name.",
    "rule_too_large": "A rule has too many parts.",
    "rule_too_deep": "A rule is nested too deeply.",
    "rule_type": "A part of a rule is of another kind than is wanted there.",
    "rule_literal": "A text that is compared with a date is none.",
    "rule_unknown_name": "A rule names something that the pipe does not have.",
    "rule_unknown_option": "A rule compares a choice with an option that it does not have.",
    "duplicate_id": "Two things have the same id.",
    "unknown_phase": "A phase is named that the pipe does not have.",
    "unknown_field": "A field is named that the pipe does not have.",
    "unknown_team": "A team is named that the pipe does not list.",
    "unknown_calendar": "A calendar is named that the pipe does not have.",
    "unknown_transition": "A transition is named that the pipe does not have.",
    "unknown_pipe": "A pipe is named that is not published.",
    "wrong_field_kind": "A field of another kind is wanted here.",
    "final_start": "Cards begin in a phase that ends them.",
    "no_done_phase": "No phase ends a card well.",
    "leaves_final": "A transition leaves a phase that ends cards.",
    "unreachable_phase": "No way leads to a phase.",
    "dead_end": "From a phase no card can ever be finished.",
    "automatic_cycle": "Cards would move in a circle by themselves, without end.",
    "formula_cycle": "Formulas depend on each other in a circle.",
    "guard_never_holds": "A rule can never be true.",
    "field_twice": "A form asks for the same field twice.",
    "required_never_offered": "A field is needed where no form offers it.",
    "need_too_high": "A stage needs more approvals than there are people.",
    "nobody_can_approve": "Nobody can decide in a stage.",
    "warning_past_target": "A warning would come after the target.",
    "bypassed_gate": "A phase behind an approval can be reached without it.",
    "bad_template": "A text's template does not parse.",
    "runaway_automations": "Automations would set each other off without end.",
    "scenario_failed": "A scenario does not come out as told.",
}
