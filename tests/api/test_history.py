"""What the history of a card says, and that it says each thing once."""

from zoneinfo import ZoneInfo

import pytest

from api.pages.history import Historian
from api.pages.reader import Names
from engine.core.commands import MoveCard, RejectRequest
from engine.locales import Locale
from pipes.identifiers import TransitionId
from tests.builders import Course, a_life, a_pipe_with_way


def told(life: Course) -> list[str]:
    """The lines of the history, with what people said below them."""
    historian = Historian(
        definition=life.pipe.definition,
        hidden=frozenset(),
        names=Names(by_id={}),
        now=life.now,
        locale=Locale(zone=ZoneInfo("UTC")),
    )
    entries = [historian.entry(event) for event in life.history]
    return [f"{each.what} {each.text_html.striptags()}".strip() for each in entries]


@pytest.mark.parametrize("on_reject", [{}, {"on_reject": "rejected"}], ids=["stays", "moves"])
def test_why_a_request_was_rejected_is_told_once(on_reject: dict[str, str]) -> None:
    stage = {"id": "peers", "by": ["role:member"], "need": 1}
    pipe = a_pipe_with_way(approval={"stages": [stage], **on_reject})
    life = a_life(pipe).creates("ana", name="Offline mode")
    life.does("bo", MoveCard(transition=TransitionId("to-design")))
    life.does("ana", RejectRequest(comment="Too vague"))
    lines = told(life)
    assert [line for line in lines if "Too vague" in line] == ["rejected “peers” Too vague"]
    assert [line for line in lines if line.startswith("ended the request")] != []
    assert not any("moved it" in line and "with “" in line for line in lines)
