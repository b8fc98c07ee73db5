"""Having cards do what is due, again and again in every worker."""

import asyncio
from collections import deque

import structlog

from engine.gateway import GatewayError
from engine.gateway.ringing import Ringer
from engine.store.database import UNAVAILABLE, DBAPIError

# Two keep two cores busy: three and four did no more in a second, and held people's moves up.
AT_ONCE = 2
_TAKEN_AT_A_TIME = 16
# What other processes have recorded meanwhile is looked for this often.
_LOOKS_EVERY = 0.5

log = structlog.get_logger(__name__)


async def keep_ringing(ringer: Ringer) -> None:
    """Rings until it is cancelled; whatever goes wrong, the next card comes."""
    line = _Line(ringer)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_ring_one_after_the_other(ringer, line))


async def _ring_one_after_the_other(ringer: Ringer, line: "_Line") -> None:
    while True:
        card = await line.next()
        try:
            await ringer.ring(card)
        except (GatewayError, *UNAVAILABLE, DBAPIError) as error:
            log.warning("cannot do what is due yet", card=card, error=type(error).__name__)


class _Line:
    """The cards for which something is due, as they are taken from the database."""

    def __init__(self, ringer: Ringer) -> None:
        self._ringer = ringer
        self._taken: deque[str] = deque()
        self._turn = asyncio.Lock()

    async def next(self) -> str:
        """The next card, as soon as there is one."""
        async with self._turn:
            while not self._taken:
                try:
                    await self._look()
                except (*UNAVAILABLE, DBAPIError) as error:
                    log.warning("cannot look for what is due", error=type(error).__name__)
                    await asyncio.sleep(_LOOKS_EVERY)
            return self._taken.popleft()

    async def _look(self) -> None:
        pause = await self._ringer.until_next()
        if pause is None or pause.total_seconds() > 0:
            seconds = _LOOKS_EVERY if pause is None else pause.total_seconds()
            await asyncio.sleep(min(seconds, _LOOKS_EVERY))
        else:
            self._taken.extend(await self._ringer.take(_TAKEN_AT_A_TIME))
