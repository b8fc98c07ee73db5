"""Who people are to an OpenID Connect provider."""

from sqlalchemy import and_, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.store.people import User, read_user
from engine.store.sign_in_tables import identities
from pipes.identifiers import Instant


async def find(connection: AsyncConnection, issuer: str, subject: str) -> User | None:
    """The account of whom the provider calls so."""
    user = (
        await connection.execute(
            select(identities.c.user).where(
                and_(identities.c.issuer == issuer, identities.c.subject == subject)
            )
        )
    ).scalar_one_or_none()
    return None if user is None else await read_user(connection, user)


async def add(
    connection: AsyncConnection, issuer: str, subject: str, user: str, at: Instant
) -> None:
    """Keeps who somebody is to the provider."""
    await connection.execute(
        insert(identities).values(issuer=issuer, subject=subject, user=user, added_at=at)
    )


async def has_any(connection: AsyncConnection, user: str) -> bool:
    """Whether somebody signs in through a provider."""
    found = await connection.execute(
        select(identities.c.subject).where(identities.c.user == user).limit(1)
    )
    return found.first() is not None
