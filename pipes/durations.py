"""Durations as definitions write them: `1d 4h 30m`, offsets from a deadline, shares of a target.

What a `d` is depends on the calendar that applies; reckoning with calendars lives elsewhere.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_PARTS = re.compile(r"^(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?$")
_PERCENT = re.compile(r"^(\d{1,3})%$")
_MOST_DAYS = 36_500
# Definitions know few durations, and ask for them again and again.
_KNOWN = 4_096
_WORDS = (("days", "day"), ("hours", "hour"), ("minutes", "minute"), ("seconds", "second"))


class DurationError(ValueError):
    """The text is no duration; the message says what would be."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of working time; `days` are working days of the calendar that applies."""

    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    @property
    def clock_seconds(self) -> int:
        """The part that is hours, minutes and seconds, in seconds."""
        return self.hours * 3600 + self.minutes * 60 + self.seconds

    def __str__(self) -> str:
        return _written(self)


@dataclass(frozen=True, slots=True)
class Offset:
    """So long before (`negative`) or after a deadline."""

    length: Duration
    negative: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.negative else '+'}{self.length}"


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of a target that has been used."""

    percent: int

    def __str__(self) -> str:
        return f"{self.percent}%"


@lru_cache(maxsize=_KNOWN)
def _written(duration: Duration) -> str:
    numbers = (duration.days, duration.hours, duration.minutes, duration.seconds)
    parts = zip(numbers, "dhms", strict=True)
    return " ".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


@lru_cache(maxsize=_KNOWN)
def parse_duration(text: str) -> Duration:
    """Reads `1d 4h 30m 10s`: any of the four parts, in that order.

    Raises:
        DurationError: The text is not of that form, or longer than a hundred years.
    """
    stripped = text.strip()
    match = _PARTS.match(stripped)
    if match is None or not stripped or stripped != text or len(text) > 60:
        raise DurationError(
            f"“{text[:60]}” is no duration: write days, hours, minutes and seconds in that order,"
            " such as `1d 4h 30m`."
        )
    duration = Duration(*(int(part or 0) for part in match.groups()))
    if duration.days * 86400 + duration.clock_seconds > _MOST_DAYS * 86400:
        raise DurationError(f"“{text}” is more than a hundred years.")
    return duration


def parse_offset(text: str) -> Offset:
    """Reads `-1d`, `+4h` or `0m`, relative to a deadline.

    Raises:
        DurationError: As for durations.
    """
    if text[:1] in ("+", "-"):
        return Offset(parse_duration(text[1:]), negative=text[0] == "-")
    return Offset(parse_duration(text))


@lru_cache(maxsize=_KNOWN)
def parse_mark(text: str) -> Percent | Offset:
    """Reads a warning's moment: `50%` of the target used, or `-1d` before the deadline.

    Raises:
        DurationError: It is neither.
    """
    match = _PERCENT.match(text)
    return Percent(int(match[1])) if match else parse_offset(text)


def in_words(duration: Duration) -> str:
    """The duration as people say it: `5 days`, `2 hours 10 minutes`."""
    numbers = (duration.days, duration.hours, duration.minutes, duration.seconds)
    said = [
        f"{number} {one if number == 1 else many}"
        for number, (many, one) in zip(numbers, _WORDS, strict=True)
        if number
    ]
    return " ".join(said) or "at once"
