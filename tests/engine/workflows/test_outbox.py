"""What is recorded is compared with what was decided, and is unrecorded no more."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from engine.core.actors import user
from engine.core.commands import CommandKey
from engine.core.events import CommentAdded, Event
from engine.encoding import next_digest
from engine.workflows.carry import NOTHING
from engine.workflows.messages import Mark
from engine.workflows.outbox import Diverged, Outbox


def comments(count: int, *, after: int = 0) -> tuple[Event, ...]:
    return tuple(
        Event(
            sequence=number,
            at=datetime(2026, 11, 23, tzinfo=UTC),
            actor=user("ana"),
            command=CommandKey(f"key {number}"),
            body=CommentAdded(text=f"comment {number}"),
        )
        for number in range(after + 1, after + count + 1)
    )


def mark_after(events: tuple[Event, ...]) -> Mark:
    mark = NOTHING
    for event in events:
        mark = Mark(sequence=event.sequence, digest=next_digest(mark.digest, event))
    return mark


@given(total=st.integers(0, 8), marks=st.lists(st.integers(0, 8), max_size=5))
def test_whatever_the_order_of_news_the_rest_is_what_nobody_has_confirmed(
    total: int, marks: list[int]
):
    events = comments(total)
    known = [number for number in marks if number <= total]
    outbox = Outbox(NOTHING, events)

    for number in known:
        outbox.compare(mark_after(events[:number]))

    assert outbox.unrecorded == events[max(known, default=0) :]
    assert outbox.confirmed == mark_after(events[: max(known, default=0)])


def test_another_history_under_the_same_number_is_a_divergence():
    recorded = comments(3)
    other = (*recorded[:1], replace(recorded[1], actor=user("bo")), *recorded[2:])
    outbox = Outbox(NOTHING, other)

    with pytest.raises(Diverged, match="Recorded up to 3"):
        outbox.compare(mark_after(recorded))


def test_more_recorded_than_ever_happened_is_a_divergence():
    outbox = Outbox(NOTHING, comments(2))

    with pytest.raises(Diverged, match="has only 2 events"):
        outbox.compare(mark_after(comments(3)))


def test_a_place_that_was_confirmed_cannot_change_its_digest():
    outbox = Outbox(NOTHING, comments(2))
    outbox.compare(mark_after(comments(2)))

    with pytest.raises(Diverged):
        outbox.compare(Mark(sequence=2, digest="another"))


def test_an_outbox_goes_on_from_where_the_last_run_left_it():
    events = comments(5)
    before = Outbox(NOTHING, events[:3])
    before.compare(mark_after(events[:2]))

    after = Outbox(before.confirmed, before.unrecorded)
    after.add(events[3:])

    after.compare(mark_after(events))
    assert after.unrecorded == ()
