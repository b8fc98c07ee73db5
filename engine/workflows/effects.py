"""What has to be done because of an event, as a workflow: one for each order, however slow."""

from typing import assert_never

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from engine.core.effects import (
        EffectOrder,
        LookAgainAt,
        RunAutomations,
        SendMail,
        SendWebhooks,
        TellDelegate,
        TellPeople,
    )
    from engine.workflows.automations import run_automations
    from engine.workflows.errands import LookRequest
    from engine.workflows.messages import DelegateRequest, TellRequest
    from engine.workflows.outbox import ATTEMPT, PATIENCE
    from engine.workflows.ports import Messenger, Onlooker


@workflow.defn(name="Effect")
class EffectWorkflow:
    """One order, from the moment that it was taken over until it is done."""

    @workflow.run
    async def run(self, order: EffectOrder) -> None:
        """Does it, however long the outside is away."""
        match order.effect:
            case TellPeople(notices=notices):
                request = TellRequest(
                    id=order.id, card=order.card, sequence=order.sequence, notices=notices
                )
                await workflow.execute_activity_method(
                    Messenger.tell,
                    request,
                    start_to_close_timeout=ATTEMPT,
                    retry_policy=PATIENCE,
                )
            case RunAutomations() as effect:
                await run_automations(order, effect)
            case LookAgainAt(card=card, chain=chain):
                await workflow.execute_activity_method(
                    Onlooker.look_again,
                    LookRequest(card=card, chain=chain),
                    start_to_close_timeout=ATTEMPT,
                    retry_policy=PATIENCE,
                )
            case TellDelegate(person=person, delegate=delegate):
                await workflow.execute_activity_method(
                    Messenger.tell_delegate,
                    DelegateRequest(
                        card=order.card, sequence=order.sequence, person=person, delegate=delegate
                    ),
                    start_to_close_timeout=ATTEMPT,
                    retry_policy=PATIENCE,
                )
            case SendWebhooks() | SendMail():
                return  # Deliveries have workflows of their own.
            case _ as unknown:
                assert_never(unknown)


def effect_workflow_id(order: EffectOrder) -> str:
    """The id of the workflow that does it: a second one cannot begin."""
    return f"effect/{order.id}"
