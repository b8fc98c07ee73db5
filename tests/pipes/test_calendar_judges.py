"""Others judge our reckoning with calendars: a library, and a count of quarters of an hour."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import accumulate, islice
from random import Random
from zoneinfo import ZoneInfo

from workclock import Holidays, Schedule, WorkDay

from pipes.calendars import WEEKDAYS, Calendar, deadline, elapsed, instant_before, next_open
from pipes.durations import Duration
from tests.pipes.random_calendars import (
    DAY,
    ZONES,
    Interval,
    Plan,
    some_instant,
    some_intervals,
    some_seconds,
    some_week,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A stretch of time, and a working time in seconds: on from its start, back from its end."""

    start: datetime
    end: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question."""

    elapsed: float
    deadline: datetime
    before: datetime
    next_open: datetime


def our_answer(calendar: Calendar, asked: Question) -> Answer:
    length = Duration(seconds=asked.seconds)
    return Answer(
        elapsed=elapsed(calendar, asked.start, asked.end),
        deadline=deadline(calendar, asked.start, length),
        before=instant_before(calendar, asked.end, length),
        next_open=next_open(calendar, asked.start),
    )


# --- a library: workclock -------------------------------------------------------------------------

# Where a bound lies in an hour that is skipped or repeated, the library moves it and we do not.
MARKS = (0, *range(4 * 60, 22 * 60 + 30, 5), DAY)


def a_plan_for_the_library(random: Random) -> Plan:
    """No `open` days, which it does not know; its holidays cut a night short that began before."""
    zone, nights = random.choice(ZONES), random.random() < 0.5
    around = some_instant(random, zone, days=1).date()
    free = [around + timedelta(days=random.randint(-20, 20)) for _ in range(random.randint(0, 5))]
    return Plan(
        zone=zone,
        hours=some_week(random, MARKS, nights=nights),
        closed=frozenset() if nights else frozenset(free),
    )


def as_schedule(plan: Plan) -> Schedule:
    days = [
        WorkDay(_time(start), _time(end), days=[number])
        for number, day in enumerate(WEEKDAYS)
        for start, end in plan.hours[day]
    ]
    return Schedule([*days, Holidays(plan.closed)], time_zone=plan.zone)


def _time(minute: int) -> time:
    return time(minute % DAY // 60, minute % 60)


def its_answer(schedule: Schedule, asked: Question) -> Answer:
    return Answer(
        elapsed=schedule.between(asked.start, asked.end).total_seconds(),
        deadline=schedule.add(asked.start, seconds=asked.seconds),
        before=schedule.sub(asked.end, seconds=asked.seconds),
        next_open=schedule.next_period(asked.start)[0],
    )


def some_question(random: Random, zone: str) -> Question:
    start = some_instant(random, zone, days=6)
    end = start + timedelta(seconds=some_seconds(random, days=20))
    return Question(start, end, seconds=some_seconds(random, days=2))


def test_a_library_says_the_same_of_10_000_calendars():
    random = Random(2)
    different = []
    for _ in range(10_000):
        plan = a_plan_for_the_library(random)
        asked = some_question(random, plan.zone)
        ours, theirs = our_answer(plan.calendar(), asked), its_answer(as_schedule(plan), asked)
        different += [(plan, asked, ours, theirs)] if ours != theirs else []

    assert different == []


# --- counting quarters of an hour -----------------------------------------------------------------

# Since 2008 every zone is off by quarters, so each quarter of UTC is open or not as a whole.
QUARTER = 900
COUNTED_DAYS = 12


def a_plan_to_count(random: Random, begin: datetime, zone: str) -> Plan:
    """Anything a calendar may have, with bounds in hours that are skipped or repeated, too."""
    marks, day = range(0, DAY + 1, 15), begin.date()
    near = [day + timedelta(days=number) for number in range(COUNTED_DAYS)]
    opened = random.sample(near, random.randint(0, 3))
    return Plan(
        zone=zone,
        hours=some_week(random, marks, nights=True),
        closed=frozenset(random.sample(near, random.randint(0, 3))),
        open={day: some_intervals(random, marks, nights=True) for day in opened},
    )


def is_open_at(plan: Plan, local: datetime) -> bool:
    """By the clock on the wall: in an interval of today, or in yesterday's that goes on."""
    minute, today = local.hour * 60 + local.minute, local.date()
    return _within(minute, plan.intervals(today)) or _within(
        minute + DAY, plan.intervals(today - timedelta(days=1))
    )


def _within(minute: int, intervals: Sequence[Interval]) -> bool:
    return any(start <= minute < end for start, end in intervals)


@dataclass(frozen=True, slots=True)
class Count:
    """Which quarters from the beginning on are open, and the seconds open before each."""

    begin: datetime
    is_open: Sequence[bool]
    before: Sequence[int]

    def at(self, instant: datetime) -> int:
        """The seconds open before an instant."""
        quarter, second = divmod(int((instant - self.begin).total_seconds()), QUARTER)
        return self.before[quarter] + (second if self.is_open[quarter] else 0)

    def instant(self, quarter: int, second: int = 0) -> datetime:
        return self.begin + timedelta(seconds=quarter * QUARTER + second)

    def answer(self, asked: Question) -> Answer:
        first, last = self.at(asked.start), self.at(asked.end)
        due, since = first + asked.seconds, last - asked.seconds
        reached, left = bisect_left(self.before, due) - 1, bisect_right(self.before, since) - 1
        opening = bisect_right(self.before, first) - 1
        return Answer(
            elapsed=last - first,
            deadline=self.instant(reached, due - self.before[reached]),
            before=self.instant(left, since - self.before[left]),
            next_open=max(asked.start, self.instant(opening)),
        )


def a_count(plan: Plan, begin: datetime) -> Count:
    place = ZoneInfo(plan.zone)
    quarters = range(COUNTED_DAYS * 86_400 // QUARTER)
    verdicts = [
        is_open_at(plan, (begin + timedelta(seconds=number * QUARTER)).astimezone(place))
        for number in quarters
    ]
    seconds = (QUARTER if verdict else 0 for verdict in verdicts)
    return Count(begin, verdicts, list(accumulate(seconds, initial=0)))


def some_counted_question(random: Random, count: Count) -> Question | None:
    """One whose answers lie within the count, if the two instants chanced upon have such."""
    start, end = sorted(count.instant(0, some_seconds(random, COUNTED_DAYS)) for _ in range(2))
    seconds = some_seconds(random, days=2)
    most = min(count.before[-1] - count.at(start), count.at(end))
    return Question(start, end, seconds) if 0 < seconds <= most else None


def counted_questions(random: Random) -> Iterator[tuple[Plan, Count, Question]]:
    """Ten for each calendar."""
    while True:
        zone = random.choice((*ZONES, "Pacific/Apia"))
        begin = some_instant(random, zone, days=COUNTED_DAYS)
        begin = begin.replace(minute=0, second=0)
        plan = a_plan_to_count(random, begin, zone)
        count = a_count(plan, begin)
        for _ in range(10):
            asked = some_counted_question(random, count)
            if asked is not None:
                yield plan, count, asked


def test_counting_quarters_says_the_same_to_10_000_questions():
    different = []
    for plan, count, asked in islice(counted_questions(Random(3)), 10_000):
        ours, theirs = our_answer(plan.calendar(), asked), count.answer(asked)
        different += [(plan, asked, ours, theirs)] if ours != theirs else []

    assert different == []
