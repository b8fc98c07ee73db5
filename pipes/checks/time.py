"""Calendars that can be reckoned with, targets that can be met, and schedules that come."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipes.actions import SetDue
from pipes.calendars import Calendar, CalendarError, make_calendar
from pipes.checks.places import actions, clocks
from pipes.cron import CronError, parse_cron
from pipes.definition import CalendarDefinition, Definition, Sla
from pipes.durations import Duration, Offset, Percent
from pipes.findings import Finding, FindingCode, report
from pipes.holiday_dates import UnknownRegion, resolve_holidays
from pipes.identifiers import CalendarName, PhaseId
from pipes.schedules import working_seconds

# Any year tells whether a region is known.
_SOME_YEARS = (2026,)

type Calendars = dict[CalendarName, Calendar]


def check_time(definition: Definition) -> Iterator[Finding]:
    """What is wrong with calendars, clocks, waiting times and schedules."""
    calendars: Calendars = {}
    for name, calendar in definition.calendars.items():
        yield from _calendar(name, calendar, calendars)
    for place, sla in clocks(definition):
        yield from _clock(place, sla, calendars)
    for place, length, named in _lengths(definition):
        yield from _length(place, length, _named(calendars, named))
    for index, phase in enumerate(definition.phases):
        if phase.final is not None and phase.sla is not None:
            message = "Nothing is late in a final phase: this clock never runs."
            yield report(FindingCode.SLA_ON_FINAL, f"/phases/{index}/sla", message)
    yield from _schedules(definition)


def _calendar(
    name: CalendarName, calendar: CalendarDefinition, calendars: Calendars
) -> Iterator[Finding]:
    place = f"/calendars/{name}"
    if calendar.holidays is not None:
        try:
            resolve_holidays(calendar.holidays, _SOME_YEARS)
        except UnknownRegion as error:
            yield report(FindingCode.BAD_HOLIDAYS, f"{place}/holidays", str(error))
    if not is_zone(calendar.timezone):
        message = (
            f"“{calendar.timezone}” is no time zone; write an IANA name such as Europe/Berlin."
        )
        yield report(FindingCode.BAD_TIMEZONE, f"{place}/timezone", message)
        return
    if not any(calendar.hours.values()):
        message = "No day of the week has an open hour: sooner or later nothing would ever be due."
        yield report(FindingCode.BAD_CALENDAR, f"{place}/hours", message)
    try:
        calendars[name] = make_calendar(calendar)
    except CalendarError as error:
        if any(calendar.hours.values()):
            yield report(FindingCode.BAD_CALENDAR, place, str(error))
        return
    per_day = calendar.hours_per_day
    if per_day is not None and (per_day.days or not per_day.clock_seconds):
        message = "Say in hours and minutes how long a working day is, such as `8h`."
        yield report(FindingCode.BAD_CALENDAR, f"{place}/hours_per_day", message)


def _named(calendars: Calendars, name: CalendarName | None) -> Calendar | None:
    """The calendar of that name; none where the plain clock counts, or it cannot be used."""
    return None if name is None else calendars.get(name)


def is_zone(name: str) -> bool:
    """Whether that is a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# --- clocks ---------------------------------------------------------------------------------------


def _clock(place: str, sla: Sla, calendars: Calendars) -> Iterator[Finding]:
    calendar = _named(calendars, sla.calendar)
    targets: list[float] = []
    for number, case in enumerate(sla.target):
        only = len(sla.target) == 1 and case.when is None
        where = f"{place}/target" if only else f"{place}/target/{number}/is"
        found = tuple(_length(where, case.target, calendar))
        yield from found
        if not found:
            targets.append(working_seconds(calendar, case.target))
    for number, mark in enumerate(sla.warn):
        yield from _warning(f"{place}/warn/{number}", mark, targets, calendar)
    for number, step in enumerate(sla.escalate):
        where = f"{place}/escalate/{number}"
        yield from _day_length(f"{where}/at", step.at.length, calendar)
        if step.repeat is not None:
            yield from _length(f"{where}/repeat/every", step.repeat.every, calendar)


def _warning(
    place: str, mark: Percent | Offset, targets: list[float], calendar: Calendar | None
) -> Iterator[Finding]:
    """A warning lies between the beginning and the deadline, for one of the targets at least."""
    if isinstance(mark, Percent):
        if not 0 < mark.percent < 100:
            message = (
                f"{mark} of the target is no warning: it comes when it is too late, or at once."
            )
            yield report(FindingCode.WARNING_PAST_TARGET, place, message)
        return
    found = tuple(_day_length(place, mark.length, calendar))
    yield from found
    if found:
        return
    if not mark.negative or not (mark.length.days or mark.length.clock_seconds):
        message = f"“{mark}” is not before the deadline: write how long before, such as “-1d”."
        yield report(FindingCode.WARNING_PAST_TARGET, place, message)
    elif targets and working_seconds(calendar, mark.length) >= max(targets):
        message = f"“{mark}” lies before the clock begins: the target is not that long."
        yield report(FindingCode.WARNING_PAST_TARGET, place, message)


# --- other lengths --------------------------------------------------------------------------------


def _lengths(
    definition: Definition,
) -> Iterator[tuple[str, Duration, CalendarName | None]]:
    """Every length of time besides those of clocks, with the calendar that counts it."""
    for index, phase in enumerate(definition.phases):
        place, calendar = f"/phases/{index}", definition.calendar_of(phase.id)
        if phase.handoff is not None and phase.handoff.accept_within is not None:
            yield f"{place}/handoff/accept_within", phase.handoff.accept_within, calendar
        if phase.stale_after is not None:
            yield f"{place}/stale_after", phase.stale_after, calendar
    for index, way in enumerate(definition.transitions):
        for calendar in _calendars_of(definition, way.sources):
            if way.after is not None:
                yield f"/transitions/{index}/after", way.after, calendar
            for number, stage in enumerate(way.approval.stages if way.approval else ()):
                if stage.deadline is not None:
                    place = f"/transitions/{index}/approval/stages/{number}/deadline"
                    yield place, stage.deadline, calendar
    phases = [phase.id for phase in definition.phases]
    for place, action in actions(definition):
        if isinstance(action, SetDue) and isinstance(action.due, Duration):
            for calendar in _calendars_of(definition, _phases_of(definition, place) or phases):
                yield f"{place}/due", action.due, calendar


def _phases_of(definition: Definition, place: str) -> list[PhaseId]:
    """The phase whose clock the action belongs to; none where it may be any."""
    return [
        phase.id
        for index, phase in enumerate(definition.phases)
        if place.startswith(f"/phases/{index}/")
    ]


def _calendars_of(
    definition: Definition, phases: Iterable[PhaseId]
) -> tuple[CalendarName | None, ...]:
    known = (phase for phase in phases if phase in definition.phases_by_id)
    return tuple(dict.fromkeys(definition.calendar_of(phase) for phase in known))


def _length(place: str, length: Duration, calendar: Calendar | None) -> Iterator[Finding]:
    if not length.days and not length.clock_seconds:
        message = "This is no time at all: it would be over as soon as it begins."
        yield report(FindingCode.EMPTY_TARGET, place, message)
    yield from _day_length(place, length, calendar)


def _day_length(place: str, length: Duration, calendar: Calendar | None) -> Iterator[Finding]:
    try:
        working_seconds(calendar, length)
    except CalendarError as error:
        yield report(FindingCode.NO_DAY_LENGTH, place, str(error))


def _schedules(definition: Definition) -> Iterator[Finding]:
    for index, each in enumerate(definition.automations):
        if each.on.cron is not None:
            try:
                parse_cron(each.on.cron)
            except CronError as error:
                yield report(FindingCode.BAD_CRON, f"/automations/{index}/cron", str(error))
        zone = each.on.timezone
        if zone is not None and not is_zone(zone):
            message = f"“{zone}” is no time zone; write an IANA name such as Europe/Berlin."
            yield report(FindingCode.BAD_TIMEZONE, f"/automations/{index}/timezone", message)
