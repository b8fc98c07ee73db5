"""Which build of the workers runs the cards: Temporal's worker versioning, moved on and back."""

import asyncio
from datetime import timedelta

from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

_LOOK_AGAIN = 0.2


class NoSuchBuild(Exception):
    """No worker of that build has come to work in time."""


async def make_current(client: Client, deployment: str, build: str, *, within: timedelta) -> None:
    """Hands all cards to the workers of a build, as soon as one of them is at work.

    Cards go over at their next step. An earlier build takes them back in the same way.

    Raises:
        NoSuchBuild: None came within that time; nothing has changed.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment,
        build_id=build,
        identity=client.identity,
    )
    try:
        async with asyncio.timeout(within.total_seconds()):
            while True:
                if await _accepted(client, request):
                    return
                await asyncio.sleep(_LOOK_AGAIN)
    except TimeoutError:
        raise NoSuchBuild(
            f"No worker of build {build!r} is at work on {deployment!r}: start one with"
            f" PHASELINE_BUILD_ID={build}."
        ) from None


async def _accepted(client: Client, request: SetWorkerDeploymentCurrentVersionRequest) -> bool:
    try:
        await client.workflow_service.set_worker_deployment_current_version(request)
    except RPCError as error:
        # Before a worker of the build has polled, Temporal does not know it.
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            return False
        raise
    return True
