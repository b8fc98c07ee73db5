"""Starting a server for tests, so that it never outlives them."""

import asyncio
import contextlib
import ctypes
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_NOT_GIVEN_BY_THE_SYSTEM = (12_000, 32_000)
# Tests that seed the common generator would all choose the same.
_RANDOM = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Account:
    """The user a program runs as, when it is not the one who runs the tests."""

    user: int
    group: int


def free_port() -> int:
    """A port on which nobody listens.

    The system does not give it to an outgoing connection before the server has it, as it might
    do with one of its own choice.
    """
    while True:
        port = _RANDOM.randrange(*_NOT_GIVEN_BY_THE_SYSTEM)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    dies_by: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that writes to `log` and gets the signal `dies_by` when the tests die."""

    def leave_with_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, dies_by)

    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=environment,
            preexec_fn=leave_with_parent,  # noqa: PLW1509 -- prctl takes no lock
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )


def stop(server: subprocess.Popen[bytes], *, by: signal.Signals) -> None:
    server.send_signal(by)
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


async def until_it_listens(
    server: subprocess.Popen[bytes], port: int, *, log: Path, within_seconds: float = 20
) -> None:
    """Wait until the server takes connections, or fail with what it has written."""
    give_up = time.monotonic() + within_seconds
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(
                    f"{server.args!r} does not listen on port {port}; it wrote:\n{log.read_text()}"
                ) from None
            await asyncio.sleep(0.02)
        else:
            writer.close()
            await writer.wait_closed()
            return
