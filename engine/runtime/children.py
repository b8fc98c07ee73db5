"""Processes that this one starts and keeps running: readiness, restarts with back-off, stopping."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import structlog

_TETHER = Path(__file__).with_name("tether.py")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
# A process that ran this long is not in a crash loop; its next restart is quick again.
_STEADY_AFTER = 30.0

log = structlog.get_logger(__name__)


class ChildFailed(Exception):
    """A process did not become ready; the message says which and what is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and how one sees that it works.

    Attributes:
        ready: Returns once the program does its work; is cancelled when it takes too long.
        output: The file its output is added to; None for where this process's goes.
        descriptors: Open files it inherits.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[None]]
    ready_within: float = 180.0
    stop_within: float = 10.0
    output: Path | None = None
    descriptors: tuple[int, ...] = field(default=())


class Child:
    """One running program, started again whenever it ends by itself."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process that runs at this moment."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Starts the program, waits until it is ready, and watches over it from then on.

        Raises:
            ChildFailed: It ended, or was not ready in time; it has been stopped then.
        """
        try:
            process = await self._spawn()
            await self._until_ready(process)
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._keep_running(), name=f"keep {self._program.name}")

    async def stop(self) -> None:
        """Asks the program to end, and ends it when it does not."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), self._program.stop_within)
        except TimeoutError:
            log.warning("killed a process that did not stop", program=self._program.name)
            process.kill()
            await process.wait()

    async def _spawn(self) -> asyncio.subprocess.Process:
        program = self._program
        written = program.output.open("ab") if program.output else contextlib.nullcontext()
        with written as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_TETHER), str(os.getpid())),
                *program.arguments,
                env=dict(program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=program.descriptors,
                # Ctrl-C reaches a terminal's whole process group; who stops first is decided here.
                process_group=0,
            )
        return self._process

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        program = self._program
        ready = asyncio.ensure_future(program.ready())
        ended = asyncio.create_task(process.wait())
        try:
            async with asyncio.timeout(program.ready_within):
                await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
                if not ready.done():
                    said = f"{program.name} ended with code {process.returncode} while it started."
                    raise ChildFailed(
                        f"{said} Its log is {program.output}." if program.output else said
                    )
                await ready
        except TimeoutError:
            raise ChildFailed(
                f"{program.name} was not ready within {program.ready_within:.0f} seconds."
            ) from None
        finally:
            for waiting in (ready, ended):
                waiting.cancel()

    async def _keep_running(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            started = monotonic()
            code = await self._process.wait() if self._process is not None else None
            if monotonic() - started > _STEADY_AFTER:
                pause = _FIRST_PAUSE
            log.error("a process ended; starting it again", program=self._program.name, code=code)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                await self._spawn()
            except OSError as error:
                self._process = None
                log.warning("cannot start it", program=self._program.name, error=str(error))
