"""How automations run: in the definition's order, each step once, without waiting for failures."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import assert_never

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from engine.core.automations import Step, StepElsewhere, StepOnCard
    from engine.core.effects import (
        EffectOrder,
        RunAutomations,
        RunOrder,
        run_orders,
        step_id,
    )
    from engine.workflows.deliveries import DeliveryWorkflow, delivery_workflow_id
    from engine.workflows.errands import (
        AskErrand,
        CardStep,
        CreateErrand,
        CreateStep,
        OtherStep,
        Planned,
        RunReport,
        SendErrand,
        SendStep,
        Stopped,
        Unmet,
        WriteErrand,
        WriteStep,
    )
    from engine.workflows.outbox import ATTEMPT, PATIENCE
    from engine.workflows.ports import Automator, Courier

# An automation that takes longer, or is tried again, does not hold up those after it.
HEAD_START = timedelta(seconds=3)
# Cards written at the same time for one step.
_AT_A_TIME = 20
REFUSED = "refused"


async def run_automations(order: EffectOrder, effect: RunAutomations) -> None:
    """Runs the automations of an event, one after the other as long as all goes well."""
    runs = run_orders(order, effect)
    tasks: list[asyncio.Task[None]] = []
    for each in runs:
        task = asyncio.create_task(_run(each))
        tasks.append(task)
        if len(runs) > 1:
            await workflow.wait([task], timeout=HEAD_START.total_seconds())
    await asyncio.gather(*tasks)


async def _run(order: RunOrder) -> None:
    plan = await workflow.execute_activity_method(
        Automator.plan, order, start_to_close_timeout=ATTEMPT, retry_policy=PATIENCE
    )
    match plan:
        case Unmet():
            return
        case Stopped(reasons=reasons):
            await _finish(
                RunReport(order=order, done=(), reasons=reasons, failed_step=order.first_step)
            )
        case Planned(steps=steps):
            await _finish(await _take_steps(order, steps))
        case _ as unknown:
            assert_never(unknown)


async def _finish(report: RunReport) -> None:
    await workflow.execute_activity_method(
        Automator.finish, report, start_to_close_timeout=ATTEMPT, retry_policy=PATIENCE
    )


async def _take_steps(order: RunOrder, steps: tuple[Step, ...]) -> RunReport:
    done: list[str] = []
    for number, step in enumerate(steps):
        if number < order.first_step:
            continue
        try:
            done.append(await _take(order, step))
        except ActivityError as error:
            reasons = _reasons(error)
            return RunReport(order=order, done=tuple(done), reasons=reasons, failed_step=number)
    return RunReport(order=order, done=tuple(done))


async def _take(order: RunOrder, step: Step) -> str:
    match step:
        case StepOnCard():
            return await workflow.execute_activity_method(
                Automator.act,
                CardStep(order=order, step=step),
                start_to_close_timeout=ATTEMPT,
                retry_policy=PATIENCE,
            )
        case StepElsewhere():
            return await _go_elsewhere(order, step)
        case _ as unknown:
            assert_never(unknown)


async def _go_elsewhere(order: RunOrder, step: StepElsewhere) -> str:
    """Does what leaves the card; what was worked out once stays so, however often it is tried."""
    errand = await workflow.execute_activity_method(
        Automator.work_out,
        OtherStep(order=order, step=step),
        start_to_close_timeout=ATTEMPT,
        retry_policy=PATIENCE,
    )
    match errand:
        case CreateErrand():
            return await workflow.execute_activity_method(
                Automator.create,
                CreateStep(order=order, step=step, errand=errand),
                start_to_close_timeout=ATTEMPT * 2,
                retry_policy=PATIENCE,
            )
        case WriteErrand(cards=cards):
            for begin in range(0, len(cards), _AT_A_TIME):
                some = cards[begin : begin + _AT_A_TIME]
                await asyncio.gather(*(_write(order, step, errand, card) for card in some))
            many = "1 connected card" if len(cards) == 1 else f"{len(cards)} connected cards"
            return f"wrote {errand.labels or ', '.join(errand.values)} of {many}"
        case SendErrand():
            return await workflow.execute_activity_method(
                Courier.send_off,
                SendStep(id=step_id(order, step.index), order=order, step=step),
                start_to_close_timeout=ATTEMPT,
                retry_policy=PATIENCE,
            )
        case AskErrand():
            return await _ask(order, step)
        case _ as unknown:
            assert_never(unknown)


async def _ask(order: RunOrder, step: StepElsewhere) -> str:
    """Sends a request and waits for its end: what comes after it may look at the answer."""
    delivery = await workflow.execute_activity_method(
        Courier.ask,
        SendStep(id=step_id(order, step.index), order=order, step=step),
        start_to_close_timeout=ATTEMPT,
        retry_policy=PATIENCE,
    )
    # After a rebuilding it may be on its way already: then `hear` waits for its end.
    with suppress(WorkflowAlreadyStartedError):
        await workflow.execute_child_workflow(
            DeliveryWorkflow.run, delivery, id=delivery_workflow_id(delivery)
        )
    return await workflow.execute_activity_method(
        Courier.hear, delivery, start_to_close_timeout=ATTEMPT, retry_policy=PATIENCE
    )


async def _write(order: RunOrder, step: StepElsewhere, errand: WriteErrand, card: str) -> None:
    await workflow.execute_activity_method(
        Automator.write,
        WriteStep(order=order, step=step, card=card, values=errand.values),
        start_to_close_timeout=ATTEMPT,
        retry_policy=PATIENCE,
    )


def _reasons(error: ActivityError) -> tuple[str, ...]:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == REFUSED and cause.details:
        return tuple(map(str, cause.details))
    return (str(cause or error),)
