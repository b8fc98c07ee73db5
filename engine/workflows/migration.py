"""A migration of cards onto another version of their pipe: goes on until none waits any more.

What has come of which card stands in the database; so a worker that dies costs nothing but time.
"""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from engine.workflows.outbox import PATIENCE
    from engine.workflows.ports import Migrator

_WITHIN = timedelta(minutes=5)
# Whoever has not been heard of for so long is gone.
_HEARD_OF = timedelta(seconds=15)


@workflow.defn(name="Migration")
class MigrationWorkflow:
    """One migration, from its beginning until it is done or stopped."""

    @workflow.run
    async def run(self, migration: str) -> None:
        """Brings some cards over at a time."""
        while await workflow.execute_activity_method(
            Migrator.migrate_some,
            migration,
            start_to_close_timeout=_WITHIN,
            heartbeat_timeout=_HEARD_OF,
            retry_policy=PATIENCE,
        ):
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(migration)


def migration_workflow_id(migration: str) -> str:
    """The id of the workflow of a migration."""
    return f"migration/{migration}"
