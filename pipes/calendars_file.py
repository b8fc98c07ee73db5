"""Calendars in a file of their own, to try them without a pipe."""

from collections.abc import Iterable, Mapping

from pipes.building import calendars_from_document
from pipes.calendars import Calendar, CalendarError, make_calendar
from pipes.document import BuildError
from pipes.findings import has_errors
from pipes.grammar import check_calendars
from pipes.holiday_dates import UnknownRegion, resolve_holidays
from pipes.identifiers import CalendarName
from pipes.json_text import read_json


class CalendarsFileError(ValueError):
    """The file does not hold calendars; the message says everything that is wrong."""


def read_calendars(source: bytes, years: Iterable[int]) -> Mapping[CalendarName, Calendar]:
    """The calendars of a text `{"calendars": {…}}`, with the public holidays of these years.

    Raises:
        CalendarsFileError: The text cannot be read, or a calendar cannot be reckoned with.
    """
    text = read_json(source)
    findings = text.findings if has_errors(text.findings) else check_calendars(text.value)
    if findings:
        raise CalendarsFileError(
            "\n".join(f"{each.pointer or '/'}: {each.message}" for each in findings)
        )
    document = text.value if isinstance(text.value, Mapping) else {}
    holiday_years = tuple(years)
    calendars: dict[CalendarName, Calendar] = {}
    try:
        for name, definition in calendars_from_document(document).items():
            region = definition.holidays
            days = resolve_holidays(region, holiday_years) if region else ()
            calendars[name] = make_calendar(definition, days)
    except BuildError as error:
        raise CalendarsFileError("\n".join(str(fault) for fault in error.faults)) from None
    except (CalendarError, UnknownRegion) as error:
        raise CalendarsFileError(str(error)) from None
    return calendars
