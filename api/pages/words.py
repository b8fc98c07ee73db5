"""Times and people in words, for pages: how long is left, when it was, which colour is whose."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zlib import crc32

from markupsafe import Markup

from engine.locales import Locale
from pipes.identifiers import Instant

type Tone = Literal["good", "warn", "bad", ""]

PERSON_TONES = ("blue", "violet", "pink", "red", "orange", "amber", "green", "teal", "gray")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as pages show them."""

    id: str
    name: str

    @property
    def initials(self) -> str:
        """First letters of the first and the last name."""
        words = self.name.split() or [self.id or "?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def tone(self) -> str:
        """A colour that stays the same for a person."""
        return PERSON_TONES[crc32(self.id.encode()) % len(PERSON_TONES)]


def called(people: Sequence[Person]) -> Mapping[str, str]:
    """What each person is called in a list of names: with the id where two have the same name."""
    names = Counter(person.name for person in people)
    return {
        person.id: person.name if names[person.name] == 1 else f"{person.name} ({person.id})"
        for person in people
    }


def span(seconds: float, *, day: int = _DAY) -> str:
    """A stretch of time in its two largest units: `3 d 4 h`, `2 h 10 min`, `45 s`.

    A day may be shorter than 24 hours, where only working time counts.
    """
    left = max(0, round(seconds))
    if left >= day:
        days, rest = divmod(left, day)
        hours = rest // _HOUR
        return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"
    if left >= _HOUR:
        hours, rest = divmod(left, _HOUR)
        minutes = rest // _MINUTE
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if left >= _MINUTE:
        return f"{left // _MINUTE} min"
    return f"{left} s"


def moment(instant: Instant, locale: Locale) -> Markup:
    """A moment as people say it, with the exact instant on hover."""
    return _time(instant, locale, locale.at(instant))


def day(instant: Instant, locale: Locale) -> Markup:
    """The date of an instant where the reader is, with the exact instant on hover."""
    return _time(instant, locale, locale.day_of(instant))


def ago(instant: Instant, *, now: Instant, locale: Locale) -> Markup:
    """How long ago, with the exact instant on hover."""
    seconds = (now - instant).total_seconds()
    if seconds < _MINUTE:
        text = "just now"
    elif seconds < 7 * _DAY:
        text = f"{span(seconds).split(' ')[0]} {span(seconds).split(' ')[1]} ago"
    else:
        text = locale.day_of(instant)
    return _time(instant, locale, text)


def _time(instant: Instant, locale: Locale, text: str) -> Markup:
    stamp = instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        stamp, locale.exact(instant), text
    )


def now() -> Instant:
    """This moment."""
    return datetime.now(UTC)
