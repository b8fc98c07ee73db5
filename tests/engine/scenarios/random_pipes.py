"""Random pipes, mostly sound: phases, forms, gates, approvals, handoffs, clocks and timers."""

from random import Random
from typing import Any

_TEAMS = ("product", "design")
_FIELDS: dict[str, dict[str, Any]] = {
    "text": {"type": "short_text", "label": "Text", "max_length": 80},
    "number": {"type": "number", "label": "Number", "minimum": 0, "maximum": 10},
    "choice": {
        "type": "select",
        "label": "Choice",
        "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}],
    },
    "ticked": {"type": "checkbox", "label": "Ticked"},
    "day": {"type": "date", "label": "Day"},
    "money": {"type": "currency", "label": "Money", "currency": "EUR"},
    "rows": {
        "type": "table",
        "label": "Rows",
        "columns": {"size": {"type": "integer", "label": "Size", "minimum": 0}},
    },
    "total": {
        "type": "formula",
        "label": "Total",
        "value": {"sum": [{"pluck": [{"var": "fields.rows"}, "size"]}]},
    },
    "owner": {"type": "user", "label": "Owner", "from_team": "product"},
}
# What a person can bring about by filling in the field that is named first.
_GUARDS: tuple[tuple[str, Any], ...] = (
    ("number", {">=": [{"var": "fields.number"}, 2]}),
    ("choice", {"===": [{"var": "fields.choice"}, "a"]}),
    ("ticked", {"===": [{"var": "fields.ticked"}, True]}),
    ("rows", {">": [{"var": "fields.total"}, 0]}),
    ("day", {"is_set": [{"var": "fields.day"}]}),
)
_PEOPLE = (
    "assignees",
    "team:product",
    "team:design",
    "lead:product",
    "role:director",
    "creator",
    "role:admin",
)


def a_random_document(chance: Random) -> dict[str, Any]:
    """A definition of which most pass the checks."""
    count = chance.randint(2, 5)
    names = [f"p{number}" for number in range(count)]
    phases = [_phase(name, chance) for name in names]
    phases.append({"id": "done", "name": "Done", "final": "done"})
    ways = [_way(name, after, phases[at], chance) for at, (name, after) in enumerate(_chain(names))]
    if chance.random() < 0.3:
        phases.append({"id": "gone", "name": "Gone", "final": "cancelled"})
        ways.append({"id": "give-up", "from": "*", "to": "gone", "comment": "required"})
    for number in range(chance.randint(0, 3)):
        source, target = chance.sample(range(count), 2)
        way = _way(names[source], names[target], phases[source], chance)
        ways.append({**way, "id": f"extra{number}"})
    for phase in phases:
        leaving = [way["id"] for way in ways if way["from"] == phase["id"]]
        for step in phase.get("sla", {}).get("escalate", ()):
            if leaving and chance.random() < 0.2:
                step.setdefault("do", []).append({"move": chance.choice(leaving)})
    return {
        "id": "random",
        "name": "Random",
        "card": {"noun": "thing", "key": "RND", "title": "text"},
        "teams": {team: team.capitalize() for team in _TEAMS},
        "calendars": {
            "office": {
                "timezone": "Europe/Berlin",
                "hours": {"mon": ["09:00-17:00"], "thu": ["09:00-17:00"]},
            }
        },
        "fields": _FIELDS,
        "start": {"phase": names[0], "form": [{"field": "text", "required": True}]},
        "phases": phases,
        "transitions": ways,
    }


def _chain(names: list[str]) -> list[tuple[str, str]]:
    return list(zip(names, [*names[1:], "done"], strict=True))


def _phase(name: str, chance: Random) -> dict[str, Any]:
    form: list[Any] = []
    for field in chance.sample(sorted(_FIELDS), chance.randint(1, len(_FIELDS))):
        entry: dict[str, Any] = {"field": field}
        if field != "total" and chance.random() < 0.3:
            entry["required"] = True
        if chance.random() < 0.2:
            entry["when"] = {"is_set": [{"var": "fields.text"}]}
        if chance.random() < 0.15:
            entry["readonly"] = chance.choice((True, {"is_set": [{"var": f"fields.{field}"}]}))
        form.append(entry if len(entry) > 1 else field)
    rest = sorted(
        set(_FIELDS) - {each if isinstance(each, str) else each["field"] for each in form}
    )
    if len(rest) > 2 and "total" not in rest[:2] and chance.random() < 0.3:
        form.append({"any_of": rest[:2]})
    phase: dict[str, Any] = {"id": name, "name": name.upper(), "form": form}
    if chance.random() < 0.7:
        phase["team"] = chance.choice(_TEAMS)
        if chance.random() < 0.6:
            phase["handoff"] = {
                "assign": chance.choice(["queue", "round_robin", "least_loaded", "keep"]),
                "accept_within": "1d",
                "clock": chance.choice(["arrival", "acceptance"]),
                "checklist": ["Read"] if chance.random() < 0.5 else [],
            }
    if chance.random() < 0.6:
        phase["sla"] = _sla(chance)
    if chance.random() < 0.3:
        phase["wip_limit"] = {"cards": 3, "enforce": chance.choice(["block", "warn"])}
    return phase


def _sla(chance: Random) -> dict[str, Any]:
    sla: dict[str, Any] = {
        "target": chance.choice(["1d", "3d", "10d"]),
        "warn": ["50%"],
        "reentry": chance.choice(["restart", "resume"]),
        "escalate": [
            {"at": "0m", "notify": ["assignees"], "do": [{"label": "late"}]},
            {
                "at": "+1d",
                "do": [
                    chance.choice(
                        [
                            {"priority": "urgent"},
                            {"set": {"number": 9}},
                            {"due": "2d"},
                            {"assign": {"least_loaded": "design"}},
                            {"assign": {"to": ["lead:product", "creator"]}},
                            {"unassign": ["creator"]},
                        ]
                    )
                ],
                "repeat": {"every": "1d", "times": 2},
            },
        ],
    }
    if chance.random() < 0.5:
        sla["calendar"] = "office"
    if chance.random() < 0.4:
        sla["paused_when"] = {"===": [{"var": "fields.ticked"}, True]}
    if chance.random() < 0.3:
        sla["quiet"] = "office"
    return sla


def _way(source: str, target: str, phase: dict[str, Any], chance: Random) -> dict[str, Any]:
    way: dict[str, Any] = {"id": f"{source}-{target}", "from": source, "to": target}
    asked = {
        entry if isinstance(entry, str) else entry["field"]
        for entry in phase["form"]
        if isinstance(entry, str) or "field" in entry
    }
    guards = [rule for field, rule in _GUARDS if field in asked and chance.random() < 0.4]
    way["when"] = [{"if": rule} for rule in guards]
    if chance.random() < 0.3:
        way["by"] = chance.sample(_PEOPLE, 2)
    if chance.random() < 0.3:
        way["comment"] = "required"
    if chance.random() < 0.3:
        way["approval"] = {
            "stages": [
                {
                    "id": f"s{number}",
                    "by": chance.sample(_PEOPLE, 2),
                    "need": chance.choice([1, "all", "majority", {"percent": 50}]),
                    "deadline": "2d",
                    "on_deadline": chance.choice(["escalate", "approve", "reject"]),
                    "escalate_to": chance.sample(_PEOPLE, 1),
                }
                for number in range(chance.randint(1, 2))
            ],
            "reject": chance.choice(["any", "impossible"]),
            "exclude": chance.choice([[], ["requester"]]),
            "reset_on_edit": sorted(asked)[:1],
        }
    elif guards and chance.random() < 0.2:
        way["automatic"] = True
    elif chance.random() < 0.2:
        way["after"] = "5d"
    return way
