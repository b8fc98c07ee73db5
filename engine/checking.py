"""Checking a definition whole: what it says, what it means, and whether its scenarios come out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from engine.reckoning import Calendars
from engine.scenarios import play_all
from pipes.calendars import make_calendar
from pipes.definition import Definition
from pipes.findings import Finding, FindingCode, report
from pipes.forms import CompiledPipe
from pipes.holiday_dates import resolve_holidays
from pipes.identifiers import CalendarName, JsonValue
from pipes.reading import Reading, read_definition

# A scenario may last so many years with the holidays of each of them.
_YEARS = 12


def check(source: bytes | str | Mapping[str, JsonValue]) -> Reading:
    """Reads a definition, and plays its scenarios if nothing else stands against it. Never raises.

    A definition whose scenarios fail is not to be published: the reading holds none.
    """
    reading = read_definition(source)
    if reading.definition is None or not reading.definition.scenarios:
        return reading
    failed = check_scenarios(reading.definition)
    if not failed:
        return reading
    return replace(reading, definition=None, findings=(*reading.findings, *failed))


def check_scenarios(definition: Definition) -> tuple[Finding, ...]:
    """A finding for each step of a scenario that does not come out as told."""
    pipe = CompiledPipe(definition=definition)
    begins = (scenario.at.year for scenario in definition.scenarios)
    calendars = calendars_around(definition, *begins)
    return tuple(
        report(
            FindingCode.SCENARIO_FAILED,
            f"/scenarios/{index}{failure.place}",
            f"“{definition.scenarios[index].name}”: {failure.message}",
        )
        for index, failure in play_all(pipe, calendars)
    )


def calendars_around(definition: Definition, *begins: int) -> Calendars:
    """The definition's calendars with the holidays of the years that begin with these."""
    years = range(max(1, min(begins) - 1), min(9999, max(begins) + _YEARS))
    known: dict[tuple[str, str | None], frozenset[date]] = {}

    def days(name: CalendarName) -> frozenset[date]:
        region = definition.calendars[name].holidays
        if region is None:
            return frozenset()
        place = (region.country, region.subdivision)
        if place not in known:
            known[place] = resolve_holidays(region, years)
        return known[place]

    return {
        name: make_calendar(calendar, days(name)) for name, calendar in definition.calendars.items()
    }
