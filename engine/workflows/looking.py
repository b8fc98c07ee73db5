"""A card's looks at what is around it: those that are asked for while it looks become one more.

A thousand children that end at the same moment so cost their parent a few looks.
"""

from dataclasses import dataclass

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from engine.core.commands import Cause
    from engine.workflows.errands import LookRequest
    from engine.workflows.outbox import ATTEMPT, PATIENCE
    from engine.workflows.ports import Onlooker


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Whose looks they are, and what a run leaves to the next: a look that is still wanted."""

    card: str
    wanted: tuple[Cause, ...] | None = None


@workflow.defn(name="Looking")
class LookingWorkflow:
    """The looks of one card, as long as some are asked for."""

    @workflow.init
    def __init__(self, looks: Looks) -> None:
        self._wanted = looks.wanted

    @workflow.signal
    def again(self, chain: tuple[Cause, ...]) -> None:
        """Something has changed.

        Of what led to it the shortest chain counts: what goes on for ever has no other, and what
        people do in great number is not taken for it.
        """
        if self._wanted is None or len(chain) < len(self._wanted):
            self._wanted = chain

    @workflow.run
    async def run(self, looks: Looks) -> None:
        """Looks until nobody asks any more."""
        while self._wanted is not None:
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(Looks(card=looks.card, wanted=self._wanted))
            chain, self._wanted = self._wanted, None
            await workflow.execute_activity_method(
                Onlooker.look_again,
                LookRequest(card=looks.card, chain=chain),
                start_to_close_timeout=ATTEMPT,
                retry_policy=PATIENCE,
            )


def looking_workflow_id(card: str) -> str:
    """The id of the workflow of a card's looks."""
    return f"looking/{card}"
