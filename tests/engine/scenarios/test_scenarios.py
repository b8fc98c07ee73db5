"""Scenarios: a story that comes out as told passes, and one that does not says where and why."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from engine.checking import check
from pipes.findings import FindingCode
from tests.builders import a_document, a_phase, a_way

SHIPPED = sorted((Path(__file__).parents[3] / "pipe_definitions").glob("*.json"))
NAMED = {"create": {"fields": {"name": "Offline mode"}}}
OFFICE = {
    "timezone": "America/Sao_Paulo",
    "hours": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]},
}


def a_story(*steps: dict[str, Any], at: str = "2026-03-02T10:00:00-03:00") -> dict[str, Any]:
    return {"name": "A story", "at": at, "steps": [NAMED, *steps]}


def a_pipe_with(*stories: dict[str, Any]) -> dict[str, Any]:
    """Concept → design → done with a gate, a handoff, clocks and everything else a story tells."""
    return a_document(
        calendars={"office": OFFICE},
        fields={
            "name": {"type": "short_text", "label": "Name"},
            "effort": {"type": "number", "label": "Effort"},
            "parts": {"type": "connection", "label": "Parts", "pipe": "features"},
        },
        start={"phase": "concept", "form": [{"field": "name", "required": True}, "effort"]},
        phases=[
            a_phase(
                "concept",
                team="product",
                form=["name", "effort", "parts"],
                sla={
                    "target": "2d",
                    "calendar": "office",
                    "warn": ["50%"],
                    "escalate": [
                        {"at": "0m", "notify": ["lead:product"], "do": [{"label": "late"}]}
                    ],
                },
            ),
            a_phase("design", team="design", handoff={"checklist": ["Read"]}, form=["effort"]),
            a_phase("done", final="done"),
        ],
        transitions=[
            a_way(
                "to-design",
                "concept",
                "design",
                when=[
                    {"if": {">=": [{"var": "fields.effort"}, 3]}, "else": "More effort."},
                    {
                        "if": {
                            "none": [
                                {"var": "children.parts"},
                                {"===": [{"var": "status"}, "open"]},
                            ]
                        }
                    },
                ],
                approval={
                    "stages": [{"id": "peers", "by": ["team:product"], "need": "majority"}],
                    "exclude": ["requester"],
                },
            ),
            a_way("finish", "design", "done"),
        ],
        scenarios=list(stories),
    )


FILLED = {"edit": {"fields": {"effort": 5}}}
ASKED = {"move": "to-design", "as": "member:product"}
APPROVED = {"approve": "peers", "as": "lead:product"}
ACCEPTED = {"accept": True, "as": "member:design"}

COMES_OUT: list[tuple[str, list[dict[str, Any]]]] = [
    ("a card is created", [{"expect": {"phase": "concept", "fields": {"name": "Offline mode"}}}]),
    ("what is not there is turned away", [{**ASKED, "expect_rejected": ["condition"]}]),
    ("the request waits", [FILLED, ASKED, {"expect": {"pending": "to-design"}}]),
    (
        "approval moves the card to a team that has to accept",
        [
            FILLED,
            ASKED,
            APPROVED,
            {"expect": {"phase": "design", "waiting_for_acceptance": True, "pending": None}},
        ],
    ),
    ("another member decides", [FILLED, ASKED, {"approve": True, "as": "member:product#2"}]),
    ("a team may be named by its phase", [FILLED, {"move": "design", "as": "member:product"}]),
    (
        "a rejection ends it",
        [FILLED, ASKED, {"reject": "peers", "as": "lead:product"}, {"expect": {"pending": None}}],
    ),
    (
        "a request may be withdrawn",
        [FILLED, ASKED, {"withdraw": True, "as": "member:product"}, {"expect": {"pending": None}}],
    ),
    (
        "a handoff may be returned",
        [
            FILLED,
            ASKED,
            APPROVED,
            {"return": "Unclear", "as": "lead:design"},
            {"expect": {"phase": "concept", "returns": 1}},
        ],
    ),
    (
        "nothing ticked is not accepted",
        [
            FILLED,
            ASKED,
            APPROVED,
            {"accept": [], "as": "member:design", "expect_rejected": ["checklist_open"]},
            {"accept": ["Read"], "as": "member:design"},
            {"expect": {"assignees": ["member:design"]}},
        ],
    ),
    (
        "to the end and back",
        [
            FILLED,
            ASKED,
            APPROVED,
            ACCEPTED,
            {"move": "finish"},
            {"expect": {"status": "done"}},
            {"reopen": "concept", "as": "admin"},
            {"expect": {"status": "open", "phase": "concept"}},
        ],
    ),
    (
        "hold stops the clock",
        [
            {"hold": "Legal"},
            {"wait": "30d"},
            {"expect": {"on_hold": True, "clocks": {"phase:concept": "paused"}}},
            {"resume": True},
            {"cancel": "Double"},
            {"expect": {"status": "cancelled"}},
        ],
    ),
    (
        "time passes in the office",
        [
            {"wait": "1d 1h", "calendar": "office"},
            {"expect": {"clocks": {"phase:concept": "warned"}, "labels": []}},
            {"wait": "1d", "calendar": "office"},
            {
                "expect": {
                    "clocks": {"phase:concept": "breached"},
                    "notified": ["lead:product"],
                    "labels": ["late"],
                }
            },
        ],
    ),
    (
        "people are assigned and told",
        [
            {"assign": ["member:design", "user:zoe"], "as": "admin"},
            {"expect": {"assignees": ["member:design", "user:zoe"], "notified": ["user:zoe"]}},
            {"comment": "Look"},
        ],
    ),
    (
        "children hold the card back until they are done",
        [
            FILLED,
            {"set_child": {"connection": "parts", "key": "F-2"}},
            {**ASKED, "expect_rejected": ["condition"]},
            {"set_child": {"connection": "parts", "key": "F-2", "status": "done"}},
            ASKED,
        ],
    ),
]


@pytest.mark.parametrize(
    "steps", [case[1] for case in COMES_OUT], ids=[case[0] for case in COMES_OUT]
)
def test_a_story_that_comes_out_as_told_passes(steps: list[dict[str, Any]]):
    reading = check(a_pipe_with(a_story(*steps)))
    assert [finding.message for finding in reading.findings if finding.severity == "error"] == []
    assert reading.definition is not None


FAILS: list[tuple[list[dict[str, Any]], str, str]] = [
    (
        [{"expect": {"phase": "design"}}],
        "/steps/1/expect/phase",
        "expected phase “design”; it is “concept”",
    ),
    (
        [{"expect": {"fields": {"effort": 3}}}],
        "/steps/1/expect/fields/effort",
        "expected fields/effort 3; it is empty",
    ),
    (
        [{"expect": {"clocks": {"phase:design": "running"}}}],
        "/steps/1/expect/clocks/phase:design",
        "it is “not started”",
    ),
    (
        [{"expect": {"notified": ["lead:product"]}}],
        "/steps/1/expect/notified",
        "told were nobody",
    ),
    (
        [{"expect": {"mailed": ["team:product"]}}],
        "/steps/1/expect/mailed",
        "team:product since the last look; written to were nobody",
    ),
    (
        [ASKED],
        "/steps/1",
        "expected “move” as member:product to be done; it was turned away (condition): More",
    ),
    (
        [FILLED, {**ASKED, "expect_rejected": ["condition"]}],
        "/steps/2",
        "expected “move” to be turned away for condition; it was done",
    ),
    (
        [{**ASKED, "expect_rejected": ["phase_full"]}],
        "/steps/1/expect_rejected",
        "expected it to be turned away for phase_full; it was for condition",
    ),
    ([NAMED], "/steps/1", "There is a card already."),
    ([{"wait": "36500d"}] * 90, "/steps/80", "Time has run past the year 9999."),
]


@pytest.mark.parametrize(("steps", "place", "message"), FAILS, ids=[case[1] for case in FAILS])
def test_a_step_that_does_not_says_what_was_expected_and_found(
    steps: list[dict[str, Any]], place: str, message: str
):
    reading = check(a_pipe_with(a_story(), a_story(*steps)))
    failed = [each for each in reading.findings if each.code == FindingCode.SCENARIO_FAILED]
    assert [each.pointer for each in failed] == [f"/scenarios/1{place}"]
    assert message in failed[0].message
    assert reading.definition is None


def test_a_story_without_a_card_says_so():
    story = {"name": "x", "at": "2026-03-02T10:00:00Z", "steps": [{"expect": {"phase": "concept"}}]}
    failed = check(a_pipe_with(story)).findings
    assert [each.message for each in failed] == ["“x”: There is no card yet: begin with “create”."]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_pipes_have_scenarios_that_matter(path: Path):
    document = json.loads(path.read_text(encoding="utf-8"))
    assert len(document["scenarios"]) >= 8
    assert check(document).findings == ()


def test_thousands_of_days_pass_in_a_second():
    hold: list[dict[str, Any]] = [{"hold": "Legal"}, {"wait": "60d"}, {"resume": True}]
    story = a_story(*hold * 60)
    document = a_pipe_with(story)
    begun = time.process_time()
    reading = check(document)
    assert time.process_time() - begun < 1
    assert not any(each.severity == "error" for each in reading.findings)


def failures_with(automations: list[dict[str, Any]], *steps: dict[str, Any]) -> list[str]:
    document = a_pipe_with(a_story(*steps)) | {"automations": automations}
    return [each.message for each in check(document).findings]


def test_automations_do_to_the_card_what_they_say():
    urgent = {
        "id": "urgent",
        "on": "field.changed",
        "fields": ["effort"],
        "if": {">": [{"var": "fields.effort"}, 8]},
        "do": [{"priority": "urgent"}, {"label": "large"}],
    }
    told = {
        "id": "tell",
        "on": "comment.added",
        "if": {"in": ["product", {"var": "actor.teams"}]},
        "do": [{"notify": {"to": ["role:admin"], "text": "{{ card.title }}"}}],
    }
    found = failures_with(
        [urgent, told],
        {"edit": {"fields": {"effort": 5}}},
        {"expect": {"priority": "normal", "labels": []}},
        {"edit": {"fields": {"effort": 9}}},
        {"expect": {"priority": "urgent", "labels": ["large"]}},
        {"comment": "Look", "as": "member:design"},
        {"comment": "Look", "as": "member:product"},
        {"expect": {"notified": ["role:admin"]}},
    )
    assert found == []


def test_automations_that_go_on_for_ever_are_told_in_their_order():
    endless = {
        "id": "more",
        "on": "field.changed",
        "fields": ["effort"],
        "if": {">": [{"var": "fields.effort"}, 0]},
        "do": [{"set": {"effort": {"+": [{"var": "fields.effort"}, 1]}}}],
    }
    (said,) = failures_with([endless], {"edit": {"fields": {"effort": 1}}})
    assert "“More” → FEAT-1 “More”" in said


def test_a_step_that_names_nothing_says_so():
    (calendar,) = failures_with([], {"wait": "1d", "calendar": "home"})
    assert calendar.endswith("There is no calendar “home”.")
    (child,) = failures_with([], {"set_child": {"connection": "effort", "key": "A-1"}})
    assert child.endswith("“effort” is no field that connects cards.")


def test_money_that_a_rule_gives_is_of_the_fields_currency():
    priced = {
        "id": "price",
        "on": "field.changed",
        "fields": ["effort"],
        "do": [{"set": {"cost": {"*": [{"var": "fields.effort"}, 2.5]}}}],
    }
    document = a_pipe_with(
        a_story(
            {"edit": {"fields": {"effort": 5}}},
            {"expect": {"fields": {"cost": {"amount": "12.5", "currency": "EUR"}}}},
        )
    )
    document["fields"]["cost"] = {"type": "currency", "label": "Cost", "currency": "EUR"}
    assert check(document | {"automations": [priced]}).findings == ()
