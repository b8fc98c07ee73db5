"""Schedules of automations as definitions write them: five fields, read into the times they name.

Fields are minute, hour, day of the month, month and weekday (0 and 7 are Sunday); each is `*`, a
number or name, a range `1-5`, a list `1,15`, or steps `*/15`. A schedule that names both a day and
a weekday comes on either, as everywhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# A 29th of February that is of a certain weekday comes at least this often.
_MOST_DAYS = 366 * 41


class CronError(ValueError):
    """The text is no schedule; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """The times that a schedule names, by the clock on the wall.

    Attributes:
        weekdays: Sunday is 0.
        by_either: It comes on its days and on its weekdays, not only where both agree.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    by_either: bool

    def comes_on(self, day: datetime) -> bool:
        """Whether it comes at any time of that day."""
        if day.month not in self.months:
            return False
        is_day = day.day in self.days
        is_weekday = day.isoweekday() % 7 in self.weekdays
        return (is_day or is_weekday) if self.by_either else (is_day and is_weekday)

    def next_after(self, wall: datetime) -> datetime:
        """The first time after this one, both by the clock on the wall (without a zone)."""
        begin = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for number in range(_MOST_DAYS):
            day = (begin + timedelta(days=number)).replace(hour=0, minute=0)
            if not self.comes_on(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = day.replace(hour=hour, minute=minute)
                    if found >= begin:
                        return found
        raise CronError("The schedule never comes.")


def parse_cron(text: str) -> Cron:
    """Reads a schedule.

    Raises:
        CronError: It is none, or names a day that no month has.
    """
    fields = text.split()
    if len(fields) != 5:
        raise CronError(
            f"“{text[:60]}” has {len(fields)} fields: write minute, hour, day, month and weekday,"
            " such as `0 9 * * mon-fri`."
        )
    minute, hour, day, month, weekday = fields
    weekdays = _numbers(weekday, "weekday", 0, 7, _WEEKDAYS)
    cron = Cron(
        minutes=_numbers(minute, "minute", 0, 59),
        hours=_numbers(hour, "hour", 0, 23),
        days=_numbers(day, "day", 1, 31),
        months=_numbers(month, "month", 1, 12, _MONTHS),
        weekdays=frozenset(number % 7 for number in weekdays),
        by_either=not day.startswith("*") and not weekday.startswith("*"),
    )
    longest = max(_LONGEST_MONTHS[number - 1] for number in cron.months)
    if not cron.by_either and min(cron.days) > longest:
        raise CronError(
            f"“{text}” names a day that never comes: no such month has {min(cron.days)} days."
        )
    return cron


def _numbers(
    text: str, what: str, least: int, most: int, names: tuple[str, ...] = ()
) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = _number(first, what, least, most, names)
            high = _number(last, what, least, most, names) if dash else low
            high = most if slash and not dash else high
        every = _number(step, f"step of the {what}", 1, most, ()) if slash else 1
        if low > high:
            raise CronError(f"“{part}” runs backwards: write the smaller {what} first.")
        found.update(range(low, high + 1, every))
    return frozenset(found)


def _number(text: str, what: str, least: int, most: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + (1 if names is _MONTHS else 0)
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1
    if not least <= number <= most:
        raise CronError(f"“{text[:20]}” is no {what}: it is a number from {least} to {most}.")
    return number
