"""Working time: when a target has elapsed, and how much lies between two instants.

Whether an instant is open is decided by its local wall-clock time, so an hour that a zone repeats
counts twice and one that it skips not at all; what is counted is real elapsed time. Holidays are
dates that somebody has resolved before (`pipes.holiday_dates`). Workflow code never comes here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipes.definition import CalendarDefinition, Weekday
from pipes.durations import Duration, DurationError, parse_duration
from pipes.identifiers import CalendarName, Instant

# Microseconds since the epoch; all reckoning is in whole ones.
type Moment = int
type Span = tuple[Moment, Moment]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# No calendar may be closed this long at a stretch: a deadline would never come.
LONGEST_CLOSED_DAYS = 3660

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_INTERVAL = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$")
_KNOWN_DAYS = 20_000
_STRIDE = 8


class CalendarError(ValueError):
    """The calendar cannot be reckoned with; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class OpenDay:
    """A day of UTC: when it is open, in order, and how long in all."""

    spans: tuple[Span, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Stride:
    """Days of UTC taken together: how long they are open in all, and how many at their end are not
    at all.
    """

    length: int
    idle: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calendar:
    """Working hours of a place, ready to reckon with.

    Attributes:
        day_length: What `d` means in a duration, in microseconds; None where the days of the week
            differ and the author has not said.
    """

    zone: tzinfo
    hours: Mapping[int, tuple[Span, ...]]
    day_length: int | None
    closed: frozenset[date]
    open: Mapping[date, tuple[Span, ...]]
    days: dict[int, OpenDay] = field(default_factory=dict, repr=False)
    strides: dict[int, Stride] = field(default_factory=dict, repr=False)

    def day(self, number: int) -> OpenDay:
        """The day of UTC that many days after the epoch; worked out once."""
        known = self.days.get(number)
        if known is None:
            if len(self.days) > _KNOWN_DAYS:
                self.days.clear()
            known = self.days[number] = _open_day(self, number)
        return known

    def stride(self, number: int) -> Stride:
        """The days from `number * _STRIDE` on, so that long targets do not go day by day."""
        known = self.strides.get(number)
        if known is None:
            if len(self.strides) > _KNOWN_DAYS:
                self.strides.clear()
            first = number * _STRIDE
            lengths = [self.day(each).length for each in range(first, first + _STRIDE)]
            idle = next((end for end, length in enumerate(reversed(lengths)) if length), _STRIDE)
            known = self.strides[number] = Stride(sum(lengths), idle)
        return known


def interval(text: str) -> Span:
    """Reads `09:00-12:00`: offsets from midnight; an end that is not after its start is tomorrow's.

    Raises:
        CalendarError: The text is no interval.
    """
    match = _INTERVAL.match(text)
    if match is None:
        raise CalendarError(
            f"“{text}” is no interval: write it as 09:00-18:00; 24:00 may be an end."
        )
    start_hour, start_minute, *ends = (int(part) for part in match.groups() if part is not None)
    start = (start_hour * 60 + start_minute) * 60 * _SECOND
    end = (ends[0] * 60 + ends[1]) * 60 * _SECOND
    return start, end if end > start else end + _DAY


def make_calendar(definition: CalendarDefinition, holidays: Iterable[date] = ()) -> Calendar:
    """A calendar to reckon with.

    Raises:
        CalendarError: The zone is unknown, an interval or a date is not one, or no hour is open.
    """
    try:
        zone = ZoneInfo(definition.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CalendarError(
            f"“{definition.timezone}” is no time zone; write an IANA name such as Europe/Berlin."
        ) from None
    hours = {
        number: _merged(interval(text) for text in definition.hours.get(name, ()))
        for number, name in enumerate(WEEKDAYS)
    }
    opened = {
        _date(day): _merged(interval(text) for text in texts)
        for day, texts in definition.open.items()
    }
    if not any(hours.values()) and not any(opened.values()):
        raise CalendarError("The calendar has no open hour.")
    return Calendar(
        zone=zone,
        hours=hours,
        day_length=_day_length(definition.hours_per_day, hours),
        closed=frozenset(holidays) | {_date(day) for day in definition.closed},
        open=opened,
    )


def deadline(calendar: Calendar | None, start: Instant, target: Duration) -> Instant:
    """The earliest instant at which the target's working time has elapsed since `start`.

    Without a calendar the plain clock counts, and a day is 24 hours.

    Raises:
        CalendarError: The target has days and the calendar does not say how long one is, or the
            calendar is closed for ever from some day on.
    """
    if calendar is None:
        return start + timedelta(days=target.days, seconds=target.clock_seconds)
    return deadline_after(calendar, start, working_length(calendar, target) / _SECOND)


def deadline_after(calendar: Calendar | None, start: Instant, seconds: float) -> Instant:
    """The earliest instant at which so many seconds of working time have elapsed since `start`.

    Raises:
        CalendarError: The calendar is closed for ever from some day on.
    """
    left = round(seconds * _SECOND)
    if left <= 0:
        return start
    if calendar is None:
        return start + timedelta(microseconds=left)
    begin = _moment(start)
    number, idle = begin // _DAY, 0
    left += _length_before(calendar.day(number), begin)
    while True:
        if number % _STRIDE == 0:
            stride = calendar.stride(number // _STRIDE)
            if stride.length < left:
                left -= stride.length
                idle = stride.idle if stride.length else idle + _STRIDE
                number += _STRIDE
                _never_if_too_long(idle)
                continue
        day = calendar.day(number)
        if day.length >= left:
            return _instant(_reach(day, left))
        left -= day.length
        number += 1
        if day.length:
            idle = 0
        else:
            idle += 1
            _never_if_too_long(idle)


def _never_if_too_long(idle: int) -> None:
    if idle > LONGEST_CLOSED_DAYS:
        raise CalendarError("The calendar is closed for ever from some day on.")


def instant_before(calendar: Calendar | None, end: Instant, length: Duration) -> Instant:
    """The latest instant from which the length's working time elapses until `end`.

    Raises:
        CalendarError: As for `deadline`, looking back.
    """
    if calendar is None:
        return end - timedelta(days=length.days, seconds=length.clock_seconds)
    left = working_length(calendar, length)
    if left == 0:
        return end
    moment = _moment(end)
    number, idle = moment // _DAY, 0
    available = _length_before(calendar.day(number), moment)
    while available < left:
        left -= available
        number -= 1
        available = calendar.day(number).length
        idle = 0 if available else idle + 1
        if idle > LONGEST_CLOSED_DAYS:
            raise CalendarError("The calendar was never open before some day.")
    return _instant(_reach_back(calendar.day(number), available - left))


def elapsed(calendar: Calendar | None, start: Instant, end: Instant) -> float:
    """Seconds of working time from `start` to `end`; none if the end is not later."""
    if end <= start:
        return 0.0
    if calendar is None:
        return (end - start).total_seconds()
    first, last = _moment(start), _moment(end)
    numbers = range(first // _DAY, last // _DAY)
    total = sum(calendar.day(number).length for number in numbers)
    total += _length_before(calendar.day(last // _DAY), last)
    total -= _length_before(calendar.day(first // _DAY), first)
    return total / _SECOND


def is_open(calendar: Calendar | None, instant: Instant) -> bool:
    """Whether the instant is working time."""
    if calendar is None:
        return True
    moment = _moment(instant)
    return any(start <= moment < end for start, end in calendar.day(moment // _DAY).spans)


def days_off(calendar: Calendar | None, start: Instant, end: Instant) -> tuple[date, ...]:
    """The days between two instants that would be open by their weekday, and are not."""
    if calendar is None:
        return ()
    first, last = (moment.astimezone(calendar.zone).date() for moment in (start, end))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(
        day for day in days if calendar.hours[day.weekday()] and not _hours_of(calendar, day)
    )


def next_open(calendar: Calendar | None, instant: Instant) -> Instant:
    """The instant itself if it is working time, else the next that is.

    Raises:
        CalendarError: The calendar is closed for ever from some day on.
    """
    if is_open(calendar, instant):
        return instant
    return deadline_after(calendar, instant, 1 / _SECOND) - timedelta(microseconds=1)


def working_length(calendar: Calendar, length: Duration) -> int:
    """The length in microseconds of working time.

    Raises:
        CalendarError: It has days, and the calendar does not say how long a day is.
    """
    if length.days and calendar.day_length is None:
        raise CalendarError(
            "The days of this calendar are not equally long: say with `hours_per_day` what a day"
            " is, such as `8h`."
        )
    return length.days * (calendar.day_length or 0) + length.clock_seconds * _SECOND


def answer_line(
    calendars: Mapping[CalendarName, Calendar], line: Mapping[str, object]
) -> Mapping[str, object]:
    """Answers one question as `phaseline calendar` reads them from a line of JSON.

    Raises:
        CalendarError: The question cannot be answered; the message says why.
    """
    name = CalendarName(str(line.get("calendar", "")))
    if name not in calendars:
        raise CalendarError(f"There is no calendar “{name}”; there are {', '.join(calendars)}.")
    calendar = calendars[name]
    start = _read_instant(line, "start")
    match line.get("op"):
        case "deadline":
            try:
                target = parse_duration(str(line.get("target", "")))
            except DurationError as error:
                raise CalendarError(str(error)) from None
            return {"deadline": _written(deadline(calendar, start, target))}
        case "elapsed":
            seconds = elapsed(calendar, start, _read_instant(line, "end"))
            return {"working_seconds": int(seconds) if seconds.is_integer() else seconds}
        case "days_off":
            days = days_off(calendar, start, _read_instant(line, "end"))
            return {"days_off": [day.isoformat() for day in days]}
        case other:
            raise CalendarError(f"`op` is “deadline”, “elapsed” or “days_off”, not {other!r}.")


# --- days -----------------------------------------------------------------------------------------


def _open_day(calendar: Calendar, number: int) -> OpenDay:
    """What of a day of UTC is open: local wall-clock spans, shifted by the offset that holds."""
    begin, end = number * _DAY, (number + 1) * _DAY
    spans: list[Span] = []
    for first, last, offset in _segments(calendar.zone, begin, end):
        local = _local_spans(calendar, first + offset, last + offset)
        spans += [(start - offset, stop - offset) for start, stop in local]
    merged = _merged(spans)
    return OpenDay(merged, sum(stop - start for start, stop in merged))


def _segments(zone: tzinfo, begin: Moment, end: Moment) -> list[tuple[Moment, Moment, int]]:
    """Stretches of UTC with one offset from it each, in microseconds."""
    segments = []
    while begin < end:
        offset = _offset(zone, begin)
        stop = end
        if _offset(zone, end - _SECOND) != offset:
            low, high = begin, end - _SECOND
            while high - low > _SECOND:
                middle = (low + high) // (2 * _SECOND) * _SECOND
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            stop = high
        segments.append((begin, stop, offset))
        begin = stop
    return segments


def _local_spans(calendar: Calendar, first: Moment, last: Moment) -> list[Span]:
    """The open spans of wall-clock time between two moments of it."""
    found = []
    for number in range(first // _DAY - 1, (last - 1) // _DAY + 1):
        midnight = number * _DAY
        for start, stop in _hours_of(calendar, _EPOCH_DAY + timedelta(days=number)):
            begin, end = max(first, midnight + start), min(last, midnight + stop)
            if begin < end:
                found.append((begin, end))
    return found


def _hours_of(calendar: Calendar, day: date) -> tuple[Span, ...]:
    if day in calendar.open:
        return calendar.open[day]
    if day in calendar.closed:
        return ()
    return calendar.hours[day.weekday()]


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return tuple(merged)


def _length_before(day: OpenDay, moment: Moment) -> int:
    return sum(min(stop, moment) - start for start, stop in day.spans if start < moment)


def _reach(day: OpenDay, length: int) -> Moment:
    """When so much of the day's working time has elapsed; the earliest such moment."""
    for start, stop in day.spans:
        if stop - start >= length:
            return start + length
        length -= stop - start
    raise AssertionError("a day is as long as its spans")


def _reach_back(day: OpenDay, length: int) -> Moment:
    """The latest moment at which just so much of the day's working time has elapsed."""
    for start, stop in day.spans:
        if length < stop - start:
            return start + length
        length -= stop - start
    raise AssertionError("a day is as long as its spans")


def _day_length(stated: Duration | None, hours: Mapping[int, tuple[Span, ...]]) -> int | None:
    if stated is not None:
        return stated.clock_seconds * _SECOND or None
    lengths = {sum(stop - start for start, stop in spans) for spans in hours.values() if spans}
    return lengths.pop() if len(lengths) == 1 else None


# --- moments --------------------------------------------------------------------------------------


def _moment(instant: Instant) -> Moment:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(moment: Moment) -> Instant:
    return _EPOCH + timedelta(microseconds=moment)


@lru_cache(maxsize=100_000)
def _offset(zone: tzinfo, moment: Moment) -> int:
    shift = _instant(moment).astimezone(zone).utcoffset()
    return shift // timedelta(microseconds=1) if shift is not None else 0


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CalendarError(f"“{text}” is no date; write it as 2026-12-24.") from None


def _read_instant(line: Mapping[str, object], name: str) -> Instant:
    text = str(line.get(name, ""))
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise CalendarError(f"`{name}` is an instant such as 2026-03-02T10:00:00Z, not “{text}”.")
    return instant.astimezone(UTC)


def _written(instant: Instant) -> str:
    return instant.isoformat().replace("+00:00", "Z")
