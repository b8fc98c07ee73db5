"""Automations are played in scenarios, through the same plan as on a card that lives."""

from typing import Any

import pytest

from engine.checking import check
from tests.engine.automating import a_goal
from tests.engine.scenarios.test_scenarios import a_story

CREATED = {"create": {"fields": {"name": "Trains", "count": 3}}}
PLANS = [
    {
        "id": "plan",
        "on": "card.created",
        "if": {">": [{"var": "fields.count"}, 2]},
        "do": [
            {"label": "planned"},
            {
                "create_card": {
                    "pipe": "tasks",
                    "fields": {"effort": {"var": "fields.count"}},
                    "connect": "tasks",
                }
            },
            {"notify": {"to": ["creator"], "text": "Planned"}},
        ],
    },
    {
        "id": "reach",
        "on": "children.done",
        "connection": "tasks",
        "do": [{"move": "reach"}, {"comment": "There"}],
    },
    {
        "id": "never",
        "on": "field.changed",
        "fields": ["name"],
        "do": [{"move": "reach"}, {"label": "reached"}],
    },
]
ENDS = {"connection": "tasks", "key": "tasks-1", "status": "done"}

STORIES: list[tuple[str, list[dict[str, Any]]]] = [
    (
        "an event sets it off, and what it creates is connected and rolled up",
        [
            CREATED,
            {
                "expect": {
                    "labels": ["planned"],
                    "fields": {"tasks": ["tasks-1"], "effort": 3},
                    "notified": ["creator"],
                }
            },
        ],
    ),
    (
        "a condition that does not hold keeps it still",
        [{"create": {"fields": {"name": "Bus", "count": 1}}}, {"expect": {"labels": []}}],
    ),
    (
        "the last child that ends sets it off",
        [CREATED, {"set_child": ENDS}, {"expect": {"phase": "reached", "status": "done"}}],
    ),
    (
        "what an automation has created can be named",
        [
            CREATED,
            {"set_child": ENDS | {"key": "TASK-7", "status": "open"}},
            {"expect": {"fields": {"tasks": ["TASK-7"]}}},
        ],
    ),
    (
        "one that fails holds up nothing",
        [
            CREATED,
            {"edit": {"fields": {"name": "Trams"}}},
            {"expect": {"labels": ["planned"], "fields": {"name": "Trams"}}},
        ],
    ),
]


@pytest.mark.parametrize(
    "steps", [story[1] for story in STORIES], ids=[each[0] for each in STORIES]
)
def test_a_story_may_expect_what_automations_do(steps: list[dict[str, Any]]):
    story = a_story() | {"steps": steps}
    document = a_goal(automations=PLANS, scenarios=[story])
    found = check(document).findings
    assert [each.message for each in found if each.severity == "error"] == []
