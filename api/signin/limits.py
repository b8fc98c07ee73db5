"""How often something may be tried: counted for all processes together, or by this one alone."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.store import attempts
from engine.store.attempts import Asked
from engine.store.database import Database

_MOST_KEYS = 10_000


async def seconds_to_wait(database: Database, asked: Asked, moment: datetime) -> int | None:
    """Counts an attempt, for all processes; or for how many seconds the next one has to wait."""
    async with database.writing() as connection:
        free_at = await attempts.take(connection, asked, moment)
    return None if free_at is None else max(1, int((free_at - moment).total_seconds()))


@dataclass(slots=True, kw_only=True)
class AttemptLimit:
    """So many attempts within a time, for each of whoever tries: a bounded memory of this process.

    For what is asked with every request, which must not wait for a database.
    """

    attempts: int
    within: timedelta
    _seen: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def wait(self, who: str, now: datetime) -> timedelta | None:
        """How long somebody has to wait before the next attempt; None if not at all."""
        recent = self._recent(who, now)
        if recent is None or len(recent) < self.attempts:
            return None
        return recent[0] + self.within - now

    def note(self, who: str, now: datetime) -> None:
        """Remembers an attempt."""
        recent = self._recent(who, now)
        if recent is None:
            recent = self._seen[who] = deque(maxlen=self.attempts)
            while len(self._seen) > _MOST_KEYS:
                self._seen.popitem(last=False)
        recent.append(now)

    def _recent(self, who: str, now: datetime) -> deque[datetime] | None:
        recent = self._seen.get(who)
        while recent and recent[0] <= now - self.within:
            recent.popleft()
        return recent
