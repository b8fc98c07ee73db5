"""Schedules as people say them."""

import pytest
from hypothesis import given, strategies as st

from pipes.cron import parse_cron
from pipes.cron_words import cron_in_words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 9 * * 1", "every Monday at 09:00"),
        ("30 17 * * fri", "every Friday at 17:30"),
        ("0 9 * * mon-fri", "Monday to Friday at 09:00"),
        ("0 9 * * 0,6", "every Saturday and Sunday at 09:00"),
        ("0 9 * * 6-7", "every Saturday and Sunday at 09:00"),
        ("0 9 * * 5-7", "Friday to Sunday at 09:00"),
        ("0 9 * * 1,3,5", "every Monday, Wednesday and Friday at 09:00"),
        ("0 6 * * *", "every day at 06:00"),
        ("0 9,17 * * *", "every day at 09:00 and 17:00"),
        ("0,30 9 * * *", "every day at 09:00 and 09:30"),
        ("0 0 * 12 *", "every day in December at 00:00"),
        ("0 9 1 * *", "on the 1st of every month at 09:00"),
        ("0 9 2,3,22 * *", "on the 2nd, 3rd and 22nd of every month at 09:00"),
        ("0 9 11-13 * *", "on the 11th to 13th of every month at 09:00"),
        ("0 9 1 1,4,7,10 *", "on the 1st of January, April, July and October at 09:00"),
        ("0 9 1 6-8 *", "on the 1st of June to August at 09:00"),
        ("0 9 31 1 *", "on the 31st of January at 09:00"),
        ("0 9 * 7 1", "every Monday in July at 09:00"),
        ("0 9 1 * 1", "on the 1st of every month and every Monday at 09:00"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("0 * * * *", "every hour"),
        ("5 * * * *", "every hour, 5 minutes past"),
        ("0 */2 * * *", "every 2 hours"),
        ("10 */2 * * *", "every 2 hours, 10 minutes past"),
        ("0 */6 * * *", "every day at 00:00, 06:00, 12:00 and 18:00"),
        ("0 9-17 * * *", "every hour from 09:00 to 17:00"),
        ("30 9-17 * * 1-5", "every hour from 09:30 to 17:30, Monday to Friday"),
        ("*/15 9-17 * * 1-5", "every 15 minutes from 09:00 to 17:45, Monday to Friday"),
        ("*/20 * * * 1", "every 20 minutes, every Monday"),
    ],
)
def test_a_schedule_is_said_in_words(cron: str, words: str) -> None:
    assert cron_in_words(parse_cron(cron)) == words


@pytest.mark.parametrize(
    "cron",
    [
        "1,2,4,8,16 9 * * *",  # Five times.
        "0,20 9-17 * * *",  # Neither equal steps nor few times.
        "*/15 9,17 * * *",
        "0 9 1,3,5,7,9 * *",
        "0 9 1 1,3,5,7,9 *",
        "0 9 1 1 1",
        "0 9 */2 * 1",  # On those days that are Mondays, too.
    ],
)
def test_what_words_cannot_hold_is_not_said(cron: str) -> None:
    assert cron_in_words(parse_cron(cron)) is None


_MINUTE, _HOUR = (st.sets(st.integers(0, most), min_size=1) for most in (59, 23))
_WEEKDAY = st.sets(st.integers(0, 6), min_size=1)
_DAY, _MONTH = (st.sets(st.integers(1, most), min_size=1) for most in (28, 12))


def _field(numbers: set[int], whole: int) -> str:
    return "*" if len(numbers) == whole else ",".join(map(str, sorted(numbers)))


@st.composite
def crons(draw: st.DrawFn) -> str:
    """Schedules of any times and days."""
    minute, hour = _field(draw(_MINUTE), 60), _field(draw(_HOUR), 24)
    day, month = draw(st.just("*") | _DAY.map(lambda found: _field(found, 31))), draw(_MONTH)
    return f"{minute} {hour} {day} {_field(month, 12)} {_field(draw(_WEEKDAY), 7)}"


@given(crons(), crons())
def test_what_is_said_alike_comes_at_the_same_times(one: str, other: str) -> None:
    first, second = parse_cron(one), parse_cron(other)
    said = cron_in_words(first)
    assert said is None or said != cron_in_words(second) or first == second


@given(crons())
def test_whatever_is_said_is_short(cron: str) -> None:
    assert len(cron_in_words(parse_cron(cron)) or "") < 140
