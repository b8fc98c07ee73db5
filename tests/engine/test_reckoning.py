"""Schedules come when the clock on the wall says so, also where that clock is changed."""

from datetime import datetime

import pytest

from engine.reckoning import next_coming


@pytest.mark.parametrize(
    ("cron", "timezone", "after", "comes"),
    [
        ("0 9 * * mon", "America/Sao_Paulo", "2026-03-02T12:00:00Z", "2026-03-09T12:00:00Z"),
        ("0 9 * * mon", "America/Sao_Paulo", "2026-03-02T11:59:59Z", "2026-03-02T12:00:00Z"),
        ("0 9 * * *", None, "2026-03-02T12:00:00Z", "2026-03-03T09:00:00Z"),
        # Berlin goes from 2 to 3 on the 29th of March, and back on the 25th of October.
        ("0 9 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T07:00:00Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T01:30:00Z"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"),
    ],
)
def test_a_schedule_comes_by_the_clock_of_its_zone(
    cron: str, timezone: str | None, after: str, comes: str
):
    found = next_coming(cron, timezone, datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(comes)
