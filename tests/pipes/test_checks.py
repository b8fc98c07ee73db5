"""What definitions mean: each fault is found where it is, and what nearly has it passes."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipes.reading import read_definition
from tests.builders import a_document, a_field, a_phase, a_way

type Document = dict[str, Any]
type Change = Callable[[Document], object]


def findings_of(document: Document) -> list[tuple[str, str]]:
    return [(each.code.name, each.pointer) for each in read_definition(document).findings]


def test_the_document_that_the_cases_change_is_sound():
    assert findings_of(a_document()) == []


CASES: list[tuple[str, Change, str]] = [
    (
        "DUPLICATE_ID",
        lambda d: d["phases"].append(a_phase("design")),
        "/phases/4/id",
    ),
    (
        "DUPLICATE_ID",
        lambda d: d["transitions"].append(a_way("finish", "concept", "done")),
        "/transitions/4/id",
    ),
    ("UNKNOWN_PHASE", lambda d: d["start"].update(phase="koncept"), "/start/phase"),
    ("UNKNOWN_PHASE", lambda d: d["transitions"][0].update(to="desing"), "/transitions/0/to"),
    ("UNKNOWN_FIELD", lambda d: d["start"]["form"].append("nmae"), "/start/form/3"),
    ("UNKNOWN_FIELD", lambda d: d["card"].update(title="nmae"), "/card/title"),
    ("UNKNOWN_TEAM", lambda d: d["phases"][0].update(team="prodct"), "/phases/0/team"),
    (
        "UNKNOWN_TEAM",
        lambda d: d["transitions"][0].update(by=["team:nobody"]),
        "/transitions/0/by/0",
    ),
    (
        "UNKNOWN_CALENDAR",
        lambda d: d["phases"][0].update(sla={"target": "3d", "calendar": "office"}),
        "/phases/0/sla/calendar",
    ),
    (
        "WRONG_FIELD_TYPE",
        lambda d: d["transitions"][0].update(by=["field:effort"]),
        "/transitions/0/by/0",
    ),
    ("DUPLICATE_FORM_FIELD", lambda d: d["start"]["form"].append("name"), "/start/form/3"),
    (
        "HANDOFF_WITHOUT_TEAM",
        lambda d: d["phases"][1].update(handoff={"assign": "queue"}),
        "/phases/1/handoff",
    ),
    ("NO_DONE_PHASE", lambda d: d["phases"][2].update(final="cancelled"), "/phases"),
    ("FINAL_START", lambda d: d["start"].update(phase="done"), "/start/phase"),
    (
        "LEAVES_FINAL_PHASE",
        lambda d: d["transitions"].append(a_way("again", "done", "concept")),
        "/transitions/4/from",
    ),
    ("UNREACHABLE_PHASE", lambda d: d["phases"].append(a_phase("attic")), "/phases/4"),
    (
        "NO_WAY_OUT",
        lambda d: (
            d["phases"].append(a_phase("limbo")),
            d["transitions"].append(a_way("lose", "concept", "limbo")),
            d["transitions"][3].update({"from": ["concept", "design"]}),
        ),
        "/phases/4",
    ),
    (
        "AUTOMATIC_CYCLE",
        lambda d: (
            d["transitions"][0].update(automatic=True),
            d["transitions"][2].update(automatic=True),
        ),
        "/transitions/0/automatic",
    ),
    ("BAD_PATTERN", lambda d: d["fields"]["name"].update(pattern="(a"), "/fields/name/pattern"),
    ("EMPTY_RANGE", lambda d: d["fields"]["effort"].update(maximum=-1), "/fields/effort/maximum"),
    ("BAD_DEFAULT", lambda d: d["fields"]["effort"].update(default=-3), "/fields/effort/default"),
    (
        "FORMULA_CYCLE",
        lambda d: d["fields"].update(
            a=a_field("formula", "A", value={"+": [{"var": "fields.b"}, 1]}),
            b=a_field("formula", "B", value={"+": [{"var": "fields.a"}, 1]}),
        ),
        "/fields/a/value",
    ),
    (
        "UNUSED_FIELD",
        lambda d: d["fields"].update(spare=a_field("short_text", "Spare")),
        "/fields/spare",
    ),
    (
        "RULE_TYPE",
        lambda d: d["transitions"][0].update(
            when=[{"if": {">=": [{"var": "fields.effort"}, "3"]}, "else": "No."}]
        ),
        "/transitions/0/when/0/if/>=/1",
    ),
    (
        "RULE_UNKNOWN_NAME",
        lambda d: d["transitions"][0].update(
            when=[{"if": {">=": [{"var": "fields.efort"}, 3]}, "else": "No."}]
        ),
        "/transitions/0/when/0/if/>=/0",
    ),
    (
        "RULE_OPERATOR",
        lambda d: d["transitions"][0].update(when=[{"if": {"==": [1, 1]}, "else": "No."}]),
        "/transitions/0/when/0/if/==",
    ),
    (
        "BAD_TIMEZONE",
        lambda d: d.update(calendars={"office": office(timezone="Europe/Berlyn")}),
        "/calendars/office/timezone",
    ),
    (
        "BAD_HOLIDAYS",
        lambda d: d.update(calendars={"office": office(holidays={"country": "XX"})}),
        "/calendars/office/holidays",
    ),
    (
        "NO_DAY_LENGTH",
        lambda d: (
            d.update(
                calendars={"office": office(hours={"mon": ["09:00-17:00"], "fri": ["09:00-12:00"]})}
            ),
            d["phases"][0].update(sla={"target": "3d", "calendar": "office"}),
        ),
        "/phases/0/sla/target",
    ),
    ("SLA_ON_FINAL", lambda d: d["phases"][2].update(sla={"target": "3d"}), "/phases/2/sla"),
]


def office(**parts: Any) -> Document:
    return {"timezone": "Europe/Berlin", "hours": {"mon": ["09:00-17:00"]}, **parts}


@pytest.mark.parametrize(
    ("code", "change", "pointer"), CASES, ids=[f"{case[0]} {case[2]}" for case in CASES]
)
def test_a_fault_is_found_where_it_is(code: str, change: Change, pointer: str):
    document = a_document()
    change(document)

    found = findings_of(document)

    assert any(each == code and where.startswith(pointer) for each, where in found), (
        read_definition(document).findings
    )


NEARLY: list[tuple[str, Change]] = [
    ("a known calendar", lambda d: d.update(calendars={"office": office()})),
    ("hours of one length", lambda d: d["phases"][0].update(sla={"target": "3d"})),
    (
        "a circle with a person in it",
        lambda d: d["transitions"][0].update(automatic=True),
    ),
    (
        "a circle with time in it",
        lambda d: (
            d["transitions"][0].update(automatic=True),
            d["transitions"][2].update(automatic=True, after="1d"),
        ),
    ),
    (
        "formulas in a row",
        lambda d: d["fields"].update(
            a=a_field("formula", "A", value={"+": [{"var": "fields.effort"}, 1]}),
            b=a_field("formula", "B", value={"+": [{"var": "fields.a"}, 1]}),
        ),
    ),
    ("a range of one value", lambda d: d["fields"]["effort"].update(minimum=3, maximum=3)),
    ("a handoff with a team", lambda d: d["phases"][1].update(team="design", handoff={})),
    ("people from a field", lambda d: d["transitions"][0].update(by=["field:owner"])),
]


@pytest.mark.parametrize("change", [case[1] for case in NEARLY], ids=[case[0] for case in NEARLY])
def test_what_nearly_has_a_fault_passes(change: Change):
    document = a_document()
    change(document)

    assert findings_of(document) == []


def test_warnings_do_not_keep_a_definition_from_being_read():
    document = a_document()
    document["fields"]["spare"] = a_field("short_text", "Spare")

    reading = read_definition(document)

    assert [each.severity for each in reading.findings] == ["warning"]
    assert reading.definition is not None


# --- the graph, against walking every way ---------------------------------------------------------

NAMES = ("p", "q", "r", "s")


@given(
    pairs=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from((*NAMES, "end"))), max_size=9)
)
def test_reachability_is_what_walking_gives(pairs: set[tuple[str, str]]):
    ways = sorted(pairs)
    document = a_document(
        start={"phase": "p", "form": ["name"]},
        fields={"name": a_field("short_text", "Name")},
        phases=[*(a_phase(name) for name in NAMES), a_phase("end", final="done")],
        transitions=[a_way(f"w{number}", a, b) for number, (a, b) in enumerate(ways)],
    )
    walks = {
        walk
        for length in range(1, 6)
        for walk in itertools.product((*NAMES, "end"), repeat=length)
        if all(step in pairs for step in itertools.pairwise(walk))
    }
    reached = {walk[-1] for walk in walks if walk[0] == "p"}
    ending = {walk[0] for walk in walks if walk[-1] == "end"}

    found = set(findings_of(document))

    expected = {
        ("UNREACHABLE_PHASE" if name not in reached else "NO_WAY_OUT", f"/phases/{number}")
        for number, name in enumerate((*NAMES, "end"))
        if name not in reached or name not in ending
    }
    assert {each for each in found if each[1].startswith("/phases/")} == expected
