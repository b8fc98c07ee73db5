"""How each reader's dates, times, numbers and money are written: a row for each English."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from engine.locales import LANGUAGES, USUAL, Locale, language_asked, locale_called
from pipes.building import definition_from_document
from pipes.fields import display
from pipes.fields.field import Field
from pipes.identifiers import JsonValue
from tests.builders import a_document, a_field

AFTERNOON = datetime(2026, 11, 27, 16, 5, 9, tzinfo=UTC)
RECIFE = ZoneInfo("America/Recife")
# Between the number and what belongs to it, as the region's typography has it.
THIN = "\N{NARROW NO-BREAK SPACE}"
HARD = "\N{NO-BREAK SPACE}"

# language: a moment, the calendar's day, its week's first day, a number, money
ROWS = {
    "en-GB": (
        "Fri, 27 Nov 2026, 13:05",
        "Friday, 27 November",
        "Monday",
        "1,234,567.5",
        "€1,234.50",
    ),
    "en-IE": ("Fri 27 Nov 2026, 13:05", "Friday 27 November", "Monday", "1,234,567.5", "€1,234.50"),
    "en-150": (
        *("Fri, 27 Nov 2026, 13:05", "Friday, 27 November", "Monday"),
        *("1,234,567.5", f"1,234.50{HARD}€"),
    ),
    "en-US": (
        *(f"Fri, Nov 27, 2026, 1:05{THIN}PM", "Friday, November 27", "Sunday"),
        *("1,234,567.5", "€1,234.50"),
    ),
    "en-CA": (
        *(f"Fri, Nov 27, 2026, 1:05{THIN}p.m.", "Friday, November 27", "Sunday"),
        *("1,234,567.5", "€1,234.50"),
    ),
    "en-AU": (
        *(f"Fri 27 Nov 2026, 1:05{THIN}pm", "Friday, 27 November", "Monday"),
        *("1,234,567.5", "EUR1,234.50"),
    ),
    "en-NZ": (
        *(f"Fri, 27 Nov 2026, 1:05{THIN}pm", "Friday, 27 November", "Monday"),
        *("1,234,567.5", "€1,234.50"),
    ),
    "en-IN": (
        *(f"Fri, 27 Nov 2026, 1:05{THIN}PM", "Friday, 27 November", "Sunday"),
        *("12,34,567.5", "€1,234.50"),
    ),
    "en-001": (
        *("Fri 2026-11-27, 13:05", "Friday, 27 November", "Monday"),
        *(f"1{THIN}234{THIN}567.5", f"EUR{HARD}1{THIN}234.50"),
    ),
}


def test_every_language_that_can_be_chosen_has_a_row() -> None:
    assert list(ROWS) == list(LANGUAGES)


@pytest.mark.parametrize("language", ROWS)
def test_a_language_writes_as_its_region_does(language: str) -> None:
    locale = Locale(language=language, zone=RECIFE)
    assert ROWS[language] == (
        locale.at(AFTERNOON),
        locale.day_of_month(date(2026, 11, 27)),
        locale.weekdays[0],
        locale.number(1_234_567.5),
        locale.money("1234.5", "EUR"),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_instant_on_hover_is_exact_and_names_its_zone(language: str) -> None:
    exact = Locale(language=language, zone=RECIFE).exact(AFTERNOON)
    assert "05:09" in exact
    assert "2026" in exact
    assert exact.endswith("-03")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_amount_keeps_its_decimals_and_a_currency_without_any_gets_none(language: str) -> None:
    locale = Locale(language=language, zone=RECIFE)
    assert "0.1234" in locale.money("0.1234", "EUR")
    assert "." not in locale.money("12", "JPY")
    assert locale.money("a dozen", "EUR") == "a dozen EUR"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", USUAL),
        ("en-US,en;q=0.9", "en-US"),
        ("en", "en-US"),
        ("EN-gb", "en-GB"),
        ("en-AU;q=0.5, en-IN", "en-IN"),
        ("en-DE", USUAL),
        ("de-DE,de;q=0.9,en-US;q=0.8", USUAL),
        ("en-US;q=0, en-IE;q=0.1", "en-IE"),
        (";;,,q=1;\x00", USUAL),
        ("*", USUAL),
    ],
)
def test_a_browser_that_asks_for_a_language_gets_the_nearest(accepted: str, language: str) -> None:
    assert language_asked(accepted) == language


@pytest.mark.parametrize(
    ("language", "zone"), [(None, None), ("xx", "Mars/Olympus"), ("", "/etc/passwd")]
)
def test_what_nobody_can_have_chosen_is_the_usual(language: str | None, zone: str | None) -> None:
    assert locale_called(language, zone) == Locale(language=USUAL, zone=ZoneInfo("UTC"))


def the_field(kind: str) -> Field:
    document = a_document()
    document["fields"]["it"] = a_field(kind, "It")
    fields = definition_from_document(document).fields
    return next(field for name, field in fields.items() if name == "it")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("date", "2026-11-27", "Nov 27, 2026"),
        ("time", "13:05", f"1:05{THIN}PM"),
        ("datetime", "2026-11-27T16:05:09Z", f"Fri, Nov 27, 2026, 1:05{THIN}PM -03"),
        ("number", 1234.5, "1,234.5"),
        ("integer", 1234, "1,234"),
        ("currency", {"amount": "-12.50", "currency": "USD"}, "-$12.50"),
        ("short_text", "2026-11-27", "2026-11-27"),
        ("date", "soon", "soon"),
    ],
)
def test_a_value_is_written_as_its_reader_writes(kind: str, value: JsonValue, shown: str) -> None:
    american = Locale(language="en-US", zone=RECIFE)
    assert display(the_field(kind), value, {}, american) == shown


def test_a_time_of_day_alone_is_no_matter_of_zones() -> None:
    assert Locale(zone=RECIFE).clock(time(23, 30)) == "23:30"
