"""A process ends with its own exit code, with everything written, whatever its libraries do."""

import subprocess
import sys

import pytest

ABORTS_WHEN_TORN_DOWN = """
import atexit, os
from engine.runtime.exits import leave
atexit.register(os.abort)
print("written", end="")
"""


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_process_leaves_with_its_code_and_its_output(code: int):
    ended = subprocess.run(
        [sys.executable, "-c", ABORTS_WHEN_TORN_DOWN + f"leave({code})"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert (ended.returncode, ended.stdout) == (code, "written")
