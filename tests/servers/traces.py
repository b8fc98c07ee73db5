"""A collector of traces, as OpenTelemetry's exporters see one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    trace: str
    process: str
    name: str


@dataclass(slots=True, kw_only=True)
class Collector:
    address: str
    spans: list[Span] = field(default_factory=list)

    def traces(self) -> dict[str, set[tuple[str, str]]]:
        """The processes and names of spans, by trace."""
        found: dict[str, set[tuple[str, str]]] = {}
        for span in tuple(self.spans):
            found.setdefault(span.trace, set()).add((span.process, span.name))
        return found


@contextmanager
def collector() -> Iterator[Collector]:
    collected = Collector(address="")

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                (process,) = (
                    attribute.value.string_value
                    for attribute in resource.resource.attributes
                    if attribute.key == "service.name"
                )
                collected.spans += [
                    Span(trace=span.trace_id.hex(), process=process, name=span.name)
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        @override
        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    collected.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collected
    finally:
        server.shutdown()
        server.server_close()
