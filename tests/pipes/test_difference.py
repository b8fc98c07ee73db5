"""What a new version changes, in words."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pipes.building import definition_from_document
from pipes.difference import differences
from tests.builders import a_document, a_field, a_phase, a_way

type Document = dict[str, Any]


def told(change: Callable[[Document], object]) -> list[str]:
    document = a_document()
    change(document)
    before = definition_from_document(a_document())
    return list(differences(before, definition_from_document(document)))


CASES: list[tuple[Callable[[Document], object], list[str]]] = [
    (lambda d: d, []),
    (lambda d: d.update(name="Ideas"), ["Pipe: name Features → Ideas."]),
    (
        lambda d: d["phases"][0].update(sla={"target": "5d"}),
        ["Phase Concept: target 5d added."],
    ),
    (
        lambda d: d["phases"].append(a_phase("attic")),
        ["Phase Attic: added.", "Way Reject: from concept, design → concept, design, attic."],
    ),
    (
        lambda d: (d["phases"].pop(3), d["transitions"].pop(3)),
        ["Phase Rejected: removed.", "Way Reject: removed."],
    ),
    (
        lambda d: d["fields"].update(price=a_field("number", "Price")),
        ["Field Price: added."],
    ),
    (lambda d: d["fields"]["name"].update(label="Title"), ["Field Title: label Name → Title."]),
    (
        lambda d: d["fields"]["name"].update(max_length=50),
        ["Field Name: limits or options changed."],
    ),
    (
        lambda d: d["phases"][1]["form"].append({"field": "name", "required": True}),
        ["Phase Design: form asks for Name."],
    ),
    (
        lambda d: d["start"].update(form=[{"field": "name", "required": True}, "problem", "owner"]),
        ["Start form: Name is needed now."],
    ),
    (
        lambda d: d["transitions"][0].update(by=["team:product"]),
        ["Way To-design: taken by team:product added."],
    ),
    (
        lambda d: d["transitions"][0].update(
            when=[{"if": {">=": [{"var": "fields.effort"}, 3]}, "else": "No."}]
        ),
        ["Way To-design: condition added: Effort is at least 3."],
    ),
    (
        lambda d: d["transitions"][0].update(
            approval={
                "stages": [{"id": "peers", "name": "Peers", "by": ["team:product"], "need": 1}]
            }
        ),
        ["Way To-design: approval by Peers added."],
    ),
    (
        lambda d: d["transitions"].append(a_way("skip", "concept", "done")),
        ["Way Skip: added."],
    ),
    (
        lambda d: d["phases"][1].update(wip_limit={"cards": 3, "enforce": "block"}),
        ["Phase Design: limit of cards 3 (block) added."],
    ),
]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=[str(case[1]) for case in CASES])
def test_a_change_in_words(change: Callable[[Document], object], expected: list[str]):
    assert told(change) == expected


@given(data=st.data())
def test_something_is_told_exactly_where_something_changed(data: st.DataObject):
    """Any mixture of the changes above."""
    chosen = data.draw(st.lists(st.sampled_from(CASES[1:]), max_size=4, unique_by=id))
    document = a_document()
    for change, _ in chosen:
        try:
            change(document)
        except IndexError:
            return
    before = definition_from_document(a_document())
    after = definition_from_document(document)

    assert bool(differences(before, after)) == (before != after)
    assert bool(differences(after, before)) == (before != after)
