"""What leaves the installation, where nothing is set up that could send it."""

from typing import override

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine.workflows.automations import REFUSED
from engine.workflows.errands import SendStep
from engine.workflows.ports import Courier


class NoCourier(Courier):
    """Refuses, and says why: the run shows it, and can be run again later."""

    @override
    @activity.defn
    async def send_off(self, request: SendStep) -> str:
        message = "Nothing is set up that could send this."
        raise ApplicationError(message, message, type=REFUSED, non_retryable=True)
