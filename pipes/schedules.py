"""Schedules: when a clock's deadline comes, and the moments around it that its author named.

Everything is reckoned as working time still ahead, so that a clock that stood still goes on with
the same arithmetic by which it began.
"""

from collections.abc import Sequence
from datetime import timedelta

from pipes.calendars import Calendar, deadline_after, instant_before, next_open, working_length
from pipes.durations import Duration, Percent, parse_duration, parse_mark
from pipes.identifiers import Instant
from pipes.marks import Mark, Schedule

_MICROSECONDS = 1_000_000


def schedule(
    calendar: Calendar | None,
    at: Instant,
    target: Duration,
    marks: Sequence[Mark] = (),
    *,
    left: float | None = None,
    quiet: Calendar | None = None,
) -> Schedule:
    """The schedule of a clock from `at` on.

    Args:
        left: Seconds of working time until the deadline; negative if it has passed. All of the
            target if it is not given, and then what lies before the beginning has no moment; else
            what has been passed meanwhile comes at once.
        quiet: The calendar outside which moments wait; the deadline does not.

    Raises:
        CalendarError: As for a deadline.
    """
    seconds = working_seconds(calendar, target)
    ahead = seconds if left is None else left

    def moment(mark: Mark) -> Instant | None:
        until = ahead - seconds + _position(calendar, seconds, mark)
        if until < 0 and left is None:
            return None
        instant = deadline_after(calendar, at, max(0.0, until))
        return instant if quiet is None else next_open(quiet, instant)

    return Schedule(
        seconds=seconds,
        left=ahead,
        deadline=deadline_after(calendar, at, ahead)
        if ahead >= 0
        else _before(calendar, at, ahead),
        moments=tuple(moment(mark) for mark in marks),
    )


def working_seconds(calendar: Calendar | None, length: Duration) -> float:
    """The length in seconds of working time; without a calendar a day has 24 hours.

    Raises:
        CalendarError: It has days, and the calendar does not say how long a day is.
    """
    if calendar is None:
        return timedelta(days=length.days, seconds=length.clock_seconds).total_seconds()
    return working_length(calendar, length) / _MICROSECONDS


def _position(calendar: Calendar | None, seconds: float, mark: Mark) -> float:
    """Where a mark lies, in seconds of working time from the clock's beginning."""
    where = parse_mark(mark.at)
    if isinstance(where, Percent):
        return seconds * where.percent / 100
    away = working_seconds(calendar, where.length)
    later = working_seconds(calendar, parse_duration(mark.every)) if mark.every else 0.0
    return seconds + (-away if where.negative else away) + mark.nth * later


def _before(calendar: Calendar | None, at: Instant, ahead: float) -> Instant:
    return instant_before(calendar, at, Duration(seconds=round(-ahead)))
