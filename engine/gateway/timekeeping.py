"""What time it is for cards: their clock is Temporal's, and this machine's may be wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pipes.identifiers import Instant

# Beyond this a difference is taken to be this machine's fault.
_CLOCKS_DIFFER = timedelta(seconds=2)


def utc_now() -> Instant:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class Timekeeper:
    """This machine's clock, set by what cards have said."""

    def __init__(self, clock: Callable[[], Instant] = utc_now) -> None:
        self._clock = clock
        self._ahead = timedelta(0)

    def now(self) -> Instant:
        """The time, as far as it is known."""
        return self._clock() + self._ahead

    def set_by(self, now: Instant) -> None:
        """Takes note of a card's time: facts must not look old only because a clock is wrong."""
        ahead = now - self._clock()
        if abs(ahead - self._ahead) > _CLOCKS_DIFFER:
            self._ahead = ahead
