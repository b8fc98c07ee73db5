"""Findings: what reading and checking report about a definition, and the table of their codes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

from pipes.rules import RuleFault

type Severity = Literal["error", "warning"]


class FindingCode(StrEnum):
    """Every code; codes are stable, texts may change. Errors stop publishing, warnings do not."""

    means: str
    severity: Severity

    def __new__(cls, code: str, means: str, severity: Severity = "error") -> Self:
        """A code with what it means."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.means = means
        member.severity = severity
        return member

    # The text.
    TOO_LARGE = "too_large", "The document is larger than 1 MB."
    NOT_UTF8 = "not_utf8", "The document is not text in UTF-8."
    BYTE_ORDER_MARK = "byte_order_mark", "The document begins with a byte order mark.", "warning"
    NOT_JSON = "not_json", "The document is not JSON."
    TOO_DEEP = "too_deep", "Lists and objects are nested too deep."
    DUPLICATE_NAME = "duplicate_name", "An object has the same name twice."
    BAD_NUMBER = "bad_number", "A number is too large, or too exact, to be kept."
    BAD_TEXT = "bad_text", "A text holds characters that cannot be kept."
    TOO_MANY_FINDINGS = "too_many_findings", "There are more findings than are shown."

    # The grammar.
    UNKNOWN_SCHEMA = "unknown_schema", "`$schema` names a grammar that is not that of pipes."
    UNKNOWN_PROPERTY = "unknown_property", "A property is not known where it stands."
    MISSING_PROPERTY = "missing_property", "A property that is needed is not there."
    WRONG_TYPE = "wrong_type", "A value is of another kind than is wanted."
    UNKNOWN_VALUE = "unknown_value", "A value is not among those that are possible."
    BAD_FORMAT = "bad_format", "A text does not have the form that is wanted."
    OUT_OF_RANGE = "out_of_range", "A number, a text or a list is too small or too large."
    REPEATED_ITEM = "repeated_item", "A list names something twice."
    BAD_PART = "bad_part", "A part of the document fits nothing that is possible there."
    BAD_DURATION = "bad_duration", "A text is no duration."
    BAD_PRINCIPAL = "bad_principal", "A text addresses nobody."
    BAD_INSTANT = "bad_instant", "A text is no instant."

    # References and ids.
    DUPLICATE_ID = "duplicate_id", "Two phases, transitions, stages or options share an id."
    DUPLICATE_FORM_FIELD = "duplicate_form_field", "A form asks for a field twice."
    UNKNOWN_FIELD = "unknown_field", "A field that is named does not exist."
    UNKNOWN_PHASE = "unknown_phase", "A phase that is named does not exist."
    UNKNOWN_TRANSITION = "unknown_transition", "A transition that is named does not exist."
    UNKNOWN_TEAM = "unknown_team", "A team that is named does not exist."
    UNKNOWN_PIPE = "unknown_pipe", "A pipe that is named does not exist."
    UNKNOWN_PERSON = "unknown_person", "A person who is named does not exist."
    UNKNOWN_CALENDAR = "unknown_calendar", "A calendar that is named does not exist."
    WRONG_FIELD_TYPE = "wrong_field_type", "A field is named where one of another type is needed."
    UNUSED_FIELD = "unused_field", "A field is in no form and nothing writes it.", "warning"

    # The graph of phases.
    NO_DONE_PHASE = "no_done_phase", "No phase ends a card as done."
    FINAL_START = "final_start", "Cards begin in a final phase."
    LEAVES_FINAL_PHASE = "leaves_final_phase", "A transition leaves a final phase."
    UNREACHABLE_PHASE = "unreachable_phase", "No way leads to a phase."
    NO_WAY_OUT = "no_way_out", "From a phase no final phase can be reached."
    AUTOMATIC_CYCLE = "automatic_cycle", "Automatic transitions can go in a circle for ever."
    BYPASSED_GATE = "bypassed_gate", "A transition leads around another's conditions.", "warning"
    PUBLIC_MOVE = "public_move", "`anyone` is named where the pipe is not public.", "warning"

    # Fields and forms.
    BAD_PATTERN = "bad_pattern", "A regular expression does not compile, or can run away."
    EMPTY_RANGE = "empty_range", "No value lies between the least and the greatest."
    BAD_DEFAULT = "bad_default", "A default does not fit its field."
    FORMULA_CYCLE = "formula_cycle", "Formulas depend on each other in a circle."
    REQUIRED_FORMULA = "required_formula", "A form requires a field that nobody fills in."
    NEVER_ASKED = "never_asked", "A move needs a field that no form offers before.", "warning"
    BAD_CURRENCY = "bad_currency", "A code is no currency."

    # Rules.
    RULE_OPERATOR = "rule_operator", "An operator is not in the rule language."
    RULE_ARGUMENTS = "rule_arguments", "An operator has too few or too many arguments."
    RULE_NAME = "rule_name", "`var` has no name, or more than that."
    RULE_PLUCK = "rule_pluck", "`pluck` does not have a list and a name."
    RULE_TOO_DEEP = "rule_too_deep", "A rule is nested too deep."
    RULE_TOO_LARGE = "rule_too_large", "A rule has too many parts."
    RULE_TYPE = "rule_type", "A part of a rule is of another type than is wanted."
    RULE_LITERAL = "rule_literal", "A constant in a rule cannot be meant: no date or time, or null."
    RULE_UNKNOWN_OPTION = "rule_unknown_option", "A rule compares with an option that is none."
    RULE_UNKNOWN_NAME = "rule_unknown_name", "A rule looks up a name that does not exist."
    NEVER_HOLDS = "never_holds", "A condition can never hold."
    ALWAYS_HOLDS = "always_holds", "A condition always holds.", "warning"

    # Approvals and handoffs.
    NOBODY_DECIDES = "nobody_decides", "An approval stage has nobody who could decide."
    NEED_TOO_HIGH = "need_too_high", "An approval needs more people than there are."
    NOBODY_ESCALATED = "nobody_escalated", "A stage escalates to nobody.", "warning"
    APPROVAL_AND_AUTOMATIC = (
        "approval_and_automatic",
        "A transition that happens by itself waits for an approval.",
        "warning",
    )
    HANDOFF_WITHOUT_TEAM = "handoff_without_team", "A phase with a handoff has no team."
    NO_HANDOFF_POSSIBLE = "no_handoff_possible", "No card comes from another team.", "warning"

    # Time.
    BAD_CALENDAR = "bad_calendar", "A calendar cannot be reckoned with."
    BAD_HOLIDAYS = "bad_holidays", "No holidays are known for a region."
    NO_DAY_LENGTH = "no_day_length", "A duration has days, and its calendar does not say how long."
    WARNING_PAST_TARGET = "warning_past_target", "A warning comes at or after the deadline."
    EMPTY_TARGET = "empty_target", "A target or deadline is no time at all."
    TARGET_CASES = "target_cases", "A case of a target never applies, or none may.", "warning"
    BAD_CRON = "bad_cron", "A schedule cannot be read."
    BAD_TIMEZONE = "bad_timezone", "A time zone is not known."
    SLA_ON_FINAL = "sla_on_final", "A final phase has a clock, which never runs.", "warning"

    # Automations and texts.
    AUTOMATION_CYCLE = "automation_cycle", "Automations can set each other off for ever."
    BAD_TEMPLATE = "bad_template", "A text cannot be read as a template."

    # Scenarios.
    SCENARIO_FAILED = "scenario_failed", "A scenario does not come out as told."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a definition that its author should know.

    Attributes:
        pointer: Where, as a JSON pointer; empty for the whole document.
        message: In plain words, with what would be right.
        fix: What to do, where one thing is sure.
    """

    code: FindingCode
    pointer: str
    message: str
    fix: str | None = None

    @property
    def severity(self) -> Severity:
        """Whether the finding stops publishing."""
        return self.code.severity


def report(code: FindingCode, pointer: str, message: str, fix: str | None = None) -> Finding:
    """A finding at a place."""
    return Finding(code=code, pointer=pointer, message=message, fix=fix)


def of_fault(fault: RuleFault) -> Finding:
    """The finding that a fault of a rule, a duration or another part is."""
    return report(FindingCode[fault.code.upper()], fault.pointer, fault.message, fault.fix)
