"""Business time: the given cases to the second, a second way to reckon, and known mistakes."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from pipes.calendars import (
    Calendar,
    CalendarError,
    answer_line,
    deadline,
    elapsed,
    instant_before,
    make_calendar,
)
from pipes.calendars_file import read_calendars
from pipes.definition import CalendarDefinition
from pipes.durations import parse_duration
from pipes.identifiers import CalendarName

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "business-time.json").read_text(encoding="utf-8")
)
CALENDARS = read_calendars(
    json.dumps({"calendars": CASES["calendars"]}).encode(), range(2015, 2045)
)


@pytest.mark.parametrize("case", CASES["vectors"], ids=str)
def test_case_of_business_time(case: dict[str, Any]):
    answer = answer_line(CALENDARS, case)

    for name, value in answer.items():
        assert value == case[name]


def a_calendar(zone: str = "Europe/Berlin", **parts: Any) -> Calendar:
    hours = parts.pop("hours", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("09:00-17:00",)))
    given_parts: dict[str, Any] = {"holidays": None, "closed": (), "open": {}, **parts}
    day = given_parts.pop("hours_per_day", None)
    definition = CalendarDefinition(
        timezone=zone,
        hours=hours,
        hours_per_day=parse_duration(day) if day else None,
        **given_parts,
    )
    return make_calendar(definition)


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# --- a second way to reckon: minute by minute -----------------------------------------------------

ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "America/New_York", "Asia/Kolkata")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUARTERS = st.integers(0, 96)


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


@st.composite
def open_hours(draw: st.DrawFn) -> tuple[str, ...]:
    marks = sorted(set(draw(st.lists(QUARTERS, max_size=4))))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return tuple(f"{_clock(start)}-{_clock(end)}" for start, end in pairs)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[str, dict[str, tuple[str, ...]]]:
    hours = {day: draw(open_hours()) for day in DAYS}
    if not any(hours.values()):
        hours["wed"] = ("10:00-11:30",)
    return draw(st.sampled_from(ZONES)), hours


def instants(first: str, *, days: int, step: int) -> st.SearchStrategy[datetime]:
    """Instants from the first on, so many seconds apart."""
    begin = datetime.fromisoformat(first)
    return st.integers(0, days * 86_400 // step).map(
        lambda number: begin + timedelta(seconds=number * step)
    )


def is_open_at(moment: datetime, zone: ZoneInfo, hours: dict[str, tuple[str, ...]]) -> bool:
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for interval in hours[DAYS[local.weekday()]]:
        start, end = (
            int(text[:2]) * 60 + int(text[3:]) for text in interval.split("-", maxsplit=1)
        )
        if start <= minute < end:
            return True
    return False


@settings(max_examples=60)
@given(
    week=weeks(),
    start=instants("2025-10-20T00:00Z", days=16, step=60),
    minutes=st.integers(0, 4 * 24 * 60),
)
def test_elapsed_is_what_counting_minutes_gives(
    week: tuple[str, dict[str, tuple[str, ...]]], start: datetime, minutes: int
):
    """Over the days in which summer time ends in Europe and in New York."""
    zone, hours = week
    calendar = a_calendar(zone, hours=hours, hours_per_day="8h")
    counted = sum(
        is_open_at(start + timedelta(minutes=minute), ZoneInfo(zone), hours)
        for minute in range(minutes)
    )

    assert elapsed(calendar, start, start + timedelta(minutes=minutes)) == counted * 60


@settings(max_examples=200)
@given(
    week=weeks(),
    start=instants("2020-01-01T00:00Z", days=3650, step=1),
    hours=st.integers(0, 200),
)
def test_a_deadline_lies_exactly_that_much_working_time_ahead(
    week: tuple[str, dict[str, tuple[str, ...]]], start: datetime, hours: int
):
    zone, opened = week
    calendar = a_calendar(zone, hours=opened, hours_per_day="8h")

    end = deadline(calendar, start, parse_duration(f"{hours}h"))

    assert end >= start
    assert elapsed(calendar, start, end) == hours * 3600
    if hours:
        assert elapsed(calendar, start, end - timedelta(seconds=1)) == hours * 3600 - 1


# --- mistakes that others have made ---------------------------------------------------------------


def test_around_the_clock_loses_no_minute_at_midnight():
    calendar = a_calendar(hours=dict.fromkeys(DAYS, ("00:00-24:00",)))

    assert elapsed(calendar, at("2026-03-02T00:00"), at("2026-03-09T00:00")) == 7 * 86_400


def test_one_hour_before_the_deadline_is_working_time():
    calendar = a_calendar()
    end = at("2026-03-03T09:30")

    assert instant_before(calendar, end, parse_duration("1h")) == at("2026-03-02T16:30")


def test_one_business_day_is_not_24_business_hours():
    calendar = a_calendar()

    assert deadline(calendar, at("2026-03-02T09:00"), parse_duration("1d")) == at(
        "2026-03-02T17:00"
    )
    assert deadline(calendar, at("2026-03-02T09:00"), parse_duration("24h")) == at(
        "2026-03-04T17:00"
    )


def test_days_of_different_length_have_to_be_told_how_long_a_day_is():
    uneven = {"mon": ("09:00-17:00",), "fri": ("09:00-13:00",)}

    with pytest.raises(CalendarError, match="hours_per_day"):
        deadline(a_calendar(hours=uneven), at("2026-03-02T09:00"), parse_duration("1d"))


def test_hold_time_counts_only_where_it_overlaps_working_time():
    calendar = a_calendar()

    assert elapsed(calendar, at("2026-03-06T16:00"), at("2026-03-09T10:00")) == 2 * 3600


def test_lunch_break_inside_the_day():
    calendar = a_calendar(hours={"mon": ("09:00-12:00", "13:00-18:00")})

    assert deadline(calendar, at("2026-03-02T11:00"), parse_duration("2h")) == at(
        "2026-03-02T14:00"
    )


def test_a_card_opened_outside_hours_does_not_get_zero():
    calendar = a_calendar()

    assert deadline(calendar, at("2026-03-07T12:00"), parse_duration("2h")) == at(
        "2026-03-09T11:00"
    )


def test_hours_in_local_time_survive_the_change_of_the_clocks():
    calendar = a_calendar()

    assert deadline(calendar, at("2026-03-27T16:00"), parse_duration("2h")) == at(
        "2026-03-30T10:00"
    )
    night = a_calendar(hours={"sun": ("01:00-04:00",)})
    assert elapsed(night, at("2026-03-29T00:00"), at("2026-03-29T12:00")) == 2 * 3600
    assert elapsed(night, at("2026-10-25T00:00"), at("2026-10-25T12:00")) == 4 * 3600


def test_closed_and_open_days_stand_above_the_week():
    calendar = a_calendar(closed=("2026-03-03",), open={"2026-03-07": ("10:00-12:00",)})

    assert deadline(calendar, at("2026-03-02T16:00"), parse_duration("2h")) == at(
        "2026-03-04T10:00"
    )
    assert elapsed(calendar, at("2026-03-07T00:00"), at("2026-03-08T00:00")) == 2 * 3600


def test_a_holiday_of_a_region_shows_which_days_were_passed_over():
    """zammad/zammad#390: a feed with regional days surprised."""
    text = {
        "calendars": {
            name: {
                "timezone": "Europe/Berlin",
                "hours": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
                "holidays": {"country": "DE", "subdivision": name.upper()},
            }
            for name in ("by", "be")
        }
    }
    calendars = read_calendars(json.dumps(text).encode(), range(2025, 2028))
    span = {"op": "days_off", "start": "2026-06-03T09:00:00Z", "end": "2026-06-08T15:00:00Z"}
    assert [answer_line(calendars, {**span, "calendar": name}) for name in ("by", "be")] == [
        {"days_off": ["2026-06-04"]},
        {"days_off": []},
    ]


def test_public_holidays_of_a_region_are_closed():
    text = {
        "calendars": {
            "curitiba": {
                "timezone": "America/Sao_Paulo",
                "hours": {day: ["09:00-17:00"] for day in DAYS[:5]},
                "holidays": {"country": "BR", "subdivision": "PR"},
            }
        }
    }
    calendars = read_calendars(json.dumps(text).encode(), range(2025, 2028))
    calendar = calendars[CalendarName("curitiba")]
    zone = "America/Sao_Paulo"

    assert deadline(calendar, at("2026-12-24T16:00", zone), parse_duration("2h")) == at(
        "2026-12-28T10:00", zone
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"zone": "Europe/Berlyn"}, "time zone"),
        ({"hours": {}}, "no open hour"),
        ({"hours": {"mon": ("9-17",)}}, "no interval"),
        ({"closed": ("2026-02-30",)}, "no date"),
    ],
)
def test_a_calendar_that_cannot_be_reckoned_with_is_refused(parts: dict[str, Any], said: str):
    with pytest.raises(CalendarError, match=said):
        a_calendar(**parts)


def test_a_calendar_closed_on_every_day_of_the_year_still_answers_or_says_so():
    year = tuple(date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    calendar = a_calendar(closed=tuple(day.isoformat() for day in year))

    assert deadline(calendar, at("2026-01-01T09:00"), parse_duration("1h")) == at(
        "2027-01-01T10:00"
    )


def test_fifty_thousand_deadlines_are_reckoned_in_a_second():
    calendar = make_calendar(
        CalendarDefinition(
            timezone="America/Sao_Paulo",
            hours=dict.fromkeys(
                ("mon", "tue", "wed", "thu", "fri"), ("09:00-12:00", "13:00-18:00")
            ),
        )
    )
    target, begin = parse_duration("5d"), at("2026-03-02T09:00")
    starts = [begin + timedelta(minutes=397 * number) for number in range(10_000)]
    began = time.process_time()

    for start in starts:
        deadline(calendar, start, target)

    assert time.process_time() - began < len(starts) / 50_000
