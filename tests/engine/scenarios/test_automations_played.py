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
    {
        "id": "write",
        "on": "field.changed",
        "fields": ["count"],
        "do": [
            {
                "email": {
                    "to": ["creator", "{{ fields.name | lower }}@example.com"],
                    "subject": "{{ card.title }}",
                    "body": "{{ fields.count }}",
                }
            }
        ],
    },
    {
        "id": "double",
        "on": "button",
        "label": "Double it",
        "by": ["role:admin"],
        "if": {"<": [{"var": "fields.count"}, 10]},
        "do": [{"set": {"count": {"*": [{"var": "fields.count"}, 2]}}}],
    },
    {
        "id": "mondays",
        "on": "schedule",
        "cron": "0 9 * * mon",
        "timezone": "America/Sao_Paulo",
        "if": {"in": [{"var": "today"}, ["2026-03-09"]]},
        "do": [{"label": "a week old"}],
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
        "who is written to is noted, until somebody looks",
        [
            CREATED,
            {"edit": {"fields": {"count": 4}}},
            {"expect": {"mailed": ["creator", "trains@example.com"]}},
        ],
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
        "a button can be pressed by those who may, while its condition holds",
        [
            CREATED,
            {"press": "double", "as": "creator", "expect_rejected": ["not_allowed"]},
            {"press": "double", "as": "admin"},
            {"expect": {"fields": {"count": 6}}},
            {"press": "double", "as": "admin"},
            {"press": "double", "as": "admin", "expect_rejected": ["condition"]},
        ],
    ),
    (
        "a schedule comes at its time and runs for the cards that it is for",
        [
            {"create": {"fields": {"name": "Bus", "count": 1}}},
            {"wait_for": "mondays"},
            {"expect": {"labels": ["a week old"]}},
        ],
    ),
    (
        "what is due before a schedule comes happens before it",
        [CREATED, {"hold": "Lunch"}, {"wait_for": "mondays"}, {"expect": {"on_hold": True}}],
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


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("yearly", "The pipe has no automation “yearly”."),
        ("plan", "The automation “plan” has no schedule that could come."),
    ],
)
def test_a_story_cannot_wait_for_what_has_no_schedule(name: str, why: str):
    story = a_story() | {"steps": [CREATED, {"wait_for": name}]}
    (failed,) = check(a_goal(automations=PLANS, scenarios=[story])).findings
    assert failed.code == "scenario_failed"
    assert failed.pointer == "/scenarios/0/steps/1/wait_for"
    assert why in failed.message
