"""Tries of an automation's steps that came to nothing, noted with the run as they happen.

So a card's page and a pipe's admins see what fails while it is tried again, not only at its end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine.gateway import utc_now
from engine.store import runs
from engine.store.database import UNAVAILABLE, Database
from engine.workflows.outbox import PATIENCE


@asynccontextmanager
async def tries_noted(database: Database, run: str) -> AsyncIterator[None]:
    """Around an attempt at a step of a run: notes that it has failed, or goes well at last.

    Whatever it raises is raised on; that it could not be noted is no failure of the step.
    """
    attempt = activity.info().attempt
    try:
        yield
    except Exception as error:
        pause = _pause_after(error, attempt)
        with suppress(*UNAVAILABLE):
            async with database.writing() as connection:
                await runs.note_failed_try(
                    connection,
                    run,
                    tries=attempt,
                    reasons=_reasons(error),
                    next_try_at=None if pause is None else utc_now() + pause,
                )
        raise
    if attempt > 1:
        with suppress(*UNAVAILABLE):
            async with database.writing() as connection:
                await runs.note_success(connection, run)


def _reasons(error: Exception) -> tuple[str, ...]:
    if isinstance(error, ApplicationError):
        return tuple(map(str, error.details)) or (error.message,)
    # Not a rule but a fault, of which the log of the workers says more than a card should.
    return (f"Phaseline could not do it ({type(error).__name__}) and tries until it can.",)


def _pause_after(error: Exception, attempt: int) -> timedelta | None:
    """How long until the next attempt; None if there is none."""
    if isinstance(error, ApplicationError) and error.non_retryable:
        return None
    if isinstance(error, ApplicationError) and error.next_retry_delay is not None:
        return error.next_retry_delay
    longest = PATIENCE.maximum_interval or PATIENCE.initial_interval
    # Doubled so often that it is the longest by then, and no number too large for a pause.
    grown = PATIENCE.initial_interval * PATIENCE.backoff_coefficient ** min(attempt - 1, 20)
    return min(grown, longest)
