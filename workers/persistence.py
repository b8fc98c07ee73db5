"""How often what the rules refuse an automation is tried: the reason may lie in the world."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from engine.workflows.automations import REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How often a refused step is tried, and how soon after the first time; then ever later.

    By default a run has failed after about six minutes.
    """

    tries: int = 6
    first_pause: timedelta = timedelta(seconds=1)

    def insist(self, reasons: Iterable[str]) -> None:
        """Ends this attempt of an activity so that another one comes, unless it was the last.

        Raises:
            ApplicationError: It was not the last.
        """
        if activity.info().attempt < self.tries:
            raise self.refusal(reasons)

    def refusal(self, reasons: Iterable[str], *, tries: int | None = None) -> ApplicationError:
        """What an activity raises that was refused; the last time it is for good."""
        attempt = activity.info().attempt
        return ApplicationError(
            "The rules do not allow it.",
            *reasons,
            type=REFUSED,
            non_retryable=attempt >= (tries or self.tries),
            next_retry_delay=self.first_pause * float(3 ** (attempt - 1)),
            # It is shown with the run, to whoever can mend it, and nothing to fill a log with.
            category=ApplicationErrorCategory.BENIGN,
        )
