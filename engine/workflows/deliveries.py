"""Deliveries as workflows: one for each, and one for each lane, which keeps them in order.

A lane is everything that goes from one card to one endpoint. What stands in it is in the database;
the lane has the first of it sent until nothing is left. A delivery is tried until it arrives or is
given up; the pauses between attempts are the activity's, which knows them.
"""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, FailureError
from temporalio.workflow import ActivityCancellationType, ChildWorkflowHandle

with workflow.unsafe.imports_passed_through():
    from engine.workflows.messages import Conclusion, DeliveryEnd, Lane
    from engine.workflows.outbox import ATTEMPT, HEARD_OF, PATIENCE
    from engine.workflows.ports import Deliverer

# Longer than anything outside is waited for.
_SENDING = timedelta(seconds=60)
# A lane goes on in a new run after so many.
_PER_RUN = 100


@workflow.defn(name="Delivery")
class DeliveryWorkflow:
    """One delivery, from its first attempt until it has arrived or is given up."""

    @workflow.init
    def __init__(self, delivery: str) -> None:
        self._delivery = delivery
        self._hurried = False

    @workflow.signal
    def hurry(self) -> None:
        """Makes the next attempt now."""
        self._hurried = True

    @workflow.run
    async def run(self, delivery: str) -> DeliveryEnd:
        """Tries until it has ended."""
        end = await self._send()
        while end is None:
            end = await self._send()
        if end.reason or end.values:
            await workflow.execute_activity_method(
                Deliverer.conclude,
                Conclusion(delivery=delivery, reason=end.reason, values=end.values),
                start_to_close_timeout=ATTEMPT * 2,
                retry_policy=PATIENCE,
            )
        if end.revived is not None:
            await workflow.execute_activity_method(
                Deliverer.hurry,
                end.revived,
                start_to_close_timeout=_SENDING,
                heartbeat_timeout=HEARD_OF,
                retry_policy=PATIENCE,
            )
        return end

    async def _send(self) -> DeliveryEnd | None:
        """How it ended; None if somebody would not wait for the next attempt."""
        self._hurried = False
        sending = workflow.start_activity_method(
            Deliverer.send,
            self._delivery,
            start_to_close_timeout=_SENDING,
            heartbeat_timeout=HEARD_OF,
            retry_policy=PATIENCE,
            # An attempt that is under way comes to its end before another one begins.
            cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        await workflow.wait_condition(lambda: sending.done() or self._hurried)
        if not sending.done():
            sending.cancel()
        try:
            return await sending
        except ActivityError:
            # Cancelled in the pause, or failed as the last attempt before it.
            if self._hurried:
                return None
            raise


@workflow.defn(name="Lane")
class LaneWorkflow:
    """One lane, for as long as something stands in it."""

    @workflow.init
    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._look_again = True
        self._first: ChildWorkflowHandle[DeliveryWorkflow, DeliveryEnd] | None = None

    @workflow.signal
    def look(self) -> None:
        """Says that something has been added."""
        self._look_again = True

    @workflow.signal
    async def hurry(self) -> None:
        """Has the first of it tried now."""
        self._look_again = True
        if self._first is not None and not self._first.done():
            with suppress(FailureError):  # It has ended meanwhile, and there is nothing to hurry.
                await self._first.signal(DeliveryWorkflow.hurry)

    @workflow.run
    async def run(self, lane: Lane) -> None:
        """Sends the first until nothing is left, or the endpoint is stopped."""
        for _ in range(_PER_RUN):
            if not await self._send_first():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._look_again:
                    return
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(lane)

    async def _send_first(self) -> bool:
        """Whether there was something to send that could be sent."""
        self._look_again = False
        first = await workflow.execute_activity_method(
            Deliverer.next_in_lane,
            self._lane,
            start_to_close_timeout=ATTEMPT,
            retry_policy=PATIENCE,
        )
        if first is None:
            return False
        self._first = await workflow.start_child_workflow(
            DeliveryWorkflow.run,
            first,
            id=delivery_workflow_id(first),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
        end = await self._first
        return end.state != "held"


def delivery_workflow_id(delivery: str) -> str:
    """The id of the workflow of a delivery."""
    return f"delivery/{delivery}"


def lane_workflow_id(lane: Lane) -> str:
    """The id of the workflow of a lane."""
    return f"lane/{lane.endpoint}/{lane.card}"
