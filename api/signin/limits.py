"""How often something may be tried: a bounded memory of recent attempts, in this process."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_MOST_KEYS = 10_000


@dataclass(slots=True, kw_only=True)
class AttemptLimit:
    """So many attempts within a time, for each of whoever tries."""

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

    def forget(self, who: str) -> None:
        """Forgets the attempts of somebody who succeeded."""
        self._seen.pop(who, None)

    def _recent(self, who: str, now: datetime) -> deque[datetime] | None:
        recent = self._seen.get(who)
        while recent and recent[0] <= now - self.within:
            recent.popleft()
        return recent
