"""Second factors: what makes somebody's codes, sealed, and who has to have one.

A code is used up by the step of time that it belongs to: neither it nor an earlier one is taken
again, whichever process is asked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.actors import InstallationRole
from engine.store import people
from engine.store.database import insert_or_hold
from engine.store.sign_in_tables import second_factors
from pipes.identifiers import Instant

REQUIRED_OF = "second_factor_required_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """Somebody's second factor; it counts since `confirmed_at`, when they typed a code of it."""

    user: str
    sealed: str
    added_at: Instant
    confirmed_at: Instant | None
    last_step: int


async def read(connection: AsyncConnection, user: str) -> SecondFactor | None:
    """Somebody's second factor, whether it counts or not."""
    rows = await connection.execute(select(second_factors).where(second_factors.c.user == user))
    row = rows.mappings().one_or_none()
    return None if row is None else SecondFactor(**row)


async def begin(connection: AsyncConnection, user: str, sealed: str, at: Instant) -> bool:
    """Keeps one that does not count yet, instead of another such; false if one counts already."""
    made = {"sealed": sealed, "added_at": at, "last_step": 0}
    # Whoever clicks twice has the second wait for the first.
    holding = insert_or_hold(connection, second_factors, "user")
    await connection.execute(holding.values(user=user, **made))
    begun = await connection.execute(
        update(second_factors)
        .where(and_(second_factors.c.user == user, second_factors.c.confirmed_at.is_(None)))
        .values(**made)
        .returning(second_factors.c.user)
    )
    return begun.scalar_one_or_none() is not None


async def confirm(connection: AsyncConnection, user: str, at: Instant) -> None:
    """Lets somebody's second factor count."""
    await connection.execute(
        update(second_factors).where(second_factors.c.user == user).values(confirmed_at=at)
    )


async def use_up(connection: AsyncConnection, user: str, step: int) -> bool:
    """Uses the code of a step up; false if that or a later one has been used."""
    used = await connection.execute(
        update(second_factors)
        .where(and_(second_factors.c.user == user, second_factors.c.last_step < step))
        .values(last_step=step)
        .returning(second_factors.c.user)
    )
    return used.scalar_one_or_none() is not None


async def remove(connection: AsyncConnection, user: str) -> None:
    """Takes somebody's second factor away."""
    await connection.execute(delete(second_factors).where(second_factors.c.user == user))


async def reseal(connection: AsyncConnection, resealed: Callable[[str], str]) -> int:
    """Seals every one anew, when the key has changed; how many there are."""
    rows = (await connection.execute(select(second_factors))).mappings().all()
    for row in rows:
        await connection.execute(
            update(second_factors)
            .where(second_factors.c.user == row["user"])
            .values(sealed=resealed(row["sealed"]))
        )
    return len(rows)


async def required_of(connection: AsyncConnection) -> frozenset[str]:
    """The roles on the installation that have to have one."""
    found = await people.read_setting(connection, REQUIRED_OF)
    return frozenset(found) if isinstance(found, list) else frozenset()


async def require_of(connection: AsyncConnection, roles: Iterable[InstallationRole]) -> None:
    """Has these roles have one, and no others."""
    await people.write_setting(connection, REQUIRED_OF, sorted(roles))
