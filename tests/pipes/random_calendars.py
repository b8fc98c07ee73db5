"""Random calendars: weeks in zones whose clocks change in every known way, and instants near it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from pipes.calendars import WEEKDAYS, Calendar, make_calendar
from pipes.definition import CalendarDefinition, Weekday

DAY = 24 * 60
FIRST, LAST = datetime(2008, 1, 1, tzinfo=UTC), datetime(2024, 12, 1, tzinfo=UTC)
ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # At midnight, until 2019.
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",  # Four times a year.
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # By half an hour.
    "Pacific/Chatham",  # At a quarter to three.
    "Antarctica/Troll",  # By two hours.
)

# Minutes of the day; the end is past 24 hours where the night belongs to the day before.
type Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Working hours as plain numbers, which anything may reckon with."""

    zone: str
    hours: Mapping[Weekday, Sequence[Interval]]
    closed: frozenset[date] = frozenset()
    open: Mapping[date, Sequence[Interval]] = field(default_factory=dict)

    def intervals(self, day: date) -> Sequence[Interval]:
        """The day's intervals: `open` beats `closed`, which beats the week."""
        if day in self.open:
            return self.open[day]
        return () if day in self.closed else self.hours[WEEKDAYS[day.weekday()]]

    def calendar(self) -> Calendar:
        """The same as a calendar of ours."""
        return make_calendar(
            CalendarDefinition(
                timezone=self.zone,
                hours={day: tuple(map(_written, each)) for day, each in self.hours.items()},
                hours_per_day=None,
                holidays=None,
                closed=tuple(day.isoformat() for day in self.closed),
                open={
                    day.isoformat(): tuple(map(_written, each)) for day, each in self.open.items()
                },
            )
        )


def _written(interval: Interval) -> str:
    start, end = interval
    end = end if end <= DAY else end - DAY
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def some_intervals(
    random: Random, marks: Sequence[int], *, nights: bool, fewest: int = 0
) -> tuple[Interval, ...]:
    """Up to three intervals between marks of the day; the last one may run past midnight."""
    chosen = sorted(random.sample(marks, 2 * random.randint(fewest, 3)))
    intervals = list(zip(chosen[::2], chosen[1::2], strict=True))
    starts = [mark for mark in marks if mark < DAY]
    if nights and random.random() < 0.3:
        start = random.choice(starts)
        ends = [mark + DAY for mark in starts if 0 < mark <= start]
        intervals += [(start, random.choice(ends))] if ends else []
    return tuple(intervals)


def some_week(
    random: Random, marks: Sequence[int], *, nights: bool
) -> Mapping[Weekday, Sequence[Interval]]:
    """A week that is open for a while on one day at least."""
    hours = {day: some_intervals(random, marks, nights=nights) for day in WEEKDAYS}
    busy = random.choice(WEEKDAYS)
    return {**hours, busy: some_intervals(random, marks, nights=nights, fewest=1)}


@cache
def changes(zone: str) -> Sequence[datetime]:
    """Days on which the clocks of the zone change."""
    place, days = ZoneInfo(zone), (LAST - FIRST).days
    instants = [FIRST + timedelta(days=number) for number in range(days)]
    offsets = [instant.astimezone(place).utcoffset() for instant in instants]
    return [
        instant
        for instant, before, after in zip(instants, offsets, offsets[1:], strict=False)
        if before != after
    ]


def some_seconds(random: Random, days: int) -> int:
    """Fewer than those days have; often whole minutes or quarters, as opening hours are."""
    step = random.choice((1, 300, 900))
    return random.randrange(days * 86_400) // step * step


def some_instant(random: Random, zone: str, days: int) -> datetime:
    """Any time in the years; mostly, so many days or fewer before the clocks change."""
    known = changes(zone)
    if known and random.random() < 0.6:
        return random.choice(known) - timedelta(seconds=some_seconds(random, days))
    return FIRST + timedelta(seconds=some_seconds(random, (LAST - FIRST).days))
