"""A measured figure, and how it is measured."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, already as text."""

    what: str
    value: str
    unit: str


def rate(what: str, work: Callable[[], object], *, seconds: float = 1.0) -> Figure:
    """How often a second the work is done."""
    work()
    done, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(100):
            work()
        done += 100
    each = done / (time.perf_counter() - began)
    return Figure(what=what, value=f"{each:,.0f}", unit="per second")


def latencies(what: str, seconds: Sequence[float]) -> list[Figure]:
    """The median and the slow end of many durations."""
    ordered = sorted(seconds)
    return [
        Figure(what=f"{what}, {name}", value=f"{ordered[at] * 1000:.1f}", unit="ms")
        for name, at in (
            ("median", len(ordered) // 2),
            ("99 of 100 within", min(len(ordered) - 1, len(ordered) * 99 // 100)),
        )
    ]
