"""Checking a definition whole: what it says, what it means, and whether its scenarios come out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from engine.reckoning import Calendars
from engine.scenarios import play_all
from engine.templates import names_in, template_fault
from pipes.calendars import make_calendar
from pipes.checks import check_surroundings
from pipes.checks.places import texts
from pipes.definition import Definition
from pipes.findings import Finding, FindingCode, has_errors, report
from pipes.forms import CompiledPipe
from pipes.holiday_dates import resolve_holidays
from pipes.identifiers import CalendarName, JsonValue
from pipes.reading import Reading, read_definition
from pipes.surroundings import Surroundings

# A scenario may last so many years with the holidays of each of them.
_YEARS = 12


def check(
    source: bytes | str | Mapping[str, JsonValue], around: Surroundings | None = None
) -> Reading:
    """Reads a definition, and plays its scenarios if nothing else stands against it. Never raises.

    A definition with errors, or whose scenarios fail, is not to be published: the reading holds
    none.
    """
    return completed(read_definition(source), around)


def completed(reading: Reading, around: Surroundings | None = None) -> Reading:
    """The reading with what is found beyond the definition itself: texts, others, scenarios."""
    if reading.definition is None:
        return reading
    reading = _with(reading, check_texts(reading.definition))
    if around is not None and reading.definition is not None:
        reading = _with(reading, check_surroundings(reading.definition, around))
    if reading.definition is None or not reading.definition.scenarios:
        return reading
    return _with(reading, check_scenarios(reading.definition))


def _with(reading: Reading, found: Iterable[Finding]) -> Reading:
    """The reading with more findings; without its definition, if there are errors among them."""
    more = tuple(found)
    definition = None if has_errors(more) else reading.definition
    return replace(reading, definition=definition, findings=(*reading.findings, *more))


def check_texts(definition: Definition) -> Iterator[Finding]:
    """A finding for each text with `{{ … }}` that cannot be filled in."""
    known = {str(name) for name in definition.fields}
    for place, text in texts(definition):
        fault = template_fault(text)
        if fault is not None:
            message = f"The text cannot be used: {fault}"
            yield report(FindingCode.BAD_TEMPLATE, place, message)
        for name in sorted(names_in(text, "fields", "shown") - known):
            message = f"“fields.{name}” names no field of this pipe."
            yield report(FindingCode.BAD_TEMPLATE, place, message)


def check_scenarios(definition: Definition) -> Iterator[Finding]:
    """A finding for each step of a scenario that does not come out as told."""
    pipe = CompiledPipe(definition=definition)
    begins = (scenario.at.year for scenario in definition.scenarios)
    calendars = calendars_around(definition, *begins)
    for index, failure in play_all(pipe, calendars):
        name = definition.scenarios[index].name
        place = f"/scenarios/{index}{failure.place}"
        yield report(FindingCode.SCENARIO_FAILED, place, f"“{name}”: {failure.message}")


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
