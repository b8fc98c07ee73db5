"""Traces from page to workflow to activity, by OpenTelemetry, where its environment asks for them.

OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) says where they go; all of OpenTelemetry's own
variables count. Without it nothing is traced and nothing is slowed down.
"""

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from structlog.typing import EventDict, WrappedLogger

_ASKED_BY = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_traced() -> bool:
    """Whether traces are asked for."""
    return any(name in os.environ for name in _ASKED_BY)


def configure_traces(process: str) -> None:
    """Sends this process's spans to where the environment says; `process` is `api` or `worker`."""
    if not is_traced():
        return
    resource = Resource.create({SERVICE_NAME: f"phaseline-{process}"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Names the trace that a message belongs to, for structlog."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace"] = f"{context.trace_id:032x}"
    return event
