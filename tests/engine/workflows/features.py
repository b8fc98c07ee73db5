"""A pipe in which cards wait for people and for time: approvals, handoffs, clocks, timers."""

from collections.abc import Mapping
from typing import Any

from engine.store import people
from tests.engine.running import Engine, a_user

# The people of each team, and whether they lead it.
TEAMS: Mapping[str, Mapping[str, bool]] = {
    "product": {"bo": False, "p1": False, "p2": False},
    "design": {"cy": True},
}

FEATURES: dict[str, Any] = {
    "id": "features",
    "name": "Features",
    "card": {"noun": "feature", "key": "FEA", "title": "name"},
    "teams": {"product": "Product", "design": "Design"},
    "calendars": {
        "office": {
            "timezone": "Europe/Berlin",
            "hours": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
        }
    },
    "sla": {"target": "40d", "warn": ["50%"], "escalate": [{"at": "0m", "do": [{"due": "5d"}]}]},
    "fields": {
        "name": {"type": "short_text", "label": "Name"},
        "problem": {"type": "short_text", "label": "Problem", "editable": "always"},
        "waiting": {"type": "checkbox", "label": "Waiting", "editable": "always"},
    },
    "start": {"phase": "concept", "form": ["name"]},
    "phases": [
        {
            "id": "concept",
            "name": "Concept",
            "team": "product",
            "form": ["problem", "waiting"],
            "sla": {
                "target": [
                    {"if": {"is_set": [{"var": "fields.problem"}]}, "is": "2d"},
                    {"is": "4d"},
                ],
                "calendar": "office",
                "warn": ["50%"],
                "paused_when": {"===": [{"var": "fields.waiting"}, True]},
                "escalate": [
                    {"at": "0m", "do": [{"label": "late"}]},
                    {
                        "at": "+1d",
                        "do": [{"priority": "high"}],
                        "repeat": {"every": "1d", "times": 2},
                    },
                ],
            },
        },
        {
            "id": "design",
            "name": "Design",
            "team": "design",
            "form": ["problem"],
            "handoff": {"assign": "least_loaded", "accept_within": "2d", "clock": "acceptance"},
            "sla": {"target": "3d", "reentry": "resume", "warn": ["-1d"], "quiet": "office"},
        },
        {"id": "done", "name": "Done", "final": "done"},
        {"id": "dropped", "name": "Dropped", "final": "cancelled"},
    ],
    "transitions": [
        {
            "id": "to-design",
            "from": "concept",
            "to": "design",
            "approval": {
                "stages": [
                    {
                        "id": "peers",
                        "by": ["team:product"],
                        "need": "majority",
                        "deadline": "2d",
                        "on_deadline": "escalate",
                        "escalate_to": ["lead:design"],
                    },
                    {
                        "id": "directors",
                        "by": ["role:director"],
                        "need": "all",
                        "deadline": "1d",
                        "on_deadline": "approve",
                    },
                ],
                "exclude": ["requester"],
                "reject": "impossible",
                "reset_on_edit": ["problem"],
            },
        },
        {"id": "back", "from": "design", "to": "concept"},
        {"id": "finish", "from": "design", "to": "done"},
        {"id": "forgotten", "from": "concept", "to": "dropped", "after": "25d"},
    ],
}


async def staff(engine: Engine) -> None:
    """Engages the people of the teams, and Dee, who directs."""
    async with engine.database.writing() as connection:
        for name in ("cy", "dee", "p1", "p2"):
            await people.add_user(connection, a_user(name, "member"))
        for team, members in TEAMS.items():
            await people.add_team(connection, team, team.capitalize())
            for person, lead in members.items():
                await people.set_member(connection, team, person, lead=lead)
        await people.give_role(connection, "features", "dee", "director")
