"""The exit code of a test run is that of its tests, whatever the interpreter does at its end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PASSES = "def test_one(): pass\n"
FAILS = "def test_one(): raise ValueError('as expected')\n"
# Stands for the SDK's crash: whoever takes down the interpreter aborts.
ABORTS_AT_THE_END = """
import os, sys

class Aborting:
    def __del__(self, abort=os.abort):
        abort()

sys.aborting = Aborting()
"""


def run_tests(source: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    module = folder / "test_module.py"
    module.write_text(ABORTS_AT_THE_END + source)
    pytest_here = (sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"))
    return subprocess.run(
        [*pytest_here, "--rootdir", folder, *options, module],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "PYTEST" not in name},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["one process", "xdist"])
@pytest.mark.parametrize(
    ("source", "status", "report"),
    [(PASSES, 0, "1 passed"), (FAILS, 1, "ValueError: as expected"), ("", 5, "no tests ran")],
    ids=["passing", "failing", "empty"],
)
def test_a_run_ends_with_the_status_of_its_tests(
    source: str, status: int, report: str, options: tuple[str, ...], tmp_path: Path
):
    run = run_tests(source, tmp_path, "-p", "tests.servers.exits", *options)

    assert run.returncode == status, run.stderr
    assert report in run.stdout
    assert "Abort" not in run.stderr


def test_without_the_plug_in_the_crash_hides_it(tmp_path: Path):
    run = run_tests(PASSES, tmp_path)

    assert run.returncode == -signal.SIGABRT
    assert "1 passed" in run.stdout
