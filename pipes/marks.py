"""Marks, the moments that a definition names by a target, and the schedule they come to."""

from dataclasses import dataclass

from pipes.definition import Sla
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment relative to a target.

    Attributes:
        at: A share of the target used (`50%`), or an offset from the deadline (`-1d`, `+4h`).
        every, nth: So long after that, so many times: the repetitions of an escalation step.
    """

    at: str
    every: str | None = None
    nth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a target comes to for a clock that begins, or goes on, at some instant.

    Attributes:
        seconds: The target's working time.
        left: Seconds of working time from the instant on until the deadline.
        deadline: When it has elapsed.
        moments: The instant of each mark; None for one that lies before the beginning.
    """

    seconds: float
    left: float
    deadline: Instant
    moments: tuple[Instant | None, ...]


def warning_marks(sla: Sla) -> tuple[Mark, ...]:
    """The moments at which a clock warns, in the order of the definition."""
    return tuple(Mark(at=str(mark)) for mark in sla.warn)


def escalation_marks(sla: Sla) -> tuple[tuple[int, Mark], ...]:
    """The moments of the escalation steps, each with the step's place in the definition."""
    return tuple(
        (index, Mark(at=str(step.at), every=every, nth=nth))
        for index, step in enumerate(sla.escalate)
        for every, times in [
            (str(step.repeat.every), step.repeat.times) if step.repeat else (None, 0)
        ]
        for nth in range(times + 1)
    )
