"""Handing over what follows from events, again and again in every worker."""

import asyncio

import structlog

from engine.gateway.relaying import Relay
from engine.store.database import UNAVAILABLE, DBAPIError

# What other processes have recorded is found this soon; what this one records, at once.
_EVERY_SECONDS = 0.2

log = structlog.get_logger(__name__)


class Relaying:
    """Rounds of a relay: on its own, and as soon as it is poked."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._poked = asyncio.Event()

    def poke(self) -> None:
        """Says that there is something to hand over."""
        self._poked.set()

    async def keep_going(self) -> None:
        """Hands over until it is cancelled; whatever goes wrong, the next round comes."""
        while True:
            try:
                handed_over = await self._relay.pass_on()
            except (*UNAVAILABLE, DBAPIError) as error:
                log.warning("cannot look for what follows from events", error=type(error).__name__)
                handed_over = 0
            if not handed_over:
                await self._until_poked()

    async def _until_poked(self) -> None:
        try:
            async with asyncio.timeout(_EVERY_SECONDS):
                await self._poked.wait()
        except TimeoutError:
            return
        self._poked.clear()
