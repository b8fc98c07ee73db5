"""Somebody's mail, as a workflow: what they are told goes out at once, and gathered when many."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from engine.core.channels import WITHIN, next_mail_at, still_counted
    from engine.workflows.outbox import HEARD_OF
    from engine.workflows.ports import Postman
    from pipes.identifiers import Instant

_ATTEMPT = timedelta(seconds=60)
# A mail server that is away for the night has everything in the morning.
_PATIENCE = RetryPolicy(
    initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Whose post it is, and what a run leaves to the next.

    Attributes:
        sent: When the latest mails went out.
    """

    user: str
    sent: tuple[Instant, ...] = ()
    has_waiting: bool = False


@workflow.defn(name="Post")
class PostWorkflow:
    """The post of one person, for as long as there is some."""

    @workflow.init
    def __init__(self, post: Post) -> None:
        self._has_waiting = post.has_waiting
        self._sent = post.sent

    @workflow.signal
    def arrived(self) -> None:
        """Something is to be mailed; what, is in the database."""
        self._has_waiting = True

    @workflow.run
    async def run(self, post: Post) -> None:
        """Mails what arrives, until nothing has arrived for a while."""
        while await self._anything_waits():
            pause = next_mail_at(self._sent, workflow.now()) - workflow.now()
            if pause > timedelta(0):
                await workflow.sleep(pause)
            self._has_waiting = False
            await workflow.execute_activity_method(
                Postman.mail_what_waits,
                post.user,
                start_to_close_timeout=_ATTEMPT,
                heartbeat_timeout=HEARD_OF,
                retry_policy=_PATIENCE,
            )
            now = workflow.now()
            self._sent = (*still_counted(self._sent, now), now)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    Post(user=post.user, sent=self._sent, has_waiting=self._has_waiting)
                )

    async def _anything_waits(self) -> bool:
        try:
            await workflow.wait_condition(lambda: self._has_waiting, timeout=WITHIN)
        except TimeoutError:
            return self._has_waiting  # It may have come at the same moment.
        return True


def post_workflow_id(user: str) -> str:
    """The id of the workflow of somebody's post."""
    return f"post/{user}"
