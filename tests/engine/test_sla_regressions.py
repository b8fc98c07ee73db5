"""What others' clocks have got wrong, one test for each case; the issue it is from beside it.

Cases that are about reckoning alone are in `tests/pipes/test_calendars.py`, those of the API in
`tests/api/test_sla_dates.py`.
"""

from datetime import datetime, timedelta
from typing import Any

from engine.core.commands import (
    ClockId,
    EditCard,
    HoldCard,
    MoveCard,
    RecomputeClocks,
    ResumeCard,
)
from engine.core.due import due
from pipes.identifiers import TransitionId
from tests.builders import MONDAY, Course, a_life, a_phase, a_pipe, a_way

CONCEPT, DESIGN, WHOLE = ClockId("phase:concept"), ClockId("phase:design"), ClockId("pipe")
WEEK = {day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = {"timezone": "UTC", "hours": WEEK}
NIGHT = {"timezone": "UTC", "hours": {day: ["22:00-06:00"] for day in WEEK}}
CALENDARS: dict[str, dict[str, Any]] = {"office": OFFICE, "night": NIGHT}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}Z")


def begun(
    sla: dict[str, Any], design: dict[str, Any] | None = None, whole: dict[str, Any] | None = None
) -> Course:
    """A card that enters concept on Monday at noon."""
    pipe = a_pipe(
        calendars=CALENDARS,
        phases=[
            a_phase("concept", form=["name", "effort"], sla=sla),
            a_phase("design", form=["effort"], **({"sla": design} if design else {})),
            a_phase("done", final="done"),
        ],
        transitions=[a_way("to-design", "concept", "design"), a_way("finish", "design", "done")],
        **({"sla": whole} if whole else {}),
    )
    return a_life(pipe, calendars=CALENDARS).creates("bo", name="Offline mode")


def moments(life: Course, kind: str) -> list[datetime]:
    return [event.at for event in life.history if event.body.kind == kind]


def test_a_level_one_hour_before_the_deadline_is_reckoned_in_working_time():
    """glpi-project/glpi pull 22678 and #15429: it was midnight."""
    life = begun({"target": "10h", "calendar": "office", "warn": ["-1h"]})
    assert life.it.clocks[CONCEPT].deadline == at("2026-03-03T15:00")
    assert moments(life.passes(days=7), "sla.warning") == [at("2026-03-03T14:00")]


def test_hold_time_counts_only_where_it_overlaps_working_time():
    """frappe/erpnext pulls 47884 and 49414."""
    life = begun({"target": "6h", "calendar": "office"}).passes(hours=5)
    life.does("bo", HoldCard(reason="Legal"))
    life.passes(hours=16)
    life.does("bo", ResumeCard())
    assert life.it.clocks[CONCEPT].deadline == at("2026-03-03T11:00")


def test_a_pause_stops_the_stored_due_time_not_only_the_label():
    """frappe/helpdesk#1554 and #1675."""
    life = begun({"target": "1d"}).passes(hours=1)
    life.does("bo", HoldCard(reason="Legal"))
    assert life.it.clocks[CONCEPT].state == "paused"
    assert due(life.pipe, life.it) is None
    assert moments(life.passes(days=30), "sla.breached") == []


def test_a_changed_target_keeps_earlier_pauses():
    """glpi-project/glpi#15605: a change of priority or SLA lost them."""
    life = begun(
        {
            "target": [
                {"if": {"===": [{"var": "card.priority"}, "urgent"]}, "is": "2d"},
                {"is": "4d"},
            ]
        }
    ).passes(days=1)
    life.does("bo", HoldCard(reason="Legal"))
    life.passes(days=3)
    life.does("bo", ResumeCard())
    life.does("bo", EditCard(priority="urgent"))
    life.does("ana", RecomputeClocks(reason="It is urgent now"))
    assert life.it.clocks[CONCEPT].target == "2d"
    assert life.it.clocks[CONCEPT].deadline == MONDAY + timedelta(days=5)


def test_a_card_that_is_opened_outside_hours_does_not_get_zero():
    """glpi-project/glpi#687."""
    life = begun({"target": "2h", "calendar": "night"})
    assert life.it.clocks[CONCEPT].deadline == at("2026-03-03T00:00")


def test_reminders_come_only_in_working_hours_if_so_configured():
    """zammad/zammad#4432 and #2157."""
    life = begun({"target": "1d 10h", "warn": ["50%"], "quiet": "office"})
    assert moments(life.passes(days=7), "sla.warning") == [at("2026-03-03T09:00")]


def test_a_shorter_follow_up_target_does_not_override_the_first():
    """zammad/zammad#5177."""
    life = begun({"target": "10d"}, design={"target": "1d"}, whole={"target": "5d"})
    life.passes(days=1).does("bo", MoveCard(transition=TransitionId("to-design")))
    assert life.it.clocks[WHOLE].deadline == MONDAY + timedelta(days=5)
    assert life.it.clocks[DESIGN].deadline == MONDAY + timedelta(days=2)
    assert life.it.clocks[CONCEPT].state == "met"


def test_stopping_a_clock_updates_the_next_deadline_at_once():
    """zammad/zammad#2082."""
    life = begun({"target": "1d"}, whole={"target": "5d"})
    first = due(life.pipe, life.it)
    assert first is not None
    assert first.at == MONDAY + timedelta(days=1)
    life.does("bo", MoveCard(transition=TransitionId("to-design")))
    then = due(life.pipe, life.it)
    assert then is not None
    assert then.at == MONDAY + timedelta(days=5)


def test_each_phase_counts_by_its_own_calendar():
    """camunda/camunda-bpm-platform pull 1155: there was one for all."""
    life = begun({"target": "1h", "calendar": "office"}, {"target": "1h", "calendar": "night"})
    life.does("bo", MoveCard(transition=TransitionId("to-design")))
    assert life.it.clocks[CONCEPT].deadline == at("2026-03-02T14:00")
    assert life.it.clocks[DESIGN].deadline == at("2026-03-02T23:00")


def test_targets_may_be_counted_out_of_hours():
    """osTicket/osTicket#1168 and #2131."""
    life = begun({"target": "1d", "calendar": "night"})
    assert life.it.clocks[CONCEPT].deadline == at("2026-03-03T06:00")
    assert moments(life.passes(days=2), "sla.breached") == [at("2026-03-03T06:00")]
