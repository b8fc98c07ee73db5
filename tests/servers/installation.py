"""A whole Phaseline as `phaseline up` starts it, in its own folder, for tests that break it."""

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from tests.servers.process import free_port, start, stop

type Part = Literal["temporal", "worker", "api"]

_MARKS: dict[Part, bytes] = {
    "temporal": b"start-dev",
    "worker": b"\0workers",
    "api": b"\0api\0--inherited-socket",
}
_OF_TESTS = {
    "PHASELINE_ALLOWED_NETWORKS": "127.0.0.0/8",
    "PHASELINE_REPLY_ADDRESS": "replies@example.com",
}
_STARTED_WITHIN = 120.0
_STOP_WITHIN = 30.0
_COMMAND_WITHIN = 300.0


@dataclass(slots=True, kw_only=True)
class Installation:
    """One data folder; started, and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @property
    def one_time_password(self) -> str:
        found = re.search(r"one-time password (\S+)", self.said)
        assert found, self.said
        return found[1]

    @property
    def _log(self) -> Path:
        return self.folder / "said.log"

    async def start(self) -> float:
        """Starts it and waits for its address; how many seconds that took."""
        began = time.monotonic()
        command = [sys.executable, "-m", "api.cli.main", "up", "--port", str(self.port)]
        self.process = start(
            [*command, "--data", str(self.data)],
            log=self._log,
            # Tests receive on this machine what is sent outside.
            environment={**os.environ, **_OF_TESTS},
        )
        while "open http" not in self.said:
            if self.process.poll() is not None or time.monotonic() - began > _STARTED_WITHIN:
                raise RuntimeError(f"It did not start; it said:\n{self.said}")
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    def ask_to_stop(self) -> int:
        """Stops it as Ctrl-C does; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=_STOP_WITHIN)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            stop(self.process, by=signal.SIGTERM)

    def kill(self, part: Part) -> None:
        """Ends one of its processes without warning."""
        os.kill(self.pid(part), signal.SIGKILL)

    async def kill_before_its_work_is_heard_of(self) -> None:
        """Ends the worker when what it was about to write is written, and Temporal not told of it.

        Everything on its way waits for the database first; so whatever it does for a card, each
        such step was taken, and is going to be taken again.
        """
        temporal = self.pid("temporal")
        with self.held_database():
            await asyncio.sleep(0.4)
            os.kill(temporal, signal.SIGSTOP)
        try:
            await asyncio.sleep(0.4)
            self.kill("worker")
        finally:
            os.kill(temporal, signal.SIGCONT)

    @contextmanager
    def held_database(self) -> Iterator[None]:
        """Nobody else writes into the database meanwhile."""
        holder = sqlite3.connect(self.data / "phaseline.db", isolation_level=None)
        try:
            holder.execute("BEGIN IMMEDIATE")
            yield
            holder.execute("ROLLBACK")
        finally:
            holder.close()

    def pid(self, part: Part) -> int:
        assert self.process is not None
        for child in _children(self.process.pid):
            if _MARKS[part] in _command_line(child):
                return child
        raise LookupError(f"There is no {part}; it said:\n{self.said}")

    async def until_ready(self) -> None:
        """Waits until the API answers that everything it needs is there."""
        give_up = time.monotonic() + _STARTED_WITHIN
        async with httpx.AsyncClient(base_url=self.address, timeout=5) as client:
            while True:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                assert time.monotonic() < give_up, self.said
                await asyncio.sleep(0.1)

    def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a `phaseline` command on the same data folder."""
        return subprocess.run(
            [sys.executable, "-m", "api.cli.main", *arguments],
            capture_output=True,
            text=True,
            input=given,
            timeout=_COMMAND_WITHIN,
            check=False,
            env={**os.environ, **_OF_TESTS, "PHASELINE_DATA": str(self.data)},
        )

    def client(self, user: str = "owner") -> httpx.AsyncClient:
        """A program that acts as this user."""
        scopes = [
            part
            for scope in ("cards:read", "cards:write", "pipes:write", "admin")
            for part in ("--scope", scope)
        ]
        made = self.command("token", "create", user, *scopes)
        assert made.returncode == 0, made.stderr
        return httpx.AsyncClient(
            base_url=f"{self.address}/api/v1",
            headers={"Authorization": f"Bearer {made.stdout.strip()}"},
            timeout=20,
        )


@asynccontextmanager
async def installation(folder: Path) -> AsyncIterator[Installation]:
    made = Installation(folder=folder)
    await made.start()
    try:
        yield made
    finally:
        made.end()


async def all_pages(client: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    """The items of a list, from its first page to its last."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        further = {"cursor": cursor} if cursor else {}
        answer = await client.get(address, params={**httpx.URL(address).params, **further})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        cursor = page.get("next_cursor")
        if cursor is None:
            return found


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(each) for each in text.split()]


def _command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""
