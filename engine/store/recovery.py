"""Recovery codes: each sets a new password once, and is kept as a hash alone."""

from collections.abc import Iterable

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.people import hashed
from engine.store.sign_in_tables import recovery_codes
from pipes.identifiers import Instant


async def replace(
    connection: AsyncConnection, user: str, codes: Iterable[str], at: Instant
) -> None:
    """Keeps somebody's codes; those they had before are of no use any more."""
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
    rows = [{"hash": _hash(user, code), "user": user, "made_at": at} for code in codes]
    await connection.execute(insert(recovery_codes), rows)


async def use(connection: AsyncConnection, user: str, code: str) -> bool:
    """Uses a code up; false if the person has no such code."""
    used = await connection.execute(
        delete(recovery_codes)
        .where(and_(recovery_codes.c.user == user, recovery_codes.c.hash == _hash(user, code)))
        .returning(recovery_codes.c.hash)
    )
    return used.scalar_one_or_none() is not None


async def count(connection: AsyncConnection, user: str) -> int:
    """How many codes somebody has left."""
    counted: int = (
        await connection.execute(
            select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user == user)
        )
    ).scalar_one()
    return counted


def _hash(user: str, code: str) -> str:
    """A code has 95 bits of chance, so that a plain hash is enough; typed in any way."""
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    return hashed(f"{user}:{plain}")
