"""What can be wrong with a rule, as values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleFault:
    """Something wrong with a rule: a stable code, where, in plain words, and the fix if known."""

    code: str
    pointer: str
    message: str
    fix: str | None = None
