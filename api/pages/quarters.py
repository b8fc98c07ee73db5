"""Quarters of a year: found in texts, counted on and back."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_YEAR_FIRST = re.compile(r"\b(20\d\d)[ /-]{0,3}Q([1-4])\b", re.IGNORECASE)
_QUARTER_FIRST = re.compile(r"\bQ([1-4])[ /-]{0,3}(20\d\d)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter, as the number of quarters since the year 0."""

    index: int

    def __str__(self) -> str:
        """As an address writes it: `2026-Q4`."""
        return f"{self.index // 4}-Q{self.index % 4 + 1}"

    @property
    def label(self) -> str:
        """As people write it: `Q4 2026`."""
        return f"Q{self.index % 4 + 1} {self.index // 4}"

    @property
    def last_day(self) -> date:
        """The day on which it ends."""
        return self.plus(1).month(0) - timedelta(days=1)

    def plus(self, number: int) -> "Quarter":
        """The quarter so many further on."""
        return Quarter(self.index + number)

    def month(self, number: int) -> date:
        """The first day of the month that is so many after the quarter's first."""
        months = self.index * 3 + number
        return date(months // 12, months % 12 + 1, 1)

    def months_until(self, day: date) -> int:
        """How many months after the quarter's first a day lies; negative before it."""
        return day.year * 12 + day.month - 1 - self.index * 3


def quarter_of(day: date) -> Quarter:
    """The quarter in which a day lies."""
    return Quarter(day.year * 4 + (day.month - 1) // 3)


def quarter_in(text: str) -> Quarter | None:
    """The quarter that a text names: `2027 Q1`, `2027-Q1`, `Q1 2027`."""
    if found := _YEAR_FIRST.search(text):
        return Quarter(int(found[1]) * 4 + int(found[2]) - 1)
    if found := _QUARTER_FIRST.search(text):
        return Quarter(int(found[2]) * 4 + int(found[1]) - 1)
    return None
