"""The second step of a sign-in: who has a second factor types a code of it, or a recovery code.

Between the steps there is no session. The browser holds a sealed note that the first step has
been taken; it is good for some minutes, and for nothing but the second step.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from api.services import Services
from api.signin.people import Shown
from api.signin.totp import step_of
from engine.runtime.sealing import CannotOpen
from engine.store import people, recovery, second_factors
from engine.store.database import AsyncConnection
from engine.store.people import User, hashed
from engine.store.sessions import Way

LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStep:
    """What has been shown so far.

    Attributes:
        password: The hash of what is kept of the password: with another one it is of no use.
        until: Seconds since the epoch.
    """

    second_step_of: str
    way: Way
    is_fresh: bool
    password: str
    until: int


def take_first(services: Services, user: User, shown: Shown, now: datetime) -> str:
    """The note that somebody has shown who they are by one factor."""
    step = FirstStep(
        second_step_of=user.id,
        way=shown.way,
        is_fresh=shown.is_fresh,
        password=_mark_of(user),
        until=int((now + LASTS).timestamp()),
    )
    return services.sealer().seal(json.dumps(asdict(step)))


async def who_took_first(
    services: Services, connection: AsyncConnection, note: str, now: datetime
) -> tuple[User, Shown] | None:
    """Who has shown who they are by one factor, and which; None if the note is not, or no more."""
    try:
        step = FirstStep(**json.loads(services.sealer().open(note)))
    except (CannotOpen, ValueError, TypeError):
        return None
    user = await people.read_user(connection, step.second_step_of)
    if user is None or user.disabled or step.until < now.timestamp():
        return None
    shown = Shown(way=step.way, is_fresh=step.is_fresh)
    return (user, shown) if step.password == _mark_of(user) else None


async def has_one(connection: AsyncConnection, user: str) -> bool:
    """Whether somebody has a second factor that counts."""
    found = await second_factors.read(connection, user)
    return found is not None and found.confirmed_at is not None


async def use_code(
    services: Services, connection: AsyncConnection, user: str, code: str, now: datetime
) -> bool:
    """Uses a code of somebody's authenticator up; false if it is none, or has been used.

    Args:
        services: With the key to what is sealed.
        connection: A writing transaction.
        user: Whose code it is.
        code: As it was typed.
        now: The time.
    """
    factor = await second_factors.read(connection, user)
    step = None if factor is None else step_of(services.sealer().open(factor.sealed), code, now)
    return step is not None and await second_factors.use_up(connection, user, step)


async def use_any_code(
    services: Services, connection: AsyncConnection, user: str, code: str, now: datetime
) -> bool:
    """The same, or one of their recovery codes: for whoever has lost the authenticator."""
    if await use_code(services, connection, user, code, now):
        return True
    return await recovery.use(connection, user, code)


def _mark_of(user: User) -> str:
    return hashed(user.password_hash or "")
