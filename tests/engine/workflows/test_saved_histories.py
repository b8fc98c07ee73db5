"""Histories that were saved by earlier versions replay to the same end: cards go on as they are."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from engine.encoding import decoded_card
from tests.engine.replaying import a_replayer, end_of
from tests.engine.workflows.saving import END

SAVED = sorted((Path(__file__).parents[2] / "data" / "histories").glob("*.json"))


def test_there_are_saved_histories():
    assert len(SAVED) >= 4


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
async def test_a_saved_history_replays_and_leads_to_the_same_card(path: Path):
    history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))

    await a_replayer().replay_workflow(history)

    end = path.with_suffix(END).read_text(encoding="utf-8")
    assert await end_of(history) == decoded_card(end)
