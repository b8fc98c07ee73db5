"""Child processes become ready, are started again, stop, and never outlive their parent."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from engine.runtime.children import Child, ChildFailed, Program
from tests.eventually import eventually

WAITS = "import sys, time; open(sys.argv[1], 'a').write('started\\n'); time.sleep(60)"
IGNORES_SIGTERM = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "open(sys.argv[1], 'a').write('started\\n'); time.sleep(60)"
)


def program(code: str, marks: Path, *, ready_within: float = 10, stop_within: float = 5) -> Program:
    async def has_started() -> None:
        await eventually(marks.exists, within_seconds=60)

    return Program(
        name="the child",
        arguments=[sys.executable, "-c", code, str(marks)],
        environment=os.environ,
        ready=has_started,
        ready_within=ready_within,
        stop_within=stop_within,
    )


def starts(marks: Path) -> int:
    return marks.read_text().count("started")


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_child_runs_until_it_is_stopped(tmp_path: Path):
    child = Child(program(WAITS, tmp_path / "marks"))
    await child.start()
    pid = child.pid
    assert pid is not None
    assert runs(pid)

    await child.stop()

    assert not runs(pid)
    assert starts(tmp_path / "marks") == 1


async def test_a_child_that_was_killed_is_started_again(tmp_path: Path):
    child = Child(program(WAITS, tmp_path / "marks"))
    await child.start()
    pid = child.pid
    assert pid is not None

    os.kill(pid, signal.SIGKILL)

    await eventually(lambda: starts(tmp_path / "marks") == 2)
    await child.stop()


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path):
    child = Child(program(IGNORES_SIGTERM, tmp_path / "marks", stop_within=0.1))
    await child.start()
    pid = child.pid
    assert pid is not None

    await child.stop()

    assert not runs(pid)


@pytest.mark.parametrize(
    ("code", "within", "words"),
    [
        ("raise SystemExit(3)", 10, "ended with code 3"),
        ("import time; time.sleep(60)", 0.2, "was not ready within"),
    ],
    ids=["ends", "is slow"],
)
async def test_a_child_that_does_not_become_ready_is_reported(
    code: str, within: float, words: str, tmp_path: Path
):
    child = Child(program(code, tmp_path / "marks", ready_within=within))

    with pytest.raises(ChildFailed, match=words):
        await child.start()

    assert child.pid is None or not runs(child.pid)


PARENT = """
import asyncio, os, sys
from engine.runtime.children import Child, Program

async def ready(): pass

async def main():
    waits = [sys.executable, "-c", "import time; time.sleep(60)"]
    child = Child(
        Program(name="the child", arguments=waits, environment=os.environ, ready=ready)
    )
    await child.start()
    print(child.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_child_dies_with_a_parent_that_was_killed():
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert runs(pid)

    parent.kill()
    await parent.wait()

    await eventually(lambda: not runs(pid))
