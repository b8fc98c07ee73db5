"""A bridge while the reading is being replaced."""

from pipes.findings import Finding, FindingCode
from pipes.rules import RuleFault

_NOW = {"duplicate_key": "duplicate_name", "not_an_object": "wrong_type", "not_an_option": "unknown_value"}


def error(code: str, pointer: str, message: str, fix: str | None = None) -> Finding:
    """A finding."""
    return Finding(code=FindingCode(_NOW.get(code, code)), pointer=pointer, message=message, fix=fix)


def of_fault(fault: RuleFault) -> Finding:
    """A finding."""
    return error(fault.code, fault.pointer, fault.message, fault.fix)
