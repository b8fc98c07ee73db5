"""How often secrets may be guessed: passwords, recovery codes and tokens, by whom and whose."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.problems import Problem
from api.signin.limits import AttemptLimit, seconds_to_wait
from engine.store import attempts
from engine.store.attempts import Asked, Limit
from engine.store.database import Database

# One account from one address.
_HERE = Limit(name="guess here", attempts=10, within=timedelta(minutes=5))
# One account, from wherever: an attack from many places.
_ACCOUNT = Limit(name="guess account", attempts=100, within=timedelta(hours=1))
# One address, whichever accounts: one password tried for everybody.
_ADDRESS = Limit(name="guess address", attempts=100, within=timedelta(minutes=5))


def too_many(seconds: int) -> Problem:
    """There have been too many attempts; the next one may come after so many seconds."""
    return Problem(
        429,
        "too_many_attempts",
        f"Too many attempts: try again in {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
    )


@dataclass(frozen=True, slots=True)
class Guesses:
    """What has been guessed wrongly of late.

    A guess counts as wrong from the moment on at which it comes: of many at once, no more are
    looked at than may be.

    Attributes:
        tokens: Tokens from one address, in this process: they come with every request.
    """

    database: Database
    tokens: AttemptLimit = field(
        default_factory=lambda: AttemptLimit(attempts=100, within=timedelta(minutes=5))
    )

    async def count(self, user: str, address: str, now: datetime) -> None:
        """Counts a guess of somebody's secret, before it is looked at.

        Raises:
            Problem: There have been too many; this one must not be looked at.
        """
        seconds = await seconds_to_wait(self.database, _limits(user, address), now)
        if seconds is not None:
            raise too_many(seconds)

    async def take_back(self, user: str, address: str, counted_at: datetime) -> None:
        """The guess that was counted then was right, or none."""
        async with self.database.writing() as connection:
            await attempts.give_back(connection, _limits(user, address), counted_at)

    async def forget(self, user: str, address: str) -> None:
        """Forgets what somebody typed wrongly before they typed it right."""
        async with self.database.writing() as connection:
            await attempts.forget(connection, _HERE, _here(user, address))

    def refuse_token(self, address: str, now: datetime) -> None:
        """Refuses to look at another token from there.

        Raises:
            Problem: There have been too many that are none.
        """
        wait = self.tokens.wait(address, now)
        if wait is not None:
            raise too_many(max(1, int(wait.total_seconds())))


def _limits(user: str, address: str) -> Asked:
    return ((_HERE, _here(user, address)), (_ACCOUNT, user.lower()), (_ADDRESS, address))


def _here(user: str, address: str) -> str:
    return f"{user.lower()}|{address}"
