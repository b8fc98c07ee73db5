"""Histories that were saved by earlier versions replay: cards that are under way go on."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.engine.replaying import a_replayer

SAVED = sorted((Path(__file__).parents[2] / "data" / "histories").glob("*.json"))


def test_there_are_saved_histories():
    assert len(SAVED) >= 4


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
async def test_a_saved_history_replays(path: Path):
    history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))

    await a_replayer().replay_workflow(history)
