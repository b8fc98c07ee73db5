"""Marks, the moments that a definition names by a target, and the schedule they come to."""

from dataclasses import dataclass

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
