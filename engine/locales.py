"""How readers write dates, times, numbers and money: by the English of the region they chose.

Phaseline's own words are English; what differs from one reader to another is decided here alone,
for pages and mails alike. What is typed into forms is read the same way for everybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import override
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale as Region
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_day_names
from babel.numbers import format_currency, format_decimal

from pipes.fields.display import Style

USUAL = "en-GB"
_ISO = "en-001"
# Of all of them the point stands before decimals, as in what people type.
LANGUAGES: Mapping[str, str] = {
    "en-GB": "United Kingdom",
    "en-IE": "Ireland",
    "en-150": "Europe",
    "en-US": "United States",
    "en-CA": "Canada",
    "en-AU": "Australia",
    "en-NZ": "New Zealand",
    "en-IN": "India",
    _ISO: "International (ISO 8601)",
}
# What a browser says of somebody without a region, or with one that is not listed.
_NEAREST = {"en": "en-US", "en-UK": "en-GB"}
# The code of the currency, then the amount.
_ISO_MONEY = "\N{CURRENCY SIGN}\N{CURRENCY SIGN}\N{NO-BREAK SPACE}#,##0.00"
_MONDAY = 0
_UTC = ZoneInfo("UTC")
_THIN = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale(Style):
    """A reader's manner of writing; `language` is one of `LANGUAGES`, as HTML names it."""

    language: str = USUAL
    zone: ZoneInfo

    @property
    def first_weekday(self) -> int:
        """The day with which a week begins; Monday is 0."""
        return _MONDAY if self._is_iso else self._region.first_week_day

    @property
    def weekdays(self) -> tuple[str, ...]:
        """The days of a week in their order."""
        names = get_day_names("wide", locale=self._region)
        return tuple(names[(self.first_weekday + number) % 7] for number in range(7))

    @override
    def day(self, day: date) -> str:
        """A date: `27 Nov 2026`, `Nov 27, 2026`, `2026-11-27`."""
        form = "yyyy-MM-dd" if self._is_iso else "medium"
        return format_date(day, form, locale=self._region)

    def day_of(self, instant: datetime) -> str:
        """The date of an instant where the reader is."""
        return self.day(instant.astimezone(self.zone).date())

    @override
    def clock(self, moment: time) -> str:
        """A time of day: `13:05`, `1:05 PM`."""
        if self._is_iso:
            return f"{moment:%H:%M}"
        return format_time(moment, "short", locale=self._region)

    @override
    def moment(self, instant: datetime) -> str:
        """A moment where nothing else tells of the zone: `Fri, 27 Nov 2026, 13:00 GMT`."""
        return f"{self.at(instant)} {instant.astimezone(self.zone).tzname()}"

    def at(self, instant: datetime) -> str:
        """A moment as people say it: `Fri, 27 Nov 2026, 13:00`."""
        local = instant.astimezone(self.zone)
        day = f"{local:%a} {self.day(local)}" if self._is_iso else self._skeleton(local, "yMMMEd")
        return f"{day}, {self.clock(local.time())}"

    def exact(self, instant: datetime) -> str:
        """An instant to the second, with the name of the zone."""
        local = instant.astimezone(self.zone)
        clock = local.time()
        exactly = (
            f"{clock:%H:%M:%S}"
            if self._is_iso
            else format_time(clock, "medium", locale=self._region)
        )
        return f"{self.day(local)}, {exactly} {local.tzname()}"

    def month(self, day: date) -> str:
        """The month of a day: `November 2026`."""
        return self._skeleton(day, "yMMMM")

    def day_of_month(self, day: date) -> str:
        """A day of a month that is known: `Friday 27 November`, `Friday, November 27`."""
        return format_datetime(
            datetime.combine(day, time(), UTC), _without_year(self.language), locale=self._region
        )

    @override
    def number(self, value: float) -> str:
        """A number with at most two decimals: `1,234.5`."""
        written = format_decimal(round(value, 2), locale=self._region)
        return written.replace(",", _THIN) if self._is_iso else written

    @override
    def money(self, amount: str, currency: str) -> str:
        """An amount of money, with every decimal that it has: `€1,234.50`."""
        try:
            number = Decimal(amount)
        except InvalidOperation:
            return f"{amount} {currency}"
        written = format_currency(
            number,
            currency,
            _ISO_MONEY if self._is_iso else None,
            locale=self._region,
            decimal_quantization=False,
        )
        return written.replace(",", _THIN) if self._is_iso else written

    @property
    def _is_iso(self) -> bool:
        return self.language == _ISO

    @property
    def _region(self) -> Region:
        return _region(self.language)

    def _skeleton(self, day: date, form: str) -> str:
        if not isinstance(day, datetime):
            day = datetime.combine(day, time(), UTC)
        return format_skeleton(form, day, locale=self._region)


def locale_called(language: str | None, zone: str | None) -> Locale:
    """The locale of somebody's choice; the usual where they have chosen none."""
    known = language if language is not None and language in LANGUAGES else USUAL
    return Locale(language=known, zone=zone_called(zone or "") or _UTC)


def zone_called(name: str) -> ZoneInfo | None:
    """The time zone of that name, if there is one."""
    if not name or len(name) > 60 or ".." in name or name.startswith("/"):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def language_asked(accepted: str) -> str:
    """The language of pages for a browser that sends this `Accept-Language`.

    Whoever has another language first, or one whose region is not listed, gets the usual one.
    """
    for tag in _tags(accepted)[:1]:
        found = _NEAREST.get(tag, tag)
        if found in LANGUAGES:
            return found
    return USUAL


def _tags(accepted: str) -> list[str]:
    """The languages of the header, those wanted most first, written as HTML names them."""
    found = []
    for each in accepted[:1_000].split(","):
        tag, _, weight = each.partition(";")
        language, _, region = tag.strip().partition("-")
        wanted = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        found.append(
            (
                float(wanted[1]) if wanted else 1.0,
                f"{language.lower()}-{region.upper()}" if region else language.lower(),
            )
        )
    found.sort(key=lambda each: -each[0])
    return [tag for weight, tag in found if weight]


@cache
def _region(language: str) -> Region:
    return Region.parse(language, sep="-")


@cache
def _without_year(language: str) -> str:
    """The form of a whole date, without its year."""
    return re.sub(r",? y$", "", _region(language).date_formats["full"].pattern)
