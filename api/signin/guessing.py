"""How often secrets may be guessed: passwords, recovery codes and tokens, by whom and whose."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.problems import Problem
from api.signin.limits import AttemptLimit


def too_many(wait: timedelta) -> Problem:
    """There have been too many attempts; the next one may come after this time."""
    seconds = str(max(1, int(wait.total_seconds())))
    return Problem(
        429,
        "too_many_attempts",
        f"Too many attempts: try again in {seconds} seconds.",
        headers={"Retry-After": seconds},
    )


@dataclass(frozen=True, slots=True)
class Guesses:
    """What has been guessed wrongly of late, in this process.

    Attributes:
        here: One account from one address.
        account: One account, from wherever: an attack from many places.
        address: One address, whichever accounts: one password tried for everybody.
        tokens: Tokens from one address.
    """

    here: AttemptLimit = field(
        default_factory=lambda: AttemptLimit(attempts=10, within=timedelta(minutes=5))
    )
    account: AttemptLimit = field(
        default_factory=lambda: AttemptLimit(attempts=100, within=timedelta(hours=1))
    )
    address: AttemptLimit = field(
        default_factory=lambda: AttemptLimit(attempts=100, within=timedelta(minutes=5))
    )
    tokens: AttemptLimit = field(
        default_factory=lambda: AttemptLimit(attempts=100, within=timedelta(minutes=5))
    )

    def refuse(self, user: str, address: str, now: datetime) -> None:
        """Refuses to look at another guess of somebody's secret.

        Raises:
            Problem: There have been too many.
        """
        for limit, who in self._limits(user, address):
            wait = limit.wait(who, now)
            if wait is not None:
                raise too_many(wait)

    def note(self, user: str, address: str, now: datetime) -> None:
        """Remembers a wrong guess."""
        for limit, who in self._limits(user, address):
            limit.note(who, now)

    def forget(self, user: str, address: str) -> None:
        """Forgets what somebody typed wrongly before they typed it right."""
        self.here.forget(f"{user.lower()}|{address}")

    def refuse_token(self, address: str, now: datetime) -> None:
        """Refuses to look at another token from there.

        Raises:
            Problem: There have been too many that are none.
        """
        wait = self.tokens.wait(address, now)
        if wait is not None:
            raise too_many(wait)

    def _limits(self, user: str, address: str) -> tuple[tuple[AttemptLimit, str], ...]:
        name = user.lower()
        return ((self.here, f"{name}|{address}"), (self.account, name), (self.address, address))
