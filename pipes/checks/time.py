"""Calendars that can be reckoned with, and targets that can be met."""

from collections.abc import Iterator

from pipes.calendars import Calendar, CalendarError, make_calendar, working_length
from pipes.checks.places import clocks
from pipes.definition import Definition, Sla
from pipes.findings import Finding, FindingCode, report
from pipes.holiday_dates import UnknownRegion, resolve_holidays
from pipes.identifiers import CalendarName

# Any year tells whether a region is known.
_SOME_YEARS = (2026,)


def check_time(definition: Definition) -> Iterator[Finding]:
    """What is wrong with calendars and clocks."""
    calendars: dict[CalendarName, Calendar] = {}
    for name, calendar in definition.calendars.items():
        place = f"/calendars/{name}"
        if calendar.holidays is not None:
            try:
                resolve_holidays(calendar.holidays, _SOME_YEARS)
            except UnknownRegion as error:
                yield report(FindingCode.BAD_HOLIDAYS, f"{place}/holidays", str(error))
        try:
            calendars[name] = make_calendar(calendar)
        except CalendarError as error:
            is_zone = "time zone" in str(error)
            code = FindingCode.BAD_TIMEZONE if is_zone else FindingCode.BAD_CALENDAR
            yield report(code, f"{place}/timezone" if is_zone else place, str(error))
    for place, sla in clocks(definition):
        yield from _targets(place, sla, calendars)
    for index, phase in enumerate(definition.phases):
        if phase.final is not None and phase.sla is not None:
            message = "Nothing is late in a final phase: this clock never runs."
            yield report(FindingCode.SLA_ON_FINAL, f"/phases/{index}/sla", message)


def _targets(place: str, sla: Sla, calendars: dict[CalendarName, Calendar]) -> Iterator[Finding]:
    calendar = calendars.get(sla.calendar) if sla.calendar is not None else None
    for case in sla.target:
        if not case.target.days and not case.target.clock_seconds:
            yield report(FindingCode.EMPTY_TARGET, f"{place}/target", "The target is no time.")
        if calendar is None:
            continue
        try:
            working_length(calendar, case.target)
        except CalendarError as error:
            yield report(FindingCode.NO_DAY_LENGTH, f"{place}/target", str(error))
