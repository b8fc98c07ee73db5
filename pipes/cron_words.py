"""Schedules of automations as people say them: “every Monday at 09:00”.

The words are made from the times that a schedule names, not from its text, so that they cannot say
anything else; what would need more words than a reader wants stays as it is written.
"""

from collections.abc import Iterable, Sequence

from pipes.cron import Cron

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)
# Of more, a list is no longer easier to read than the schedule.
_MOST = 4


def cron_in_words(cron: Cron) -> str | None:
    """When it comes, to stand alone or in a sentence; None for what words cannot hold.

    `every Monday at 09:00`, `every 15 minutes from 09:00 to 17:45, Monday to Friday`.
    """
    days = _days(cron)
    if days is None:
        return None
    if often := _often(cron):
        return often if days == "every day" else f"{often}, {days}"
    if len(cron.hours) * len(cron.minutes) > _MOST:
        return None
    times = (_time(hour, minute) for hour in sorted(cron.hours) for minute in sorted(cron.minutes))
    return f"{days} at {_listed(times)}"


# --- on which days --------------------------------------------------------------------------------


def _days(cron: Cron) -> str | None:
    months = _months(cron)
    every_day, every_weekday = len(cron.days) == 31, len(cron.weekdays) == 7
    if months is None or not (cron.by_either or every_day or every_weekday):
        return None
    if every_day and every_weekday:
        return f"every day in {months}" if months else "every day"
    weekdays = _on_weekdays(cron.weekdays)
    on_weekdays = f"{weekdays} in {months}" if months else weekdays
    if every_day:
        return on_weekdays
    of_month = _on_days(cron.days)
    if of_month is None or (cron.by_either and months):
        return None
    on_days = f"on the {of_month} of {months or 'every month'}"
    return f"{on_days} and {weekdays}" if cron.by_either else on_days


def _months(cron: Cron) -> str | None:
    """The months; empty for all of them, None for too many."""
    if len(cron.months) == 12:
        return ""
    return _some([number - 1 for number in sorted(cron.months)], _MONTHS)


def _on_weekdays(weekdays: frozenset[int]) -> str:
    found = [number for number in _MONDAY_FIRST if number in weekdays]
    span = _span([_MONDAY_FIRST.index(number) for number in found])
    if span is not None:
        first, last = (_WEEKDAYS[_MONDAY_FIRST[place]] for place in span)
        return f"{first} to {last}"
    return f"every {_listed(_WEEKDAYS[number] for number in found)}"


def _on_days(days: frozenset[int]) -> str | None:
    return _some([number - 1 for number in sorted(days)], [_nth(day) for day in range(1, 32)])


def _nth(day: int) -> str:
    ending = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


# --- how often on a day ---------------------------------------------------------------------------


def _often(cron: Cron) -> str | None:
    """How often, and between which times; None where its times are better named one by one."""
    minutes, hours = sorted(cron.minutes), sorted(cron.hours)
    if len(minutes) == 1 and (every := _step(hours, 24)) and every > 1 and len(hours) > _MOST:
        past = f", {minutes[0]} minutes past" if minutes[0] else ""
        return f"every {every} hours{past}"
    hour_span = _span(hours)
    if hour_span is None:
        return None
    every_hour = _step(minutes, 60) if len(minutes) > 1 else None
    if every_hour is not None:
        often = "every minute" if every_hour == 1 else f"every {every_hour} minutes"
    elif len(minutes) == 1:
        is_all_day = len(hours) == 24
        past = f", {minutes[0]} minutes past" if minutes[0] and is_all_day else ""
        often = f"every hour{past}"
    else:
        return None
    if len(hours) == 24:
        return often
    begin, end = _time(hour_span[0], minutes[0]), _time(hour_span[1], minutes[-1])
    return f"{often} from {begin} to {end}"


def _step(numbers: Sequence[int], whole: int) -> int | None:
    """How far they are apart, if they go all the way round in equal steps."""
    if whole % len(numbers):
        return None
    step = whole // len(numbers)
    return step if list(numbers) == list(range(0, whole, step)) else None


# --- words ----------------------------------------------------------------------------------------


def _some(places: Sequence[int], names: Sequence[str]) -> str | None:
    """Names by their places, as a range or a list; None for too many of them."""
    if span := _span(places):
        return f"{names[span[0]]} to {names[span[1]]}"
    return _listed(names[place] for place in places) if len(places) <= _MOST else None


def _span(numbers: Sequence[int]) -> tuple[int, int] | None:
    """The first and the last of three and more that follow one another."""
    first, last = numbers[0], numbers[-1]
    return (first, last) if last - first == len(numbers) - 1 and len(numbers) > 2 else None


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _time(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"
