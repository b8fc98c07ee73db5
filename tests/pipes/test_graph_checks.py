"""Checks of the graph of phases, held against walking every way through small random pipes."""

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings, strategies as st

from pipes.reading import read_definition
from pipes.rules import Rule
from tests.builders import a_document, a_field, a_phase, a_way

NAMES = ("p", "q", "r", "s")
# What a card may hold in the one field that conditions ask for.
EFFORTS = (None, 0, 1, 2, 3)
CONDITIONS = (None, {"<": [{"var": "fields.effort"}, 2]}, {">=": [{"var": "fields.effort"}, 2]})

type Way = dict[str, Any]


def ways(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Way]]:
    """Transitions between the phases, with these parts."""
    one = st.fixed_dictionaries(
        {"source": st.sampled_from(NAMES), "target": st.sampled_from((*NAMES, "end")), **parts}
    )
    return st.lists(one, max_size=7)


def document(found: list[Way], **transition_parts: Any) -> dict[str, Any]:
    """A pipe of these ways; every phase is reached and left by ways that only admins take."""
    joined = [
        a_way(f"in-{name}", "p", name, by=["role:admin"]) for name in NAMES if name != "p"
    ] + [a_way(f"out-{name}", name, "end", by=["role:admin"]) for name in NAMES]
    return a_document(
        start={"phase": "p", "form": ["name", "effort"]},
        fields={
            "name": a_field("short_text", "Name"),
            "effort": a_field("integer", "Effort", minimum=0, maximum=3),
        },
        phases=[*(a_phase(name) for name in NAMES), a_phase("end", final="done")],
        transitions=[
            *(
                a_way(f"w{number}", way["source"], way["target"], **_parts(way))
                for number, way in enumerate(found)
            ),
            *joined,
        ],
    )


def _parts(way: Way) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if way.get("automatic"):
        parts["automatic"] = True
    if way.get("after"):
        parts["after"] = "1d"
    if way.get("condition") is not None:
        parts["when"] = [{"if": way["condition"]}]
    if way.get("approval"):
        parts["approval"] = {"stages": [{"id": "peer", "by": ["team:design"]}]}
    return parts


def found_at(made: dict[str, Any], code: str) -> set[int]:
    """The transitions at which there is such a finding."""
    return {
        int(finding.pointer.split("/")[2])
        for finding in read_definition(made).findings
        if finding.code == code
    }


# --- circles of automatic moves -------------------------------------------------------------------


def holds(way: Way, effort: int | None) -> bool:
    if way["condition"] is None:
        return True
    return Rule(way["condition"]).evaluate({"fields": {"effort": effort}}) is True


def returns_for_ever(found: list[Way], number: int) -> bool:
    """Whether a card that takes the way by itself, comes to take it again, whatever it holds."""
    for effort in EFFORTS:
        moving = [
            way
            for way in found
            if way["automatic"] and not way["after"] and not way["approval"] and holds(way, effort)
        ]
        if found[number] not in moving:
            continue
        here = {found[number]["target"]}
        for _ in range(len(NAMES)):
            here |= {way["target"] for way in moving if way["source"] in here}
        if found[number]["source"] in here:
            return True
    return False


@settings(max_examples=150)
@given(
    found=ways(
        automatic=st.booleans(),
        after=st.booleans(),
        approval=st.booleans(),
        condition=st.sampled_from(CONDITIONS),
    )
)
def test_automatic_circles_are_those_that_a_card_would_run_in(found: list[Way]):
    expected = {number for number in range(len(found)) if returns_for_ever(found, number)}

    assert found_at(document(found), "automatic_cycle") == expected


# --- ways around approvals ------------------------------------------------------------------------


def walks(found: list[Way]) -> Iterator[tuple[str, ...]]:
    """Every walk along the ways that nothing guards."""
    free = {
        (way["source"], way["target"])
        for way in found
        if not way["approval"] and way["condition"] is None
    }
    for length in range(2, len(NAMES) + 2):
        for walk in itertools.product((*NAMES, "end"), repeat=length):
            if all(step in free for step in itertools.pairwise(walk)):
                yield walk


@settings(max_examples=100)
@given(found=ways(approval=st.booleans(), condition=st.sampled_from(CONDITIONS)))
def test_an_approval_is_bypassed_where_one_can_walk_around_it(found: list[Way]):
    joined = {(walk[0], walk[-1]) for walk in walks(found)}
    expected = {
        number
        for number, way in enumerate(found)
        if way["approval"]
        and way["source"] != way["target"]
        and (way["source"], way["target"]) in joined
    }

    assert found_at(document(found), "bypassed_gate") == expected


# --- fields that are required and only shown ------------------------------------------------------


@settings(max_examples=100)
@given(
    pairs=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=8),
    offering=st.sets(st.sampled_from(NAMES), max_size=2),
    asking=st.sampled_from(NAMES),
)
def test_what_is_required_must_be_offered_on_some_walk_before(
    pairs: set[tuple[str, str]], offering: set[str], asking: str
):
    made = document([{"source": a, "target": b} for a, b in sorted(pairs)])
    made["transitions"] = [
        way for way in made["transitions"] if not str(way["id"]).startswith("in-")
    ]
    made["start"]["form"] = ["name"]
    for phase in made["phases"]:
        if phase["id"] in offering:
            phase["form"] = ["effort"]
        if phase["id"] == asking:
            phase["form"] = [{"field": "effort", "required": True, "readonly": True}]
    came_by = {
        step
        for length in range(1, len(NAMES) + 1)
        for walk in itertools.product(NAMES, repeat=length)
        if walk[0] == "p" and all(step in pairs for step in itertools.pairwise(walk))
        if asking not in walk[:-1]
        for step in walk
    }
    offered = bool((offering - {asking}) & came_by)

    found = {
        finding.pointer
        for finding in read_definition(made).findings
        if finding.code == "never_offered"
    }

    assert found == (set() if offered else {f"/phases/{NAMES.index(asking)}/form/0"})
