"""Running `phaseline` as somebody types it, and judging what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.cli.main import commands

YES, REFUSED, WRONG_USAGE = 0, 1, 2


def run(
    *arguments: str | Path, given: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command that needs no installation."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        input=given,
        timeout=60,
        check=False,
        env={**os.environ, **variables},
    )


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def here(
    *arguments: str | Path, given: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command in this process: the same, without a new interpreter's two seconds."""
    done = CliRunner().invoke(commands, list(map(str, arguments)), input=given, env=variables)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def says_in_a_line(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """It has failed with one line for people, and nothing from the machinery."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr
