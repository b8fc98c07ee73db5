"""Two people write on one card: only what both changed, in different ways, has to be asked."""

from datetime import UTC, datetime

import pytest

from engine.core.actors import user
from engine.core.commands import CommandKey
from engine.core.events import Event, FieldChange, FieldsChanged
from engine.core.merging import merge
from pipes.identifiers import FieldId, JsonValue

ANA, BEA = user("ana"), user("bea")
NAME = FieldId("name")


def wrote(who: str, before: JsonValue, after: JsonValue, sequence: int = 2) -> Event:
    return Event(
        sequence=sequence,
        at=datetime(2026, 3, 2, tzinfo=UTC),
        actor=user(who),
        command=CommandKey("c"),
        body=FieldsChanged(
            changes=(FieldChange(field=NAME, before=before, after=after),), title="T"
        ),
    )


@pytest.mark.parametrize(
    ("mine", "since", "written", "theirs"),
    [
        pytest.param("new", [], {NAME: "new"}, None, id="nobody else wrote"),
        pytest.param("old", [wrote("bea", "old", "hers")], {}, None, id="mine was left as it was"),
        pytest.param("hers", [wrote("bea", "old", "hers")], {NAME: "hers"}, None, id="the same"),
        pytest.param("mine", [wrote("bea", "old", "hers")], {}, "hers", id="both, differently"),
        pytest.param(
            "mine", [wrote("ana", "old", "x")], {NAME: "mine"}, None, id="my own other window"
        ),
        pytest.param(
            "mine",
            [wrote("bea", "old", "hers"), wrote("bea", "hers", "old")],
            {NAME: "mine"},
            None,
            id="hers and back again",
        ),
        pytest.param(
            "old",
            [wrote("bea", "old", "a"), wrote("bea", "a", "b")],
            {},
            None,
            id="she wrote twice, I not",
        ),
        pytest.param(None, [wrote("bea", None, "hers")], {}, None, id="empty is a value too"),
        pytest.param(
            "mine",
            [wrote("bea", "old", "hers"), wrote("ana", "hers", "x")],
            {NAME: "mine"},
            None,
            id="I answered hers already",
        ),
    ],
)
def test_what_is_written_and_what_is_asked(
    mine: JsonValue, since: list[Event], written: dict[FieldId, JsonValue], theirs: JsonValue
) -> None:
    merged = merge({NAME: mine}, since, ANA)

    assert merged.values == written
    assert [each.theirs for each in merged.collisions] == ([] if theirs is None else [theirs])
    assert all(each.by == BEA for each in merged.collisions)
