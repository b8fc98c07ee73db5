"""How commands administer: in one transaction on the configured database, noted as all else is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from api.cli.exits import REFUSED, WRONG_USAGE, refuse, settings_or_exit

if TYPE_CHECKING:
    from engine.core.administration import Act
    from engine.store.database import AsyncConnection


def with_database[T](work: "Callable[[AsyncConnection], Awaitable[T]]") -> T:
    """Does the work in one transaction on the configured database."""
    from engine.store.database import Database

    settings = settings_or_exit()

    async def write() -> T:
        database = Database(settings.database)
        try:
            await database.migrate()
            async with database.writing() as connection:
                return await work(connection)
        finally:
            await database.close()

    return asyncio.run(write())


def administer(*acts: "Act") -> None:
    """Does all of it; or nothing, and ends the command with every reason why not."""
    from engine import administration
    from engine.core.administration import Administrator
    from engine.core.reasons import ReasonCode
    from engine.gateway import utc_now
    from pipes.identifiers import UserId

    by = Administrator(user=UserId(""), way="command")
    try:
        with_database(
            lambda connection: administration.administer(connection, *acts, by=by, at=utc_now())
        )
    except administration.ActRefused as refused:
        misused = any(each.code == ReasonCode.INVALID_VALUE for each in refused.reasons)
        code = WRONG_USAGE if misused else REFUSED
        raise refuse(str(refused), code=code) from None
