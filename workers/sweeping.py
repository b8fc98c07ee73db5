"""Looking after commands whose sender did not come back, and after leaves that begin and end, again
and again in every worker.
"""

import asyncio
import random

import structlog

from engine.attaching import Attaching
from engine.gateway.sweeping import Sweeper
from engine.store.database import UNAVAILABLE, DBAPIError

_EVERY_SECONDS = 5.0
# Keys, and files that no card names, are forgotten about once an hour.
_ROUNDS_PER_FORGETTING = 720

log = structlog.get_logger(__name__)


async def keep_sweeping(sweeper: Sweeper, attaching: Attaching) -> None:
    """Sweeps until it is cancelled; whatever goes wrong, the next round comes."""
    rounds = 0
    while True:
        # Workers that were started together need not sweep together.
        await asyncio.sleep(_EVERY_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret.
        try:
            settled = await sweeper.sweep()
            await sweeper.notice_leaves()
            if rounds % _ROUNDS_PER_FORGETTING == 0:
                await sweeper.forget()
                await attaching.forget_unused()
        except (*UNAVAILABLE, DBAPIError) as error:
            log.warning("cannot look for unanswered commands", error=type(error).__name__)
            continue
        rounds += 1
        if settled:
            log.info("settled commands that were left behind", commands=settled)
