"""Answers to the core's questions about time, reckoned with a pipe's calendars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.core.facts import Answered, DeadlineOf, OpensAt, Question, ScheduleOf, TimeLeft
from pipes.calendars import Calendar, deadline, elapsed, next_open
from pipes.cron import parse_cron
from pipes.definition import Definition
from pipes.durations import parse_duration
from pipes.identifiers import CalendarName, Instant
from pipes.marks import Schedule
from pipes.schedules import schedule, working_seconds

type Calendars = Mapping[CalendarName, Calendar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What the calendars answer, by the kind of question."""

    deadlines: tuple[Answered[DeadlineOf, Instant], ...]
    times_left: tuple[Answered[TimeLeft, float], ...]
    schedules: tuple[Answered[ScheduleOf, Schedule], ...]
    openings: tuple[Answered[OpensAt, Instant], ...]


def reckon(calendars: Calendars, asked: Iterable[Question], at: Instant) -> Times:
    """The answers to those of the questions that are about time, at a moment.

    Raises:
        CalendarError: A calendar cannot say; a published one can.
    """
    deadlines, times_left, schedules, openings = [], [], [], []
    for question in asked:
        match question:
            case DeadlineOf(calendar=name, target=target):
                instant = deadline(_named(calendars, name), at, parse_duration(target))
                deadlines.append(Answered(question=question, answer=instant))
            case TimeLeft(calendar=name, deadline=end):
                left = _left(_named(calendars, name), at, end)
                times_left.append(Answered(question=question, answer=left))
            case ScheduleOf():
                quiet = _named(calendars, question.quiet)
                planned = _schedule(_named(calendars, question.calendar), quiet, question, at)
                schedules.append(Answered(question=question, answer=planned))
            case OpensAt(calendar=name):
                openings.append(Answered(question=question, answer=next_open(calendars[name], at)))
            case _:
                continue
    return Times(
        deadlines=tuple(deadlines),
        times_left=tuple(times_left),
        schedules=tuple(schedules),
        openings=tuple(openings),
    )


@lru_cache(maxsize=256)  # What is asked to explain is asked again, at that moment, to decide.
def _schedule(
    calendar: Calendar | None, quiet: Calendar | None, question: ScheduleOf, at: Instant
) -> Schedule:
    target = parse_duration(question.target)
    left = question.left
    if question.measured:
        spans = zip(question.measured[::2], (*question.measured[1::2], at), strict=False)
        used = sum(elapsed(calendar, begin, end) for begin, end in spans)
        left = working_seconds(calendar, target) - used
    return schedule(calendar, at, target, question.marks, left=left, quiet=quiet)


def _left(calendar: Calendar | None, at: Instant, end: Instant) -> float:
    return elapsed(calendar, at, end) if end >= at else -elapsed(calendar, end, at)


def _named(calendars: Calendars, name: CalendarName | None) -> Calendar | None:
    return None if name is None else calendars[name]


def next_coming(cron: str, timezone: str | None, after: Instant) -> Instant:
    """When a schedule comes next, in its zone (UTC where it names none).

    An hour that the clock skips brings nothing; one that it repeats brings each time once, the
    second time, as Temporal does for a schedule that has one in it. Of several in that hour its
    server takes some the first time, by no rule that could be kept to.

    Raises:
        CronError: The text is no schedule; that of a published automation is one.
    """
    zone, times = ZoneInfo(timezone or "UTC"), parse_cron(cron)
    wall = after.astimezone(zone).replace(tzinfo=None)
    while True:
        wall = times.next_after(wall)
        instant = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
        if instant > after and instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant


def home_of(definition: Definition, calendars: Calendars) -> tzinfo:
    """Where a pipe's days begin: the zone of its own SLA, else of its first calendar."""
    if definition.sla is not None and definition.sla.calendar is not None:
        return calendars[definition.sla.calendar].zone
    return next((calendar.zone for calendar in calendars.values()), UTC)
