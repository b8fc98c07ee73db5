"""The times of automations: each time that comes is a short workflow, begun by a schedule."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from engine.workflows.errands import ScheduledRun, TimetableEntry
    from engine.workflows.outbox import PATIENCE
    from engine.workflows.ports import Timetable

_SCHEDULED = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
# A pipe may have ten thousand open cards.
_WITHIN = timedelta(minutes=10)


@workflow.defn(name="Scheduled")
class ScheduledWorkflow:
    """One time of one automation."""

    @workflow.run
    async def run(self, entry: TimetableEntry) -> None:
        """Sets it off; the time is the one that was meant, however late it is."""
        info = workflow.info()
        at = info.typed_search_attributes.get(_SCHEDULED) or info.start_time
        await workflow.execute_activity_method(
            Timetable.begin_scheduled,
            ScheduledRun(entry=entry, at=at),
            start_to_close_timeout=_WITHIN,
            retry_policy=PATIENCE,
        )
