"""The words for time on a tile: overdue, late and expired, as Pipefy's users know them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.pages.reader import Names
from api.pages.tiles import make_tile
from engine.locales import Locale
from engine.store.queries.board import BoardCard
from tests.builders import MONDAY, a_pipe

HOUR = timedelta(hours=1)


def a_board_card(**moments: datetime) -> BoardCard:
    nothing = dict.fromkeys(("due_at", "late_at", "expired_at"))
    return BoardCard(
        id="c1",
        key="FEAT-1",
        pipe="features",
        pipe_version=1,
        version=1,
        title="Offline mode",
        status="open",
        phase="concept",
        on_hold=False,
        priority="normal",
        creator="bo",
        assignees=(),
        labels=(),
        summary={},
        created_at=MONDAY,
        phase_entered_at=MONDAY,
        updated_at=MONDAY,
        pending=None,
        handoff_team=None,
        **{**nothing, **moments},
    )


@pytest.mark.parametrize(
    ("moments", "clock", "due"),
    [
        ({}, "", ""),
        ({"due_at": -HOUR}, "", "Overdue since"),
        ({"due_at": 30 * HOUR}, "", "Due"),
        ({"late_at": -HOUR}, "Late by 1 h", ""),
        ({"late_at": HOUR}, "1 h left", ""),
        ({"expired_at": -HOUR}, "Expired 1 h ago", ""),
        ({"expired_at": HOUR}, "", ""),
        ({"late_at": -HOUR, "expired_at": -HOUR}, "Expired 1 h ago", ""),
        ({"late_at": -HOUR, "expired_at": HOUR, "due_at": -HOUR}, "Late by 1 h", "Overdue since"),
    ],
)
def test_what_has_run_out(moments: dict[str, timedelta], clock: str, due: str) -> None:
    """Overdue is the card's own date; late the phase's clock; expired the whole pipe's."""
    card = a_board_card(**{name: MONDAY + away for name, away in moments.items()})
    shown = make_tile(
        card,
        a_pipe().definition,
        hidden=frozenset(),
        names=Names(by_id={}),
        now=MONDAY,
        locale=Locale(zone=ZoneInfo("UTC")),
    )
    assert (shown.clock.text if shown.clock else "") == clock
    assert (shown.due.text if shown.due else "").startswith(due)
    assert bool(shown.due) == bool(due)
