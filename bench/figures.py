"""A row of the table: what was measured, what it should come to, and whether it does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured quantity.

    Attributes:
        value: As it is shown.
        target: What it should come to; empty for what is there to compare with.
        met: Whether it does; None where there is no target.
        bound: What bounds it, or what about it is not as in the target's words.
    """

    what: str
    value: str
    target: str = ""
    met: bool | None = None
    bound: str = ""


def at_most(what: str, found: float, most: float, unit: str, bound: str = "") -> Row:
    """A quantity that is to be small."""
    return Row(
        what=what,
        value=f"{found:.3g} {unit}",
        target=f"≤ {most:g} {unit}",
        met=found <= most,
        bound=bound,
    )


def at_least(what: str, found: float, least: float, unit: str, bound: str = "") -> Row:
    """A quantity that is to be large."""
    return Row(
        what=what,
        value=f"{found:,.4g} {unit}",
        target=f"≥ {least:,g} {unit}",
        met=found >= least,
        bound=bound,
    )


def beside(what: str, found: float, unit: str, bound: str = "") -> Row:
    """A quantity that others are compared with."""
    return Row(what=what, value=f"{found:,.4g} {unit}", bound=bound)


def middle(values: Iterable[float]) -> float:
    """The median."""
    return median(values)


def slow_end(values: Sequence[float]) -> float:
    """What 99 of 100 stay within."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
