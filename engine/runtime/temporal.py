"""The connection to Temporal, by Temporal's standard environment configuration."""

import asyncio
import re
from datetime import timedelta
from time import monotonic

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError

from engine.runtime.converting import data_converter
from engine.runtime.tracing import is_traced

DEFAULT_ADDRESS = "localhost:7233"
_CAUSE = re.compile(r'message: "([^"]+)"')


class TemporalUnreachable(Exception):
    """Temporal did not answer in time; the message says where it was looked for."""


async def connect(*, within: timedelta) -> Client:
    """A client as the environment configures it, once Temporal answers and knows the namespace.

    Raises:
        TemporalUnreachable: It did not answer within that time.
    """
    configuration = ClientConfig.load_client_connect_config()
    address = configuration.get("target_host") or DEFAULT_ADDRESS
    namespace = configuration.get("namespace") or "default"
    give_up = monotonic() + within.total_seconds()
    while True:
        try:
            client = await Client.connect(
                address,
                namespace=namespace,
                api_key=configuration.get("api_key"),
                tls=configuration.get("tls"),
                rpc_metadata=configuration.get("rpc_metadata") or {},
                data_converter=data_converter,
                runtime=_runtime(),
                interceptors=[TracingInterceptor()] if is_traced() else [],
            )
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=namespace), timeout=timedelta(seconds=2)
            )
        except (RPCError, RuntimeError) as error:
            if monotonic() >= give_up:
                raise TemporalUnreachable(
                    f"Temporal does not answer at {address} for the namespace {namespace!r}:"
                    f" {_first_line(error)} Set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, or start"
                    " it."
                ) from None
            await asyncio.sleep(0.1)
        else:
            return client


async def keep_closed_runs_for(client: Client, retention: timedelta) -> None:
    """Sets how long the client's namespace remembers workflows that have ended."""
    length = Duration()
    length.FromTimedelta(retention)
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace,
            config=NamespaceConfig(workflow_execution_retention_ttl=length),
        )
    )


_RUNTIMES: list[Runtime] = []


def _runtime() -> Runtime:
    """The one runtime of this process; its own messages only where they are errors."""
    if not _RUNTIMES:
        logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
        _RUNTIMES.append(Runtime(telemetry=TelemetryConfig(logging=logging)))
    return _RUNTIMES[0]


def _first_line(error: Exception) -> str:
    named = _CAUSE.search(str(error))
    if named is not None:  # The client writes out its whole chain of errors.
        return f"{named[1]}."
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".") + "."
