"""How the HTTP server runs and ends: its own socket or an inherited one, true exit codes."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Generator
from types import FrameType
from typing import override

import structlog
import uvicorn
from fastapi import FastAPI

from api.app import PATIENCE, create_app
from api.cli.exits import REFUSED
from api.live import LiveChanges
from engine.runtime.garbage import quieten
from engine.runtime.settings import Settings
from engine.runtime.telemetry import configure_logs
from engine.runtime.temporal import TemporalUnreachable, connect
from engine.runtime.tracing import configure_traces

# What is still being answered is cut after this.
GRACE_SECONDS = 3
_LOOK_AGAIN = 0.1

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """Waits for Temporal before it serves, and lets go of listeners before it stops.

    uvicorn raises the signal again once it has stopped; here stopping on request is success.
    """

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._app = app

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        waiting = asyncio.create_task(connect(within=PATIENCE))
        while not waiting.done() and not self.should_exit:
            await asyncio.wait({waiting}, timeout=_LOOK_AGAIN)
        if self.should_exit:
            waiting.cancel()
            return
        try:
            waiting.result()
        except TemporalUnreachable as error:
            log.critical(str(error))
            sys.exit(REFUSED)
        try:
            await super().startup(sockets)
        except SystemExit:  # It has said why; its own code means something else here.
            sys.exit(REFUSED)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Browsers connect again by themselves, to a process that goes on.
        live: LiveChanges = self._app.state.live
        live.let_go()
        await super().shutdown(sockets)

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
    server = _Server(create_app(settings), settings)
    quieten()
    server.run(sockets=None if inherited is None else [inherited])
