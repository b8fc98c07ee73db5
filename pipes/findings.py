"""Findings: what reading and checking report about a definition, each at its place."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipes.finding_codes import FindingCode, Severity
from pipes.rules import RuleFault

__all__ = ["Finding", "FindingCode", "Severity", "has_errors", "of_fault", "report"]


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


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether something among the findings stops publishing."""
    return any(finding.severity == "error" for finding in findings)


def of_fault(fault: RuleFault) -> Finding:
    """The finding that a fault of a rule, a duration or another part is."""
    return report(FindingCode[fault.code.upper()], fault.pointer, fault.message, fault.fix)
