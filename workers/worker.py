"""A worker: Temporal's task queue with the workflows and the activities; nothing is decided."""

from datetime import timedelta
from importlib.metadata import version

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import (
    PollerBehaviorAutoscaling,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
)

from engine.runtime.settings import Settings
from workers.ports import WORKFLOWS, Ports

# What a worker takes it has to finish in ten seconds, or it counts for nothing and another begins
# anew. After an outage on a busy machine fifty at a time all came too late, for ever; so few are
# done one after the other in time, and the others wait where waiting costs nothing.
TASKS_AT_A_TIME = 8
# How long cards of a worker that died wait before another one takes them over.
_STICKY = timedelta(seconds=2)
GRACE = timedelta(seconds=5)
# How often Temporal is told at most that an activity goes on: a few times before it is given up.
_HEARTBEATS = timedelta(seconds=2)


def card_worker(client: Client, settings: Settings, ports: Ports) -> Worker:
    """The worker as production runs it.

    Workflow code runs without the sandbox, at half the price; tests run it inside.
    """
    pollers = PollerBehaviorAutoscaling(minimum=1, maximum=50, initial=5)
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=ports.activities(),
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=settings.cached_cards,
        max_concurrent_workflow_tasks=TASKS_AT_A_TIME,
        max_concurrent_activities=20,
        workflow_task_poller_behavior=pollers,
        activity_task_poller_behavior=pollers,
        sticky_queue_schedule_to_start_timeout=_STICKY,
        max_heartbeat_throttle_interval=_HEARTBEATS,
        graceful_shutdown_timeout=GRACE,
        deployment_config=_deployment(settings),
        # Where builds are not told apart, each card holds this name eight times; the SDK's own has
        # 32 digits.
        build_id=None if settings.build_id else version("phaseline"),
    )


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """The build that the worker belongs to, where several are told apart.

    Cards go over to another build at their next step: a card may sleep for months, and nobody
    wants to keep an old build running for it. That its history replays there is tested.
    """
    if settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(
            deployment_name=settings.task_queue, build_id=settings.build_id
        ),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
