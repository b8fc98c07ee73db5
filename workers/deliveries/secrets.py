"""Secrets of the installation, opened for the moment in which they are used."""

from collections.abc import Callable

from engine.runtime.sealing import Sealer
from engine.store import secrets
from engine.store.database import Database
from engine.store.endpoints import Endpoint
from engine.store.secrets import NO_PIPE
from pipes.identifiers import Instant


class Secrets:
    """Opens secrets; the key is asked for when the first one is."""

    def __init__(self, database: Database, sealer: Callable[[], Sealer]) -> None:
        self._database = database
        self._sealer = sealer

    async def valid(self, pipe: str, name: str, now: Instant) -> tuple[str, ...]:
        """The secrets of that name that are valid now, the newest first.

        Raises:
            SettingsError: There is no key.
            CannotOpen: They were sealed with another key.
        """
        async with self._database.reading() as connection:
            sealed = await secrets.valid(connection, pipe, name, now)
        return tuple(map(self._sealer().open, sealed))

    async def signing(self, endpoint: Endpoint, now: Instant) -> tuple[str, ...]:
        """The secrets that sign what goes to an endpoint; none where it has none.

        Raises:
            SettingsError: There is no key.
            CannotOpen: They were sealed with another key.
        """
        if endpoint.origin == "admin":
            return await self.valid(NO_PIPE, endpoint.id, now)
        if endpoint.secret is None:
            return ()
        return await self.valid(endpoint.pipe or NO_PIPE, endpoint.secret, now)
