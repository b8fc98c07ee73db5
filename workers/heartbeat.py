"""Being heard of: an activity that waits for the outside says all the while that it lives.

When its worker dies, another one takes over within seconds, and a slow receiver has all its time.
"""

import asyncio
from collections.abc import Coroutine

from temporalio import activity

_EVERY_SECONDS = 1.0


async def heard_of[T](work: Coroutine[object, object, T]) -> T:
    """Does the work of an activity, and says every second that it goes on; what is quick says
    nothing.

    Who would not wait for it any longer does not interrupt it: what has been begun outside comes to
    its end. A worker that is stopped does.
    """
    doing = asyncio.create_task(work)
    try:
        while True:
            try:
                await asyncio.wait((doing,), timeout=_EVERY_SECONDS)
            except asyncio.CancelledError:
                if not _is_only_wanted_sooner():
                    raise
            if doing.done():
                return doing.result()
            activity.heartbeat()
    finally:
        doing.cancel()
        # What it holds, a connection say, it gives back before the activity ends.
        await asyncio.gather(doing, return_exceptions=True)


def _is_only_wanted_sooner() -> bool:
    """Whether it was cancelled by its workflow, and not because the worker stops or is given up."""
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested and not details.worker_shutdown
