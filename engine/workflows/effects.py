"""What has to be done because of an event, as a workflow: one for each order, however slow."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from engine.core.effects import EffectOrder, TellPeople
    from engine.workflows.messages import TellRequest
    from engine.workflows.outbox import ATTEMPT, PATIENCE
    from engine.workflows.ports import Messenger


@workflow.defn(name="Effect")
class EffectWorkflow:
    """One order, from the moment that it was taken over until it is done."""

    @workflow.run
    async def run(self, order: EffectOrder) -> None:
        """Does it, however long the outside is away."""
        match order.effect:
            case TellPeople(notices=notices):
                await workflow.execute_activity_method(
                    Messenger.tell,
                    TellRequest(
                        id=order.id, card=order.card, sequence=order.sequence, notices=notices
                    ),
                    start_to_close_timeout=ATTEMPT,
                    retry_policy=PATIENCE,
                )


def effect_workflow_id(order: EffectOrder) -> str:
    """The id of the workflow that does it: a second one cannot begin."""
    return f"effect/{order.id}"
