"""The drawing of a flow: everything is in it, nothing lies over anything, whatever is drawn."""

import re
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from api.pages.workshop.flow import Flow, lay_out
from api.pages.workshop.overview import tell_automations, tell_flow
from pipes.building import definition_from_document
from tests.builders import a_document, a_phase, a_way

NAMES = ("a", "b", "c", "d", "e", "f")


def drawn(**parts: Any) -> Flow:
    return lay_out(definition_from_document(a_document(**parts)))


def test_a_phase_stands_above_its_ways_and_those_above_the_next_phase():
    flow = drawn()

    assert [box.id for box in flow.boxes] == ["concept", "design", "done", "rejected"]
    for box, below in pairwise(flow.boxes):
        between = [
            way.top for line in flow.lines for way in line.exits if box.top < way.top < below.top
        ]
        assert all(top >= box.top + flow.box.height for top in between)
        assert all(top + flow.way.height <= below.top for top in between)


def test_ways_that_go_on_are_on_the_right_and_ways_back_on_the_left():
    sides = {line.id: line.side for line in drawn().lines}

    assert sides == {"to-design": "on", "finish": "on", "back": "back", "reject": "on"}


def test_a_way_from_everywhere_has_one_line_with_a_label_in_each_phase():
    reject = next(line for line in drawn().lines if line.id == "reject")

    assert [way.label for way in reject.exits] == ["Reject", "Reject"]


def test_a_way_to_a_phase_that_does_not_exist_has_a_label_and_no_line():
    flow = drawn(transitions=[a_way("lost", "concept", "nowhere")])

    assert [(line.id, line.path) for line in flow.lines] == [("lost", "")]


def test_without_its_first_phase_a_pipe_is_drawn_without_a_beginning():
    assert drawn(start={"phase": "nowhere", "form": []}).start is None
    assert drawn().start is not None


def test_what_a_way_asks_for_is_marked():
    ways = [
        a_way("free", "concept", "design"),
        a_way("asked", "concept", "design", when=[{"if": {"is_set": [{"var": "fields.name"}]}}]),
        a_way("alone", "concept", "design", after="3d"),
        a_way(
            "agreed",
            "concept",
            "design",
            approval={"stages": [{"id": "s", "name": "S", "by": ["team:design"], "need": 1}]},
        ),
    ]

    flow = drawn(transitions=ways)

    marks = {line.id: line.exits[0].marks for line in flow.lines}
    assert marks == {"free": "", "asked": "?", "alone": "↻", "agreed": "✓"}


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True),
            st.sampled_from(NAMES),
        ),
        max_size=12,
    )
)
def test_no_two_lines_run_over_each_other(ways: list[tuple[list[str], str]]):
    flow = drawn(
        start={"phase": "a", "form": []},
        phases=[a_phase(name) for name in NAMES],
        transitions=[
            a_way(f"way-{index}", sources, target) for index, (sources, target) in enumerate(ways)
        ],
    )

    for one, other in combinations(flow.lines, 2):
        for begin, end, far in uprights(one.path):
            for also_begin, also_end, also_far in uprights(other.path):
                apart = far != also_far or end < also_begin or also_end < begin
                assert apart, (one, other)
    inside = [float(x) for line in flow.lines for x in re.findall(r"[MHQ](-?\d+)", line.path)]
    assert all(0 <= x <= flow.width for x in inside)


def uprights(path: str) -> list[tuple[int, int, int]]:
    """The upright parts of a line: from, to, and how far out."""
    found = re.findall(r"Q\d+ \d+ (\d+) (\d+)V(\d+)", path)
    ends = [(int(begin), int(end), int(far)) for far, begin, end in found]
    return [(min(begin, end), max(begin, end), far) for begin, end, far in ends]


@pytest.mark.parametrize("name", ["concept", "design"])
def test_in_words_each_phase_says_where_its_ways_lead(name: str):
    told = {phase.name: phase for phase in tell_flow(definition_from_document(a_document()))}

    ways = [f"{way.label} → {way.target}" for way in told[name.capitalize()].ways]

    assert (
        ways
        == {
            "concept": ["To-design → Design", "Reject → Rejected"],
            "design": ["Finish → Done", "Back → Concept", "Reject → Rejected"],
        }[name]
    )


def test_in_words_a_way_says_who_may_take_it_and_when():
    way = a_way(
        "to-design",
        "concept",
        "design",
        by=["team:product"],
        when=[{"if": {">=": [{"var": "fields.effort"}, 3]}}],
        comment="required",
    )

    told = tell_flow(definition_from_document(a_document(transitions=[way])))

    assert told[0].ways[0].told == (
        "For the team Product.",
        "Only if Effort is at least 3.",
        "Asks for a comment.",
    )


def test_in_words_an_automation_says_when_on_what_condition_and_what():
    kickoff = {
        "id": "kickoff",
        "on": "card.entered_phase",
        "phase": "design",
        "if": {">=": [{"var": "fields.effort"}, 3]},
        "do": [{"label": "large"}, {"priority": "high"}],
    }

    definition = definition_from_document(a_document(automations=[kickoff]))
    [told] = tell_automations(definition, {})

    assert told.occasion == "When the card enters Design"
    assert told.condition == "Effort is at least 3"
    assert told.does == "adds the label “large”, sets the priority to high"
