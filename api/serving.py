"""How the HTTP server runs and ends: its own socket or an inherited one, true exit codes."""

import contextlib
import signal
import socket
from collections.abc import Generator
from types import FrameType
from typing import override

import uvicorn

from api.app import create_app
from engine.runtime.garbage import quieten
from engine.runtime.settings import Settings
from engine.runtime.telemetry import configure_logs
from engine.runtime.tracing import configure_traces

# Open streams of server-sent events are cut after this; browsers connect again by themselves.
_GRACE_SECONDS = 3


class _Server(uvicorn.Server):
    """uvicorn raises the signal again once it has stopped; here stopping on request is success."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            self.handle_exit(number, frame)

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(settings: Settings, inherited: socket.socket | None) -> None:
    """Serves the API and the pages until the process is told to stop."""
    configure_logs(settings)
    configure_traces("api")
    server = _Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    quieten()
    server.run(sockets=None if inherited is None else [inherited])
