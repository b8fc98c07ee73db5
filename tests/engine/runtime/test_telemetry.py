"""Logs: what failed is told with its place, and without what was at hand."""

import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from engine.runtime.settings import Settings
from engine.runtime.telemetry import configure_logs

KEY = "swordfish"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def opens_the_door(key: str) -> None:
    if key:
        raise ValueError("The door is stuck.")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_failure_does_not_tell_what_was_at_hand(
    log_format: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(log_format=log_format))

    try:
        opens_the_door(KEY)
    except ValueError:
        logging.getLogger("doors").exception("It failed.")

    told = capsys.readouterr().err
    assert "The door is stuck." in told
    assert "opens_the_door" in told
    assert KEY not in told
