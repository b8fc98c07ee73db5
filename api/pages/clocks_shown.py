"""A card's clocks as its page shows them: the time left in words and colour, and why they stand."""

from dataclasses import dataclass

from markupsafe import Markup

from api.pages.words import Tone, moment, span
from engine.core.explain import Explanation
from engine.core.explain_waiting import RunningClock
from engine.gateway import Published
from engine.locales import Locale
from pipes.calendars import elapsed
from pipes.durations import in_words, parse_duration
from pipes.identifiers import Instant

_SOON = _DAY = 86_400
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockShown:
    """A clock with how it stands."""

    name: str
    text: str
    tone: Tone
    exact: str
    note: Markup


def clocks_shown(
    published: Published, explanation: Explanation, *, now: Instant, locale: Locale
) -> tuple[ClockShown, ...]:
    """The clocks that have not been stopped, the earliest deadline first."""
    return tuple(_shown(published, clock, now, locale) for clock in explanation.clocks)


def _shown(published: Published, clock: RunningClock, now: Instant, locale: Locale) -> ClockShown:
    over = (now - clock.deadline).total_seconds()
    tone: Tone = "warn" if -over < _SOON else ""
    text = _left(published, clock, now)
    if clock.still_because is not None:
        tone, text = "", "Paused"
    elif over >= 0:
        tone, text = "bad", f"{span(over)} over"
    return ClockShown(
        name=clock.name[0].upper() + clock.name[1:],
        text=text,
        tone=tone,
        exact=locale.exact(clock.deadline),
        note=_note(clock, locale),
    )


def _left(published: Published, clock: RunningClock, now: Instant) -> str:
    if clock.calendar is None:
        return f"{span((clock.deadline - now).total_seconds())} left"
    calendar = published.calendars[clock.calendar]
    day = calendar.day_length
    left = span(
        elapsed(calendar, now, clock.deadline),
        day=day // _MICROSECONDS if day else _DAY,
    )
    return f"{left} of {clock.calendar} time left"


def _note(clock: RunningClock, locale: Locale) -> Markup:
    target = in_words(parse_duration(clock.target))
    if clock.still_because is not None:
        return Markup("Stands still: {}.").format(clock.still_because)
    until = Markup("{} in all, until {}.").format(target, moment(clock.deadline, locale))
    if clock.opens_at is None:
        return until
    opens = moment(clock.opens_at, locale)
    return Markup("{} Outside its hours now: it goes on {}.").format(until, opens)
